/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log: who did what to which host or release, each row chained to the one before, the last one signed. A row that
 * is edited, removed, added or moved breaks the chain; a tail cut off contradicts the signed head, or an older head that
 * was kept elsewhere (a checkpoint). */
#ifndef ATTEST_VERIFIER_AUDIT_H
#define ATTEST_VERIFIER_AUDIT_H

#include "attest/lib/ecdsa.h"
#include "attest/verifier/db.h"
#include "core/lib/report.h"

#include <jansson.h>

#define AUDIT_HASH_SIZE HASH_SHA384_SIZE
#define AUDIT_SIGNATURE_SIZE 96u

/* How far the log went at some time, signed by the verifier: ES384 over "bulkhead-audit-1", u64 LE seq, u64 LE at, hash. */
struct audit_head {
    int64_t seq; /* number of the last row; 0: none */
    int64_t at;  /* seconds since 1970 */
    uint8_t hash[AUDIT_HASH_SIZE];
    uint8_t signature[AUDIT_SIGNATURE_SIZE];
};

/* Appends a row, within the caller's transaction. `actor` is a role and a name ("operator alice"), `detail` becomes the
 * row's text (the reference is taken; NULL: none). */
bool audit_append(struct db *db, int64_t now, const char *actor, const char *action, const char *subject, json_t *detail);

/* Signs the head: the writer_seal of a store; `context` is the struct ecdsa_secret. */
bool audit_seal(struct db *db, void *context);

/* Reads the head. False: the database failed. */
bool audit_read_head(struct db *db, struct audit_head *head);

/* The chain's rule: hash of a row from the one before it. Texts are as stored. */
struct audit_row {
    int64_t seq, at;
    const char *actor, *action, *subject, *detail;
};
void audit_hash(const uint8_t previous[AUDIT_HASH_SIZE], const struct audit_row *row, uint8_t hash[AUDIT_HASH_SIZE]);

/* Walks the whole log: at least one row (`init` writes one), rows numbered without gap, each hash right, the head the last
 * row's and signed by `key`; each checkpoint signed by `key` and on the chain. Findings say which row. `rows` counts what
 * was walked. False: something is wrong, or (without findings) the database failed. */
bool audit_verify(struct db *db, const struct public_key *key, const struct audit_head *checkpoints, size_t count,
                  int64_t *rows, struct report *report);

/* Rows after `after`, at most `limit`, as JSON; NULL when the database failed. `subject` NULL: of every subject. */
json_t *audit_list(struct db *db, int64_t after, int64_t limit, const char *subject);

/* Whether `key` has signed the head. */
bool audit_head_is_signed(const struct audit_head *head, const struct public_key *key);

/* What is signed of a head. */
void audit_head_digest(const struct audit_head *head, uint8_t digest[HASH_SHA384_SIZE]);

/* {"seq", "at", "hash": hex, "signature": hex} and back. */
json_t *audit_head_json(const struct audit_head *head);
bool audit_head_from_json(const json_t *json, struct audit_head *head);

#endif
