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

/* How often one host may ask: every `every_ms` milliseconds, and up to `burst` times at once when it has not asked for long
 * enough. every_ms 0: as often as it likes. */
struct challenge_pace {
    int64_t every_ms, burst;
};

/* Replaces the host's outstanding challenge, if there is one. CHALLENGE_TOO_SOON leaves it as it is, and *wait_ms says after
 * how long the host may ask again. `now_ms` is clock_ms(). */
enum challenge_put { CHALLENGE_PUT, CHALLENGE_TOO_SOON, CHALLENGE_NO_MEMORY };
enum challenge_put challenges_put(struct challenges *challenges, const char *host, const struct challenge *challenge,
                                  const struct challenge_pace *pace, int64_t now_ms, int64_t *wait_ms);

/* Uses a challenge up. False: the host has none of this name, or it expired before `now`. */
bool challenges_take(struct challenges *challenges, const char *host, const char *id, int64_t now,
                     struct challenge *challenge);

#endif
