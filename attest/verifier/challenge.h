/* SPDX-License-Identifier: Apache-2.0 */
/* Challenges: one outstanding for each host, good once, for a short time. Kept in memory alone: a verifier that was restarted
 * knows none, so that none is ever accepted twice, and an agent asks for another. */
#ifndef ATTEST_VERIFIER_CHALLENGE_H
#define ATTEST_VERIFIER_CHALLENGE_H

#include "attest/verifier/host.h"

#define CHALLENGE_ID_DIGITS 32u

struct challenge {
    char id[CHALLENGE_ID_DIGITS + 1];
    uint8_t nonce[32];
    char boot[33];
    int64_t log_offset;
    int64_t expires; /* seconds since 1970 */
};

/* The outstanding challenges of all hosts. Any thread. */
struct challenges;

/* NULL: no memory. */
struct challenges *challenges_make(void);
void challenges_free(struct challenges *challenges);

/* Replaces the host's outstanding challenge, if there is one. False: no memory. */
bool challenges_put(struct challenges *challenges, const char *host, const struct challenge *challenge);

/* Uses a challenge up. False: the host has none of this name, or it expired before `now`. */
bool challenges_take(struct challenges *challenges, const char *host, const char *id, int64_t now,
                     struct challenge *challenge);

#endif
