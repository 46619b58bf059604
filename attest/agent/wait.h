/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting, which a request to stop ends; and how long to wait after failures. */
#ifndef ATTEST_AGENT_WAIT_H
#define ATTEST_AGENT_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* From now on SIGTERM and SIGINT are requests that the functions below notice. Call once, before threads start. */
void wait_init(void);

/* Somebody asked the agent to stop. Stays true. */
bool wait_stopped(void);

/* Sleeps; by a clock that nobody sets. False: stop. */
bool wait_ms(uint64_t ms);

/* Milliseconds by a clock that nobody sets, and that runs while the machine sleeps. */
uint64_t wait_now_ms(void);

/* Exponential back-off: 1 s, 2 s, 4 s ... up to the longest, each shortened by a random part of up to a half, so that a fleet
 * does not come back all at once. */
struct backoff {
    uint32_t failures; /* in a row */
    uint32_t longest_s;
};
uint64_t backoff_next_ms(struct backoff *backoff);

#endif
