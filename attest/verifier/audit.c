/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the audit log: the chain, and the signature over its last row. */
#include "attest/verifier/audit.h"

#include "attest/lib/evidence.h"

#include <stdlib.h>

static void hash_text(struct hash_state *state, const char *text)
{
    uint8_t size[8];
    store_le64(size, strlen(text));
    hash_update(state, size, sizeof size);
    hash_update(state, text, strlen(text));
}

void audit_hash(const uint8_t previous[AUDIT_HASH_SIZE], const struct audit_row *row, uint8_t hash[AUDIT_HASH_SIZE])
{
    struct hash_state state;
    uint8_t numbers[16];
    store_le64(numbers, (uint64_t)row->seq);
    store_le64(numbers + 8, (uint64_t)row->at);
    hash_start(&state, TPM_ALG_SHA384);
    hash_update(&state, previous, AUDIT_HASH_SIZE);
    hash_update(&state, numbers, sizeof numbers);
    hash_text(&state, row->actor);
    hash_text(&state, row->action);
    hash_text(&state, row->subject);
    hash_text(&state, row->detail);
    hash_finish(&state, hash);
}

static bool copy_cell(const struct db_rows *rows, size_t column, uint8_t *to, size_t size)
{
    const struct db_value *cell = db_cell(rows, 0, column);
    if (cell->kind != DB_BLOB || cell->size != size)
        return false;
    memcpy(to, cell->bytes, size);
    return true;
}

/* Raises the head's number, which also keeps other writers out until the commit; gives the new number and the hash so far. */
static bool claim_number(struct db *db, int64_t *seq, uint8_t previous[AUDIT_HASH_SIZE])
{
    static const char *const claim = "UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash";
    struct db_rows rows;
    bool good = db_run(db, claim, NULL, 0, &rows);
    if (good && rows.count == 1) {
        *seq = db_cell_integer(&rows, 0, 0);
        good = copy_cell(&rows, 1, previous, AUDIT_HASH_SIZE);
    } else if (good) {
        *seq = 1;
        memset(previous, 0, AUDIT_HASH_SIZE);
        good = DB_RUN(db, NULL, "INSERT INTO audit_head (id, seq, hash, at, signature) VALUES (1, $1, $2, $3, $4)",
                      db_integer(1), db_blob(previous, AUDIT_HASH_SIZE), db_integer(0), db_blob("", 0));
    }
    db_rows_free(&rows);
    return good;
}

bool audit_append(struct db *db, int64_t now, const char *actor, const char *action, const char *subject, json_t *detail)
{
    char *text = detail != NULL ? json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(detail);
    struct audit_row row = {.at = now, .actor = actor, .action = action, .subject = subject,
                            .detail = text != NULL ? text : "{}"};
    uint8_t previous[AUDIT_HASH_SIZE], hash[AUDIT_HASH_SIZE];
    bool good = claim_number(db, &row.seq, previous);
    if (good) {
        audit_hash(previous, &row, hash);
        good = DB_RUN(db, NULL, "INSERT INTO audit (seq, at, actor, action, subject, detail, hash)"
                                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                      db_integer(row.seq), db_integer(row.at), db_text(row.actor), db_text(row.action),
                      db_text(row.subject), db_text(row.detail), db_blob(hash, sizeof hash)) &&
               DB_RUN(db, NULL, "UPDATE audit_head SET hash = $1, at = $2 WHERE id = 1", db_blob(hash, sizeof hash),
                      db_integer(now));
    }
    free(text);
    db->audited = true;
    return good;
}

bool audit_read_head(struct db *db, struct audit_head *head)
{
    *head = (struct audit_head){0};
    struct db_rows rows;
    bool good = db_run(db, "SELECT seq, at, hash, signature FROM audit_head WHERE id = 1", NULL, 0, &rows);
    if (good && rows.count == 1) {
        head->seq = db_cell_integer(&rows, 0, 0);
        head->at = db_cell_integer(&rows, 0, 1);
        /* Cells of another size stay zero here, and verify as nothing. */
        (void)copy_cell(&rows, 2, head->hash, sizeof head->hash);
        (void)copy_cell(&rows, 3, head->signature, sizeof head->signature);
    }
    db_rows_free(&rows);
    return good;
}

bool audit_seal(struct db *db, void *context)
{
    struct audit_head head;
    uint8_t digest[HASH_SHA384_SIZE];
    if (!audit_read_head(db, &head))
        return false;
    audit_head_digest(&head, digest);
    return ecdsa_sign_p384(context, digest, head.signature) &&
           DB_RUN(db, NULL, "UPDATE audit_head SET signature = $1 WHERE id = 1",
                  db_blob(head.signature, sizeof head.signature));
}

void audit_head_digest(const struct audit_head *head, uint8_t digest[HASH_SHA384_SIZE])
{
    static const char name[] = "bulkhead-audit-1";
    struct hash_state state;
    uint8_t numbers[16];
    store_le64(numbers, (uint64_t)head->seq);
    store_le64(numbers + 8, (uint64_t)head->at);
    hash_start(&state, TPM_ALG_SHA384);
    hash_update(&state, name, sizeof name - 1);
    hash_update(&state, numbers, sizeof numbers);
    hash_update(&state, head->hash, sizeof head->hash);
    hash_finish(&state, digest);
}

json_t *audit_head_json(const struct audit_head *head)
{
    char hash[2 * AUDIT_HASH_SIZE + 1], signature[2 * AUDIT_SIGNATURE_SIZE + 1];
    hash_to_hex(head->hash, sizeof head->hash, hash);
    hash_to_hex(head->signature, sizeof head->signature, signature);
    return json_pack("{s:I, s:I, s:s, s:s}", "seq", (json_int_t)head->seq, "at", (json_int_t)head->at, "hash", hash,
                     "signature", signature);
}

bool audit_head_from_json(const json_t *json, struct audit_head *head)
{
    json_int_t seq = 0, at = 0;
    const char *hash = NULL, *signature = NULL;
    *head = (struct audit_head){0};
    if (json_unpack((json_t *)(uintptr_t)json, "{s:I, s:I, s:s, s:s}", "seq", &seq, "at", &at, "hash", &hash,
                    "signature", &signature) != 0)
        return false;
    head->seq = seq;
    head->at = at;
    return evidence_hex(hash, strlen(hash), head->hash, sizeof head->hash) &&
           evidence_hex(signature, strlen(signature), head->signature, sizeof head->signature);
}
