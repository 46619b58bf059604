/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about cores. */
#include "core/plan/rules.h"

bool rule_plan_core_there(const struct planner *planner, uint32_t p, uint32_t id, bool there)
{
    static const struct rule rule = {
        "PLAN-211", "a pinned core is not in this machine",
        "the x2APIC id of a core that the ACPI table MADT lists as enabled",
        "pin another core, or state a number of cores and let Bulkhead choose",
    };
    return report_unless(there, planner->report, &rule, planner_where(planner, p, "core-ids").text,
                         "x2APIC id %u; the machine has %u cores", id, planner->machine->core_count);
}

bool rule_plan_core_id(const struct planner *planner, uint32_t p, uint32_t id)
{
    static const struct rule rule = {
        "PLAN-212", "a pinned core has an id that device interrupts cannot name",
        "an x2APIC id of at most 254: guests compose MSIs with 8 bits of destination",
        "pin a core with a lower id",
    };
    return report_unless(id <= PLAN_CORE_ID_MAX, planner->report, &rule, planner_where(planner, p, "core-ids").text,
                         "x2APIC id %u", id);
}

bool rule_plan_core_one_owner(const struct planner *planner, uint32_t p, uint32_t id, uint32_t owner)
{
    static const struct rule rule = {
        "PLAN-213", "a core is pinned twice",
        "at most one owner for each core",
        "pin another core",
    };
    if (owner == PLAN_NOBODY)
        return true;
    report_add(planner->report, &rule, planner_where(planner, p, "core-ids").text,
               "x2APIC id %u already belongs to partition %s", id, planner->system->partitions[owner].name);
    return false;
}

bool rule_plan_siblings_one_owner(const struct planner *planner, uint32_t p, uint32_t core, uint32_t sibling)
{
    static const struct rule rule = {
        "PLAN-214", "two partitions share a physical core",
        "SMT siblings in one partition, or parked: they see each other's traces in caches and timing",
        "pin both siblings to one partition",
    };
    uint32_t owner = planner->core_owner[sibling];
    if (owner == PLAN_NOBODY || owner == p)
        return true;
    report_add(planner->report, &rule, planner_where(planner, p, "core-ids").text,
               "x2APIC id %u is an SMT sibling of %u, which belongs to partition %s",
               planner->machine->cores[core].apic_id, planner->machine->cores[sibling].apic_id,
               planner->system->partitions[owner].name);
    return false;
}

bool rule_plan_cores_enough(const struct planner *planner, uint32_t p, uint32_t found)
{
    static const struct rule rule = {
        "PLAN-215", "the machine has too few cores",
        "a core for every core stated; SMT siblings are given together or parked; ids up to 254",
        "state fewer cores, or take a machine with more",
    };
    uint32_t wanted = planner->system->partitions[p].core_count;
    return report_unless(found == wanted, planner->report, &rule, planner_where(planner, p, "cores").text,
                         "%u of %u cores are left for it", found, wanted);
}
