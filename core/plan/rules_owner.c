/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about who owns a device: two devices of the configuration at a time. */
#include "core/plan/rules.h"

bool rule_plan_device_once(const struct device_spot *spot, const struct device_spot *other)
{
    static const struct rule rule = {
        "PLAN-227", "a PCI function is given away twice",
        "at most one owner for each function",
        "remove one of the two nodes",
    };
    return report_unless(spot->index != other->index, spot->planner->report, &rule, spot->where.text,
                         PCI_ADDRESS_FORMAT " is already %s", PCI_ADDRESS_ARGS(spot->function->address),
                         other->where.text);
}

bool rule_plan_group_one_owner(const struct device_spot *spot, const struct device_spot *other)
{
    static const struct rule rule = {
        "PLAN-228", "two partitions share an isolation group",
        "functions that can reach each other without passing the IOMMU belong to one partition",
        "give both functions to one partition, or put one of the cards into another slot",
    };
    const struct planner *planner = spot->planner;
    return report_unless(spot->p == other->p || planner->group[spot->index] != planner->group[other->index],
                         planner->report, &rule, spot->where.text,
                         PCI_ADDRESS_FORMAT " and " PCI_ADDRESS_FORMAT " (%s): %s",
                         PCI_ADDRESS_ARGS(spot->function->address), PCI_ADDRESS_ARGS(other->function->address),
                         other->where.text, planner_group_reason(planner, spot->index, other->index));
}

bool rule_plan_requester_alone(const struct device_spot *spot, const struct device_spot *other)
{
    static const struct rule rule = {
        "PLAN-229", "two devices of one partition use one requester id",
        "a requester id of its own: interrupt remapping tells devices apart by it",
        "leave one of the two devices out",
    };
    const struct machine_function *a = spot->function;
    const struct machine_function *b = other->function;
    return report_unless(spot->p != other->p || a->address.segment != b->address.segment || a->alias != b->alias,
                         spot->planner->report, &rule, spot->where.text,
                         PCI_ADDRESS_FORMAT " and " PCI_ADDRESS_FORMAT " both send as %04x",
                         PCI_ADDRESS_ARGS(a->address), PCI_ADDRESS_ARGS(b->address), (unsigned)a->alias);
}
