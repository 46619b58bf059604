/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns which core: pinned cores first, then the lowest free ids in the order of the configuration. */
#include "core/plan/planner.h"
#include "core/plan/rules.h"

#include <string.h>

#define NO_CORE UINT32_MAX

static uint32_t find_core(const struct machine *machine, uint32_t apic_id)
{
    for (uint32_t c = 0; c < machine->core_count; c++)
        if (machine->cores[c].apic_id == apic_id)
            return c;
    return NO_CORE;
}

static void sort_cores(struct planner *planner)
{
    const struct machine_core *cores = planner->machine->cores;
    for (uint32_t n = 0; n < planner->machine->core_count; n++) {
        uint32_t at = n;
        for (; at > 0 && cores[planner->core_order[at - 1]].apic_id > cores[n].apic_id; at--)
            planner->core_order[at] = planner->core_order[at - 1];
        planner->core_order[at] = (uint16_t)n;
    }
}

static void take_pinned(struct planner *planner, uint32_t p)
{
    const struct system_partition *wanted = &planner->system->partitions[p];
    for (uint32_t i = 0; i < wanted->core_count; i++) {
        uint32_t id = wanted->core_ids[i];
        uint32_t core = find_core(planner->machine, id);
        if (rule_plan_core_id(planner, p, id) && rule_plan_core_there(planner, p, id, core != NO_CORE) &&
            rule_plan_core_one_owner(planner, p, id, planner->core_owner[core]))
            planner->core_owner[core] = (uint8_t)p;
    }
}

static void check_siblings(const struct planner *planner, uint32_t core)
{
    uint32_t owner = planner->core_owner[core];
    if (owner == PLAN_NOBODY)
        return;
    for (uint32_t other = 0; other < core; other++)
        if (planner->machine->cores[other].smt_group == planner->machine->cores[core].smt_group)
            rule_plan_siblings_one_owner(planner, owner, core, other);
}

static bool sibling_is_foreign(const struct planner *planner, uint32_t core, uint32_t p)
{
    for (uint32_t other = 0; other < planner->machine->core_count; other++)
        if (planner->machine->cores[other].smt_group == planner->machine->cores[core].smt_group &&
            planner->core_owner[other] != PLAN_NOBODY && planner->core_owner[other] != p)
            return true;
    return false;
}

/* Gives partition p the free cores of one SMT group, at most `wanted`; returns how many. */
static uint32_t take_group(struct planner *planner, uint32_t p, uint32_t smt_group, uint32_t wanted)
{
    uint32_t taken = 0;
    for (uint32_t n = 0; n < planner->machine->core_count && taken < wanted; n++) {
        uint32_t core = planner->core_order[n];
        if (planner->machine->cores[core].smt_group == smt_group && planner->core_owner[core] == PLAN_NOBODY &&
            planner->machine->cores[core].apic_id <= PLAN_CORE_ID_MAX) {
            planner->core_owner[core] = (uint8_t)p;
            taken++;
        }
    }
    return taken;
}

static void take_lowest(struct planner *planner, uint32_t p)
{
    uint32_t wanted = planner->system->partitions[p].core_count;
    uint32_t taken = 0;
    for (uint32_t n = 0; n < planner->machine->core_count && taken < wanted; n++) {
        uint32_t core = planner->core_order[n];
        if (!sibling_is_foreign(planner, core, p))
            taken += take_group(planner, p, planner->machine->cores[core].smt_group, wanted - taken);
    }
    rule_plan_cores_enough(planner, p, taken);
}

static void write_cores(const struct planner *planner, uint32_t p)
{
    struct plan_partition *partition = &planner->plan->partitions[p];
    for (uint32_t n = 0; n < planner->machine->core_count; n++) {
        uint32_t core = planner->core_order[n];
        if (planner->core_owner[core] == p && partition->core_count < SYSTEM_MAX_CORES)
            partition->apic_ids[partition->core_count++] = planner->machine->cores[core].apic_id;
    }
}

void planner_assign_cores(struct planner *planner)
{
    const struct system *system = planner->system;
    memset(planner->core_owner, PLAN_NOBODY, sizeof planner->core_owner);
    sort_cores(planner);
    for (uint32_t p = 0; p < system->partition_count; p++)
        if (system->partitions[p].cores_pinned)
            take_pinned(planner, p);
    for (uint32_t core = 0; core < planner->machine->core_count; core++)
        check_siblings(planner, core);
    for (uint32_t p = 0; p < system->partition_count; p++)
        if (!system->partitions[p].cores_pinned)
            take_lowest(planner, p);
    for (uint32_t p = 0; p < system->partition_count; p++)
        write_cores(planner, p);
}
