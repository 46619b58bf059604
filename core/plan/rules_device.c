/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about one PCI function that the configuration gives to a partition. */
#include "core/plan/rules.h"

#define CLASS_BRIDGE 0x06u
#define CLASS_SYSTEM 0x08u /* interrupt controllers, timers, the IOMMU: PCI code and ID assignment spec 1.9 */

bool rule_plan_device_there(const struct device_spot *spot, struct pci_address stop, bool stop_there)
{
    static const struct rule rule = {
        "PLAN-221", "a device of the configuration is not in this machine",
        "a PCI function at the stated path, every hop but the last a bridge",
        "check the slot and the firmware's slot settings; `lspci -tv` on a running system shows the paths",
    };
    return report_unless(spot->index != MACHINE_NO_FUNCTION, spot->planner->report, &rule, spot->where.text,
                         PCI_ADDRESS_FORMAT " %s", PCI_ADDRESS_ARGS(stop),
                         stop_there ? "is not a bridge" : "is empty");
}

bool rule_plan_device_id(const struct device_spot *spot)
{
    static const struct rule rule = {
        "PLAN-222", "another device stands where the configuration expects one",
        "the vendor and device ids of the configuration",
        "correct the path or the id; somebody may have changed the card",
    };
    const struct system_device *wanted = &spot->planner->system->partitions[spot->p].devices[spot->d];
    const struct machine_function *function = spot->function;
    return report_unless(function->vendor == wanted->vendor && function->device == wanted->device,
                         spot->planner->report, &rule, spot->where.text,
                         PCI_ADDRESS_FORMAT " is %04x:%04x, expected %04x:%04x", PCI_ADDRESS_ARGS(function->address),
                         (unsigned)function->vendor, (unsigned)function->device, (unsigned)wanted->vendor,
                         (unsigned)wanted->device);
}

bool rule_plan_device_endpoint(const struct device_spot *spot)
{
    static const struct rule rule = {
        "PLAN-223", "a bridge cannot be given to a partition",
        "an endpoint function",
        "give the partition the devices behind the bridge",
    };
    const struct machine_function *function = spot->function;
    return report_unless(function->header_type == 0 && function->class_code >> 16 != CLASS_BRIDGE,
                         spot->planner->report, &rule, spot->where.text,
                         PCI_ADDRESS_FORMAT " has class %06x, header type %u", PCI_ADDRESS_ARGS(function->address),
                         function->class_code, (unsigned)function->header_type);
}

bool rule_plan_device_sound(const struct device_spot *spot)
{
    static const struct rule rule = {
        "PLAN-237", "a device's configuration space contradicts itself",
        "capabilities, BARs and an MSI-X table that a driver could rely on",
        "the BOOT-44x line about it says what is wrong; update the card's firmware, or use another card",
    };
    if (spot->function->flawed)
        report_add(spot->planner->report, &rule, spot->where.text, PCI_ADDRESS_FORMAT,
                   PCI_ADDRESS_ARGS(spot->function->address));
    return !spot->function->flawed;
}

bool rule_plan_device_config(const struct device_spot *spot, bool there)
{
    static const struct rule rule = {
        "PLAN-236", "a device has no memory-mapped configuration space",
        "a range of the ACPI table MCFG that covers the device's bus, and is no RAM",
        "enable it in the firmware set-up (\"MMCONFIG\", \"extended configuration space\")",
    };
    if (!there)
        report_add(spot->planner->report, &rule, spot->where.text, "no sound MCFG entry covers " PCI_ADDRESS_FORMAT,
                   PCI_ADDRESS_ARGS(spot->function->address));
    return there;
}

static bool is_iommu(const struct machine *machine, struct pci_address address)
{
    for (uint32_t i = 0; i < machine->iommu_count; i++)
        if (machine->iommus[i].kind == IOMMU_AMDVI && pci_address_equal(machine->iommus[i].function, address))
            return true;
    return false;
}

bool rule_plan_device_not_system(const struct device_spot *spot)
{
    static const struct rule rule = {
        "PLAN-224", "a part of the platform cannot be given to a partition",
        "a device that is not an IOMMU, interrupt controller or timer",
        "remove the node",
    };
    const struct machine_function *function = spot->function;
    bool platform = function->class_code >> 16 == CLASS_SYSTEM ||
                    is_iommu(spot->planner->machine, function->address);
    return report_unless(!platform, spot->planner->report, &rule, spot->where.text,
                         PCI_ADDRESS_FORMAT " has class %06x", PCI_ADDRESS_ARGS(function->address), function->class_code);
}

bool rule_plan_device_translated(const struct device_spot *spot)
{
    static const struct rule rule = {
        "PLAN-225", "no IOMMU stands before a device",
        "an IOMMU that translates the device's requests: without one it reaches all memory",
        "enable the IOMMU in the firmware set-up, or move the card to another slot",
    };
    const struct machine *machine = spot->planner->machine;
    bool covered = spot->function->iommu < machine->iommu_count;
    bool supported = covered && machine->iommus[spot->function->iommu].kind == IOMMU_AMDVI;
    return report_unless(supported, spot->planner->report, &rule, spot->where.text, PCI_ADDRESS_FORMAT " %s",
                         PCI_ADDRESS_ARGS(spot->function->address),
                         covered ? "has an IOMMU of a kind not supported yet" : "is in no IVRS entry");
}

bool rule_plan_device_messages(const struct device_spot *spot)
{
    static const struct rule rule = {
        "PLAN-226", "a device cannot signal by messages",
        "MSI or MSI-X: partitions have no interrupt lines",
        "use another device",
    };
    const struct machine_function *function = spot->function;
    return report_unless(function->msi_cap != 0 || (function->msix_cap != 0 && function->msix_entries > 0),
                         spot->planner->report, &rule, spot->where.text,
                         PCI_ADDRESS_FORMAT " has neither MSI nor MSI-X", PCI_ADDRESS_ARGS(function->address));
}

bool rule_plan_device_no_duty(const struct device_spot *spot)
{
    static const struct rule rule = {
        "PLAN-230", "firmware keeps a claim on a device's memory",
        "a device without a reserved-memory duty (ACPI IVRS: IVMD)",
        "turn off what needs it in the firmware set-up (legacy USB, remote console), or use another device",
    };
    const struct machine *machine = spot->planner->machine;
    for (uint32_t i = 0; i < machine->duty_count; i++) {
        const struct machine_duty *duty = &machine->duties[i];
        if (!duty->all_functions && !pci_address_equal(duty->function, spot->function->address))
            continue;
        report_add(spot->planner->report, &rule, spot->where.text,
                   PCI_ADDRESS_FORMAT " must keep access to 0x%llx-0x%llx", PCI_ADDRESS_ARGS(spot->function->address),
                   (unsigned long long)duty->range.base.v,
                   (unsigned long long)(duty->range.base.v + duty->range.size - 1));
        return false;
    }
    return true;
}

bool rule_plan_msix_inside(const struct device_spot *spot)
{
    static const struct rule rule = {
        "PLAN-231", "a device's MSI-X table lies outside its memory",
        "the whole table inside one memory BAR",
        "the device lies about itself; do not use it",
    };
    const struct machine_function *function = spot->function;
    if (function->msix_cap == 0)
        return true;
    uint64_t table_size = (uint64_t)function->msix_entries * 16;
    if (function->msix_table_bar < 6) {
        const struct machine_bar *bar = &function->bars[function->msix_table_bar];
        if ((bar->kind == BAR_MEMORY32 || bar->kind == BAR_MEMORY64) &&
            function->msix_table_offset + table_size <= bar->size)
            return true;
    }
    report_add(spot->planner->report, &rule, spot->where.text,
               PCI_ADDRESS_FORMAT ": %u entries at offset 0x%x of BAR %u", PCI_ADDRESS_ARGS(function->address),
               (unsigned)function->msix_entries, function->msix_table_offset, (unsigned)function->msix_table_bar);
    return false;
}
