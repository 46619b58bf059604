/* SPDX-License-Identifier: Apache-2.0 */
/* Challenges: one outstanding for each host, good once, for a short time. Stored, so that a restarted verifier accepts none
 * twice. */
#ifndef ATTEST_VERIFIER_CHALLENGE_H
#define ATTEST_VERIFIER_CHALLENGE_H

#include "attest/verifier/db.h"

#define CHALLENGE_ID_DIGITS 32u

struct challenge {
    char id[CHALLENGE_ID_DIGITS + 1];
    uint8_t nonce[32];
    char boot[33];
    int64_t log_offset;
    int64_t expires;
};

/* Replaces the host's outstanding challenge, if there is one. */
bool challenge_store(struct db *db, const char *host, const struct challenge *challenge);

/* 1: read. 0: the host has no challenge of this name, or it has expired. -1: the database failed. */
int challenge_read(struct db *db, const char *host, const char *id, int64_t now, struct challenge *challenge);

/* Uses the challenge up. *taken is false when someone else was faster. */
bool challenge_take(struct db *db, const char *host, const char *id, bool *taken);

#endif
