/* SPDX-License-Identifier: Apache-2.0 */
/* Who may enrol: join tokens, which let one named asset enrol once, and pins of endorsement keys that have no certificate.
 * And the enrolments that have begun: between POST /v1/enroll and the activation. */
#ifndef ATTEST_VERIFIER_JOIN_H
#define ATTEST_VERIFIER_JOIN_H

#include "attest/lib/credential.h"
#include "attest/verifier/host.h"

#define JOIN_TOKEN_BYTES 32u
#define JOIN_CSR_MAX 8192u

/* Only the token's SHA-256 is stored. */
bool join_create_token(struct db *db, const uint8_t hash[HASH_SHA256_SIZE], const char *asset, int64_t now, int64_t expires);

/* Unused and unexpired tokens, without themselves; NULL when the database failed. */
json_t *join_list_tokens(struct db *db, int64_t now);

/* 1: the token is good for this asset. 0: it is unknown, used, expired or another asset's. -1: the database failed. */
int join_check_token(struct db *db, const uint8_t hash[HASH_SHA256_SIZE], const char *asset, int64_t now);

/* SHA-256 of the EK's TPM2B_PUBLIC that an operator has pinned for this asset. As join_check_token(). */
int join_read_pin(struct db *db, const char *asset, uint8_t ek_hash[HASH_SHA256_SIZE]);
bool join_set_pin(struct db *db, const char *asset, const uint8_t ek_hash[HASH_SHA256_SIZE], int64_t now);
json_t *join_list_pins(struct db *db);

/* An enrolment that waits for its activation. */
struct enrolment {
    char host[HOST_ID_DIGITS + 1];
    uint8_t token[HASH_SHA256_SIZE];
    char asset[HOST_NAME_MAX + 1];
    uint16_t ek_size, ak_size, csr_size;
    uint8_t ek_public[PUBLIC_SIZE_MAX];
    uint8_t ek_hash[HASH_SHA256_SIZE];
    char ek_trust[16];
    uint8_t ak_public[PUBLIC_SIZE_MAX];
    uint8_t csr[JOIN_CSR_MAX]; /* DER */
    uint8_t secret[CREDENTIAL_SECRET_SIZE];
    uint8_t nonce[32];
    int64_t expires;
};

enum join_outcome {
    JOIN_DONE,
    JOIN_AGAIN, /* it was done before, and has another ticket now */
    JOIN_TOKEN_GONE,
    JOIN_EK_TAKEN,
    JOIN_ASSET_TAKEN,
    JOIN_DECIDED, /* it was done before, and an operator has approved or retired the host since */
};

/* Takes the token and stores the enrolment. The same TPM may begin again with the same token, until it has activated. */
bool join_begin(struct db *db, const struct enrolment *enrolment, int64_t now, enum join_outcome *outcome);

/* As host_read(); an expired one is not there. */
int join_read(struct db *db, const char *host, int64_t now, struct enrolment *enrolment);

/* The activated enrolment becomes a pending host; its token is used up. The enrolment stays until it expires: whoever lost the
 * answer activates again, and gets another ticket as long as the host is pending. */
bool join_finish(struct db *db, const struct enrolment *enrolment, const uint8_t ticket_hash[HASH_SHA256_SIZE], int64_t now,
                 enum join_outcome *outcome);

/* Forgets expired tokens and enrolments. */
bool join_prune(struct db *db, int64_t now);

#endif
