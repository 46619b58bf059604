/* SPDX-License-Identifier: Apache-2.0 */
/* A set of host memory: sorted, disjoint spans, from which pieces are taken. */
#ifndef CORE_PLAN_SPANS_H
#define CORE_PLAN_SPANS_H

#include "core/lib/address.h"
#include "core/plan/machine.h"
#include "core/plan/plan.h"

#include <stdbool.h>
#include <stdint.h>

/* Removing one range adds at most one span. The planner starts from the machine's RAM and removes the busy ranges, what
 * lies outside the usable addresses (2), the regions of all partitions and Bulkhead's own five ranges. */
#define SPANS_MAX (2 * MACHINE_MAX_RANGES + 2 + SYSTEM_MAX_PARTITIONS * PLAN_MAX_REGIONS + 5)

struct spans {
    uint32_t count;
    struct hpa_range spans[SPANS_MAX];
};

/* The spans of `count` sorted, disjoint ranges (count <= MACHINE_MAX_RANGES). */
void spans_set(struct spans *spans, const struct hpa_range *ranges, uint32_t count);

/* Takes `range` out, as far as it is in; size 0 takes nothing. */
void spans_remove(struct spans *spans, struct hpa_range range);

/* True when all of `range` is in one span. */
bool spans_contain(const struct spans *spans, struct hpa_range range);

/* The lowest and the highest place for `size` bytes (> 0) at a multiple of `align` (a power of two). False: nowhere. */
bool spans_find_lowest(const struct spans *spans, uint64_t size, uint64_t align, struct hpa *base);
bool spans_find_highest(const struct spans *spans, uint64_t size, uint64_t align, struct hpa *base);

/* The largest piece that starts and ends at multiples of `align`, the lowest of equals; size 0 when there is none. */
struct hpa_range spans_largest(const struct spans *spans, uint64_t align);

/* All bytes in blocks of `align` bytes at multiples of `align`. */
uint64_t spans_total(const struct spans *spans, uint64_t align);

#endif
