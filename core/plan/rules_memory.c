/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about host memory. */
#include "core/plan/rules.h"

#define MIB(bytes) ((unsigned long long)((bytes) >> 20))

bool rule_plan_memory_shape(const struct planner *planner, uint32_t p)
{
    static const struct rule rule = {
        "PLAN-241", "a partition's memory is not whole 2 MiB pages",
        "a size that is a multiple of 2 MiB and not 0, at a multiple of 2 MiB when its place is pinned",
        "correct memory-mib or memory-base",
    };
    const struct system_partition *wanted = &planner->system->partitions[p];
    bool whole = wanted->memory_size > 0 && is_aligned(wanted->memory_size, PAGE_2M) &&
                 (!wanted->memory_pinned || is_aligned(wanted->memory_base.v, PAGE_2M));
    return report_unless(whole, planner->report, &rule, planner_where(planner, p, "memory-mib").text,
                         "0x%llx bytes at 0x%llx", (unsigned long long)wanted->memory_size,
                         (unsigned long long)(wanted->memory_pinned ? wanted->memory_base.v : 0));
}

bool rule_plan_memory_addressable(const struct planner *planner, uint32_t p)
{
    static const struct rule rule = {
        "PLAN-242", "a partition's memory is more than guest addresses can name",
        "guest RAM, which is 0 - 2 GiB and from 4 GiB up, within the physical address bits and below 0xfd00000000",
        "state less memory",
    };
    uint64_t size = planner->system->partitions[p].memory_size;
    uint64_t limit = planner_address_limit(planner->machine);
    if (limit > HYPERTRANSPORT_BASE)
        limit = HYPERTRANSPORT_BASE;
    uint64_t high = planner_high_size(size);
    bool addressable = planner_low_size(size) <= limit &&
                       (high == 0 || (PLAN_HIGH_BASE < limit && high <= limit - PLAN_HIGH_BASE));
    return report_unless(addressable, planner->report, &rule, planner_where(planner, p, "memory-mib").text,
                         "%llu MiB, %u address bits", MIB(size), (unsigned)planner->machine->physical_bits);
}

bool rule_plan_memory_ram(const struct planner *planner, uint32_t p, bool ram)
{
    static const struct rule rule = {
        "PLAN-243", "a partition's memory is pinned where the machine has no free RAM",
        "RAM that firmware does not keep, above 1 MiB, without a gap",
        "leave memory-base out and let Bulkhead choose, or pin another place",
    };
    const struct system_partition *wanted = &planner->system->partitions[p];
    return report_unless(ram, planner->report, &rule, planner_where(planner, p, "memory-base").text,
                         "%llu MiB at 0x%llx", MIB(wanted->memory_size), (unsigned long long)wanted->memory_base.v);
}

bool rule_plan_memory_one_owner(const struct planner *planner, uint32_t p, uint32_t owner)
{
    static const struct rule rule = {
        "PLAN-244", "two partitions pin the same memory",
        "at most one owner for each frame",
        "pin another place",
    };
    const struct system_partition *wanted = &planner->system->partitions[p];
    if (owner == PLAN_NOBODY)
        return true;
    report_add(planner->report, &rule, planner_where(planner, p, "memory-base").text,
               "%llu MiB at 0x%llx overlap partition %s", MIB(wanted->memory_size),
               (unsigned long long)wanted->memory_base.v, planner->system->partitions[owner].name);
    return false;
}

bool rule_plan_memory_enough(const struct planner *planner, uint32_t p, uint64_t missing)
{
    static const struct rule rule = {
        "PLAN-245", "the machine has too little memory",
        "RAM in whole 2 MiB pages for every partition, beside what Bulkhead keeps for itself",
        "state less memory, or take a machine with more",
    };
    uint64_t size = planner->system->partitions[p].memory_size;
    return report_unless(missing == 0, planner->report, &rule, planner_where(planner, p, "memory-mib").text,
                         "%llu of %llu MiB are left for it", MIB(size - missing), MIB(size));
}

bool rule_plan_memory_pieces(const struct planner *planner, uint32_t p, bool held)
{
    static const struct rule rule = {
        "PLAN-246", "free memory is too scattered",
        "room for a partition in at most 4 pieces",
        "state less memory for this partition, or move it to the top of the configuration: the first ones choose first",
    };
    return report_unless(held, planner->report, &rule, planner_where(planner, p, "memory-mib").text,
                         "%llu MiB need more than %u pieces", MIB(planner->system->partitions[p].memory_size),
                         PLAN_MAX_REGIONS);
}

bool rule_plan_own_memory(const struct planner *planner, const char *what, uint64_t size, bool placed)
{
    static const struct rule rule = {
        "PLAN-247", "no memory is left for Bulkhead itself",
        "room for the monitor, the tables, the sealed images, the log and the event log, in one piece each",
        "state less memory for the partitions, or pin them elsewhere",
    };
    return report_unless(placed, planner->report, &rule, "machine", "%llu KiB for %s",
                         (unsigned long long)(size >> 10), what);
}
