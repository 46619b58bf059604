/* SPDX-License-Identifier: Apache-2.0 */
/* Time for waiting and for intervals: a clock that nobody sets. The time of day is verifier_now(). */
#ifndef ATTEST_VERIFIER_CLOCK_H
#define ATTEST_VERIFIER_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since some time in the past (CLOCK_MONOTONIC). */
int64_t clock_ms(void);

/* A condition for clock_wait(). */
void clock_condition_init(pthread_cond_t *condition);

/* Waits with the lock held until the condition is signalled, or without cause (POSIX allows it): true; or until `until_ms`
 * of clock_ms(): false. */
bool clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ms);

#endif
