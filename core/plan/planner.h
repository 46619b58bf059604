/* SPDX-License-Identifier: Apache-2.0 */
/* The planner's working state and its steps; inside core/plan only. plan_make (plan.c) runs the steps in this order. */
#ifndef CORE_PLAN_PLANNER_H
#define CORE_PLAN_PLANNER_H

#include "config/system.h"
#include "core/lib/report.h"
#include "core/plan/machine.h"
#include "core/plan/plan.h"
#include "core/plan/spans.h"

#include <stdbool.h>
#include <stdint.h>

#define PLAN_NOBODY 0xffu

struct planner {
    const struct system *system;
    const struct machine *machine;
    const struct plan_needs *needs;
    struct plan *plan;
    struct report *report;
    uint8_t core_owner[MACHINE_MAX_CORES];    /* partition, or PLAN_NOBODY; indexed as machine.cores */
    uint16_t core_order[MACHINE_MAX_CORES];   /* indexes of machine.cores by ascending id */
    uint16_t group[MACHINE_MAX_FUNCTIONS];    /* isolation group of each function: its lowest member */
    struct spans free;                        /* RAM that nobody has yet */
};

/* "/partitions/web" or "/partitions/web/item": where a finding points to. */
struct planner_where {
    char text[REPORT_WHERE_MAX];
};
struct planner_where planner_where(const struct planner *planner, uint32_t partition, const char *item);

/* True when [base, base + size) is addressable, not empty, and holds no RAM: a place for registers. */
bool planner_is_device_memory(const struct planner *planner, uint64_t base, uint64_t size);

/* True when a byte of [base, base + size) is memory-mapped configuration space. */
bool planner_hits_config_space(const struct machine *machine, uint64_t base, uint64_t size);

/* cores.c: who owns which core. */
void planner_assign_cores(struct planner *planner);

/* groups.c: which functions can reach each other without passing the IOMMU. */
void planner_find_groups(struct planner *planner);
/* Why two functions of one group are in it, as the end of a sentence. */
const char *planner_group_reason(const struct planner *planner, uint16_t a, uint16_t b);

/* resolve.c: from paths to functions, and everything a function must be to have an owner. */
void planner_resolve_devices(struct planner *planner);

/* tpm.c: the TPM's locality 0 and a view of the event log for the partition with `role = "attest"`. */
void planner_give_tpm(struct planner *planner);

/* budget.c: frames the table writers need at most for partitions of these sizes with these devices. */
uint32_t planner_table_frames(const struct planner *planner);

/* place.c: host memory for partitions and for Bulkhead itself. */
void planner_place_memory(struct planner *planner);

/* First address a page table of four levels and this machine cannot name. */
static inline uint64_t planner_address_limit(const struct machine *machine)
{
    return 1ull << (machine->physical_bits < 48 ? machine->physical_bits : 48);
}

/* Guest RAM of a partition of `size` bytes: [0, low) and [PLAN_HIGH_BASE, PLAN_HIGH_BASE + high). */
static inline uint64_t planner_low_size(uint64_t size)
{
    return size < PLAN_LOW_TOP ? size : PLAN_LOW_TOP;
}

static inline uint64_t planner_high_size(uint64_t size)
{
    return size - planner_low_size(size);
}

#endif
