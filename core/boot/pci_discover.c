/* SPDX-License-Identifier: Apache-2.0 */
/* The PCI tree → machine.functions, in order of address. */
#include "core/boot/pci_discover.h"
#include "core/lib/format.h"

#include <string.h>

#define BUSES 256u
#define SLOTS 32u
#define FUNCTIONS 8u

static const struct rule rule_too_many_functions = {
    "BOOT-440", "the machine has more PCI functions than Bulkhead can name", "at most 512",
    "report this machine; the limit is MACHINE_MAX_FUNCTIONS",
};

static const struct rule rule_bridge_buses = {
    "BOOT-441", "a PCI bridge's bus numbers contradict the buses above it or beside it",
    "own bus < secondary <= subordinate, inside the range of the bridge above, shared with no other bridge",
    "update the firmware, or switch off the slot in its set-up",
};

/* One segment while it is walked. Bus numbers below a bridge are larger than its own bus, so one pass in rising order
 * sees every bridge before the buses behind it, and no walk can loop. */
struct walk {
    const struct pci_access *access;
    const struct acpi_scopes *scopes;
    struct machine *machine;
    struct report *flaws, *report;
    uint16_t segment;
    bool extended;
    bool full;                    /* rule_too_many_functions was reported */
    uint16_t bridge_above[BUSES]; /* index of the innermost bridge whose range covers the bus */
};

void pci_refuse(const struct pci_probe *probe, const struct rule *rule, uint32_t offset, uint32_t found)
{
    char where[REPORT_WHERE_MAX];
    struct pci_address at = probe->address;
    fmt_print(where, sizeof where, "PCI %04x:%02x:%02x.%u, register 0x%x", (unsigned)at.segment, (unsigned)at.bus,
              PCI_DEVICE(at.devfn), PCI_FUNCTION(at.devfn), offset);
    report_add(probe->report, rule, where, "0x%x", found);
}

static bool covers(uint16_t first_id, uint16_t last_id, uint16_t id)
{
    return first_id <= id && id <= last_id;
}

/* The last scope that names the function counts (IVHD entries may override a range for one device). */
static void find_scope(const struct acpi_scopes *scopes, struct machine_function *function)
{
    uint16_t id = pci_requester_id(function->address);
    function->iommu = MACHINE_NO_IOMMU;
    function->alias = id;
    for (uint32_t i = 0; i < scopes->count; i++) {
        const struct acpi_scope *scope = &scopes->scopes[i];
        if (scope->segment != function->address.segment || !covers(scope->first_id, scope->last_id, id))
            continue;
        function->iommu = scope->iommu;
        function->alias = scope->has_alias ? scope->alias : id;
    }
}

static void read_header(const struct pci_probe *probe, struct machine_function *function)
{
    uint32_t class_revision = pci_read(probe, PCI_CLASS_REVISION, 4);
    uint32_t header = pci_read(probe, PCI_HEADER_TYPE, 1);
    function->vendor = (uint16_t)pci_read(probe, PCI_VENDOR_ID, 2);
    function->device = (uint16_t)pci_read(probe, PCI_DEVICE_ID, 2);
    function->class_code = class_revision >> 8;
    function->revision = (uint8_t)class_revision;
    function->header_type = (uint8_t)(header & PCI_HEADER_TYPE_MASK);
    if (function->header_type == PCI_HEADER_ENDPOINT) {
        function->subsystem_vendor = (uint16_t)pci_read(probe, PCI_SUBSYSTEM_VENDOR_ID, 2);
        function->subsystem_device = (uint16_t)pci_read(probe, PCI_SUBSYSTEM_ID, 2);
    } else if (function->header_type == PCI_HEADER_BRIDGE) {
        function->secondary_bus = (uint8_t)pci_read(probe, PCI_SECONDARY_BUS, 1);
        function->subordinate_bus = (uint8_t)pci_read(probe, PCI_SUBORDINATE_BUS, 1);
    }
}

static bool buses_fit(const struct walk *walk, const struct machine_function *bridge)
{
    uint8_t own = bridge->address.bus;
    if (bridge->secondary_bus <= own || bridge->subordinate_bus < bridge->secondary_bus)
        return false;
    for (uint32_t bus = bridge->secondary_bus; bus <= bridge->subordinate_bus; bus++)
        if (walk->bridge_above[bus] != walk->bridge_above[own])
            return false;
    return true;
}

/* Bus number 0 marks a bridge that firmware left unconfigured: nothing behind it can be reached. */
static void take_bridge(struct walk *walk, const struct pci_probe *probe, uint16_t index)
{
    const struct machine_function *bridge = &walk->machine->functions[index];
    if (bridge->secondary_bus == 0)
        return;
    if (!buses_fit(walk, bridge)) {
        pci_refuse(probe, &rule_bridge_buses, PCI_SECONDARY_BUS,
                   (uint32_t)bridge->subordinate_bus << 8 | bridge->secondary_bus);
        return;
    }
    for (uint32_t bus = bridge->secondary_bus; bus <= bridge->subordinate_bus; bus++)
        walk->bridge_above[bus] = index;
}

static uint32_t findings(const struct report *report)
{
    return report->count + report->dropped;
}

/* What the function says about itself; contradictions are its own flaw, not the machine's. */
static void read_function(const struct walk *walk, const struct pci_probe *probe, struct machine_function *function)
{
    struct pci_probe own = *probe;
    uint32_t before = findings(walk->flaws);
    own.report = walk->flaws;
    read_header(&own, function);
    pci_bars_read(&own, function);
    pci_capabilities_read(&own, function);
    function->flawed = findings(walk->flaws) != before;
}

static void take_function(struct walk *walk, const struct pci_probe *probe, bool multifunction)
{
    struct machine *machine = walk->machine;
    if (machine->function_count == MACHINE_MAX_FUNCTIONS) {
        if (!walk->full)
            pci_refuse(probe, &rule_too_many_functions, PCI_VENDOR_ID, pci_read(probe, PCI_VENDOR_ID, 4));
        walk->full = true;
        return;
    }
    uint16_t index = (uint16_t)machine->function_count++;
    struct machine_function *function = &machine->functions[index];
    memset(function, 0, sizeof *function);
    function->address = probe->address;
    function->multifunction = multifunction;
    function->parent = walk->bridge_above[probe->address.bus];
    read_function(walk, probe, function);
    find_scope(walk->scopes, function);
    if (function->header_type == PCI_HEADER_BRIDGE)
        take_bridge(walk, probe, index);
}

/* Some bridges answer 0 for an absent function, and some give half a register of ones. */
static bool is_present(const struct pci_probe *probe)
{
    uint32_t vendor = pci_read(probe, PCI_VENDOR_ID, 2);
    return vendor != 0xffff && vendor != 0;
}

static void walk_slot(struct walk *walk, uint8_t bus, uint32_t slot)
{
    struct pci_probe probe = {walk->access, {walk->segment, bus, PCI_DEVFN(slot, 0)}, walk->extended, walk->report};
    if (!is_present(&probe))
        return;
    bool multifunction = (pci_read(&probe, PCI_HEADER_TYPE, 1) & PCI_HEADER_MULTIFUNCTION) != 0;
    take_function(walk, &probe, multifunction);
    for (uint32_t number = 1; multifunction && number < FUNCTIONS; number++) {
        probe.address.devfn = PCI_DEVFN(slot, number);
        if (is_present(&probe))
            take_function(walk, &probe, multifunction);
    }
}

/* A PCIe link has one device, number 0; some devices answer for every number there (PCIe 7.3.1). */
static bool is_link(const struct walk *walk, uint8_t bus)
{
    uint16_t above = walk->bridge_above[bus];
    if (above == MACHINE_NO_FUNCTION)
        return false;
    uint8_t type = walk->machine->functions[above].pcie_type;
    return type == PCIE_TYPE_ROOT_PORT || type == PCIE_TYPE_DOWNSTREAM;
}

static void walk_bus(struct walk *walk, uint8_t bus)
{
    uint32_t slots = is_link(walk, bus) ? 1 : SLOTS;
    for (uint32_t slot = 0; slot < slots; slot++)
        walk_slot(walk, bus, slot);
}

/* True when configuration space of the bus can be reached; without MCFG that is segment 0, through the ports. */
static bool bus_is_mapped(const struct machine *machine, uint16_t segment, uint8_t bus)
{
    for (uint32_t i = 0; i < machine->ecam_count; i++) {
        const struct machine_ecam *ecam = &machine->ecams[i];
        if (ecam->segment == segment && ecam->first_bus <= bus && bus <= ecam->last_bus)
            return true;
    }
    return machine->ecam_count == 0 && segment == 0;
}

/* All bus numbers, not only those behind bridges: a server has several root buses in one segment, and ACPI names them
 * only in AML, which nothing here interprets. */
static void walk_segment(struct walk *walk, uint16_t segment)
{
    walk->segment = segment;
    for (uint32_t bus = 0; bus < BUSES; bus++)
        walk->bridge_above[bus] = MACHINE_NO_FUNCTION;
    for (uint32_t bus = 0; bus < BUSES; bus++)
        if (bus_is_mapped(walk->machine, segment, (uint8_t)bus))
            walk_bus(walk, (uint8_t)bus);
}

/* The lowest segment that is at least `from`; false when there is none. */
static bool next_segment(const struct machine *machine, uint32_t from, uint32_t *segment)
{
    bool found = machine->ecam_count == 0 && from == 0;
    *segment = 0;
    for (uint32_t i = 0; i < machine->ecam_count; i++) {
        uint32_t candidate = machine->ecams[i].segment;
        if (candidate < from || (found && candidate >= *segment))
            continue;
        *segment = candidate;
        found = true;
    }
    return found;
}

void pci_discover(const struct pci_access *access, const struct acpi_scopes *scopes, struct machine *machine,
                  struct report *flaws, struct report *report)
{
    struct walk walk = {.access = access, .scopes = scopes, .machine = machine, .flaws = flaws, .report = report};
    uint32_t segment;
    walk.extended = machine->ecam_count > 0;
    machine->function_count = 0;
    for (uint32_t from = 0; next_segment(machine, from, &segment); from = segment + 1)
        walk_segment(&walk, (uint16_t)segment);
    pci_duties_apply(scopes, machine, report);
}
