/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier counts about itself. */
#ifndef ATTEST_VERIFIER_METRICS_H
#define ATTEST_VERIFIER_METRICS_H

#include "attest/lib/appraise.h"

#include <stdatomic.h>

struct metrics {
    int64_t started;             /* seconds since 1970 */
    atomic_ullong requests[6];   /* by the first digit of the status */
    atomic_ullong verdicts[4];   /* by enum appraise_verdict */
    atomic_ullong appraise_us;   /* time spent appraising */
    atomic_ullong challenges;
    atomic_ullong overdue;       /* alarms raised */
    atomic_ullong cut_off;       /* connections that took too long */
    atomic_llong watched;        /* when the watch last looked for overdue hosts */
};

#endif
