/* SPDX-License-Identifier: Apache-2.0 */
/* Isolation groups: functions whose requests reach each other, or look alike, before the IOMMU sees them. */
#include "core/lib/pci_regs.h"
#include "core/plan/planner.h"

static bool same_bus(const struct machine_function *a, const struct machine_function *b)
{
    return a->address.segment == b->address.segment && a->address.bus == b->address.bus;
}

/* Below a root or downstream port sits exactly one device, whose functions may use all 8 bits of the devfn (ARI, PCIe
 * base spec 6.13); elsewhere the device number counts. */
static bool same_device(const struct machine *machine, const struct machine_function *a,
                        const struct machine_function *b)
{
    if (!same_bus(a, b))
        return false;
    if (PCI_DEVICE(a->address.devfn) == PCI_DEVICE(b->address.devfn))
        return true;
    if (a->parent == MACHINE_NO_FUNCTION)
        return false;
    uint8_t above = machine->functions[a->parent].pcie_type;
    return above == PCIE_TYPE_ROOT_PORT || above == PCIE_TYPE_DOWNSTREAM;
}

static bool share_requester_id(const struct machine_function *a, const struct machine_function *b)
{
    return a->address.segment == b->address.segment && a->alias == b->alias;
}

static uint16_t root_of(const struct planner *planner, uint16_t f)
{
    while (planner->group[f] != f)
        f = planner->group[f];
    return f;
}

/* The lower root wins, so that a group's name does not depend on the order of joining. */
static void join(struct planner *planner, uint16_t a, uint16_t b)
{
    uint16_t low = root_of(planner, a);
    uint16_t high = root_of(planner, b);
    if (low > high)
        planner->group[low] = high;
    else
        planner->group[high] = low;
}

/* A switch's upstream port redirects nothing itself: its downstream ports do, each for what stands below it. */
static bool keeps_children_apart(const struct machine *machine, uint16_t bridge)
{
    const struct machine_function *function = &machine->functions[bridge];
    if (function->pcie_type != PCIE_TYPE_UPSTREAM)
        return function->acs;
    for (uint32_t f = 0; f < machine->function_count; f++)
        if (machine->functions[f].parent == bridge && !machine->functions[f].acs)
            return false;
    return true;
}

static void join_children(struct planner *planner, uint16_t bridge)
{
    for (uint16_t f = 0; f < planner->machine->function_count; f++)
        if (planner->machine->functions[f].parent == bridge)
            join(planner, bridge, f);
}

void planner_find_groups(struct planner *planner)
{
    const struct machine *machine = planner->machine;
    for (uint16_t f = 0; f < machine->function_count; f++)
        planner->group[f] = f;
    for (uint16_t f = 0; f < machine->function_count; f++) {
        const struct machine_function *function = &machine->functions[f];
        if (function->header_type != 0 && !keeps_children_apart(machine, f))
            join_children(planner, f);
        for (uint16_t other = 0; other < f; other++) {
            const struct machine_function *before = &machine->functions[other];
            if (share_requester_id(function, before) ||
                (same_device(machine, function, before) && !(function->acs && before->acs)))
                join(planner, other, f);
        }
    }
    for (uint16_t f = 0; f < machine->function_count; f++)
        planner->group[f] = root_of(planner, f);
}

const char *planner_group_reason(const struct planner *planner, uint16_t a, uint16_t b)
{
    const struct machine_function *one = &planner->machine->functions[a];
    const struct machine_function *two = &planner->machine->functions[b];
    if (share_requester_id(one, two))
        return "both use one requester id";
    if (same_device(planner->machine, one, two))
        return "functions of one device without access control services (ACS)";
    return "a bridge above them has no access control services (ACS)";
}
