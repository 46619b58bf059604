/* SPDX-License-Identifier: Apache-2.0 */
/* A machine and a system that fit each other, for the tests of the planner, the table writers and the recheck. */
#ifndef TESTS_UNIT_PLAN_FIXTURE_H
#define TESTS_UNIT_PLAN_FIXTURE_H

#include "core/lib/pci_regs.h"
#include "core/plan/plan.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

/* Indexes into fixture.machine.functions. */
enum {
    HOST_BRIDGE, IOMMU_FUNCTION, NIC_A, NIC_B, DISK_A, DISK_B, ROOT_PORT, CARD_0, CARD_1, FUNCTIONS,
};

struct fixture {
    struct system system;
    struct machine machine;
    struct plan_needs needs;
    struct plan plan;
    struct report report;
};

static inline struct machine_function endpoint(uint8_t bus, uint8_t devfn, uint16_t vendor, uint16_t device)
{
    struct machine_function function = {
        .address = {0, bus, devfn}, .vendor = vendor, .device = device, .parent = MACHINE_NO_FUNCTION,
        .alias = (uint16_t)(bus << 8 | devfn), .msi_cap = 0x50, .pcie_cap = 0x70,
    };
    return function;
}

static inline struct machine_function nic(uint8_t devfn, uint64_t base)
{
    struct machine_function function = endpoint(0, devfn, 0x8086, 0x10d3);
    function.class_code = 0x020000;
    function.bars[0] = (struct machine_bar){BAR_MEMORY32, false, base, 0x20000};
    function.bars[1] = (struct machine_bar){BAR_MEMORY32, false, base + 0x20000, 0x20000};
    function.bars[2] = (struct machine_bar){BAR_IO, false, 0x6000, 0x20};
    function.bars[3] = (struct machine_bar){BAR_MEMORY32, false, base + 0x40000, 0x4000};
    function.msix_cap = 0xa0;
    function.msix_entries = 5;
    function.msix_table_bar = 3;
    return function;
}

static inline struct machine_function nvme(uint8_t bus, uint8_t devfn, uint64_t base)
{
    struct machine_function function = endpoint(bus, devfn, 0x1b36, 0x0010);
    function.class_code = 0x010802;
    function.bars[0] = (struct machine_bar){BAR_MEMORY64, false, base, 0x4000};
    function.msix_cap = 0x40;
    function.msix_entries = 65;
    function.msix_table_offset = 0x2000;
    return function;
}

static inline void fixture_functions(struct machine *machine)
{
    struct machine_function *f = machine->functions;
    f[HOST_BRIDGE] = endpoint(0, PCI_DEVFN(0, 0), 0x8086, 0x29c0);
    f[HOST_BRIDGE].class_code = 0x060000;
    f[IOMMU_FUNCTION] = endpoint(0, PCI_DEVFN(1, 0), 0x1022, 0x1419);
    f[IOMMU_FUNCTION].class_code = 0x080600;
    f[NIC_A] = nic(PCI_DEVFN(3, 0), 0x81000000);
    f[NIC_B] = nic(PCI_DEVFN(4, 0), 0x81080000);
    f[DISK_A] = nvme(0, PCI_DEVFN(6, 0), 0xc000000000);
    f[DISK_B] = nvme(0, PCI_DEVFN(7, 0), 0xc000004000);
    f[ROOT_PORT] = endpoint(0, PCI_DEVFN(0x1c, 0), 0x1b36, 0x000c);
    f[ROOT_PORT].class_code = 0x060400;
    f[ROOT_PORT].header_type = 1;
    f[ROOT_PORT].secondary_bus = f[ROOT_PORT].subordinate_bus = 1;
    f[ROOT_PORT].pcie_type = PCIE_TYPE_ROOT_PORT;
    f[ROOT_PORT].acs = true;
    f[CARD_0] = nvme(1, PCI_DEVFN(0, 0), 0x82000000);
    f[CARD_1] = nvme(1, PCI_DEVFN(0, 1), 0x82004000);
    f[CARD_0].parent = f[CARD_1].parent = ROOT_PORT;
    f[CARD_0].multifunction = f[CARD_1].multifunction = true;
    machine->function_count = FUNCTIONS;
}

static inline void fixture_machine(struct machine *machine)
{
    machine->vendor = VENDOR_AMD;
    machine->has_svm = machine->has_npt = machine->has_1g_pages = machine->has_x2apic = true;
    machine->physical_bits = 40;
    machine->processor = 0x00a20f12;
    machine->microcode = 0x0a201016;
    machine->tpm = (struct machine_tpm){TPM_TIS, {0xfed40000}, 6, true};
    machine->core_count = 8; /* four pairs of siblings */
    for (uint32_t c = 0; c < machine->core_count; c++)
        machine->cores[c] = (struct machine_core){c, c / 2};
    machine->ram_count = 3;
    machine->ram[0] = (struct hpa_range){{0}, 0xa0000};
    machine->ram[1] = (struct hpa_range){{1 * MIB}, 2047 * MIB};
    machine->ram[2] = (struct hpa_range){{4 * GIB}, 8 * GIB};
    machine->busy_count = 1;
    machine->busy[0] = (struct hpa_range){{12 * GIB - 64 * MIB}, 64 * MIB};
    machine->iommu_count = 1;
    machine->iommus[0] = (struct machine_iommu){IOMMU_AMDVI, {0xfed80000}, 0x4000, {0, 0, PCI_DEVFN(1, 0)}, 0};
    machine->ecam_count = 1;
    machine->ecams[0] = (struct machine_ecam){{0xb0000000}, 0, 0, 255};
    fixture_functions(machine);
}

static inline struct system_device wants(const char *name, struct pci_path path, uint16_t vendor, uint16_t device)
{
    struct system_device wanted = {.path = path, .vendor = vendor, .device = device};
    snprintf(wanted.name, sizeof wanted.name, "%s", name);
    return wanted;
}

static inline struct pci_path on_root_bus(uint8_t devfn)
{
    return (struct pci_path){.root = {0, 0, devfn}};
}

static inline struct pci_path behind_port(uint8_t devfn)
{
    return (struct pci_path){.root = {0, 0, PCI_DEVFN(0x1c, 0)}, .hops = 1, .hop_devfn = {devfn}};
}

static inline void fixture_partition(struct system *system, const char *name, uint32_t cores, uint64_t memory)
{
    struct system_partition *partition = &system->partitions[system->partition_count++];
    snprintf(partition->name, sizeof partition->name, "%s", name);
    partition->core_count = cores;
    partition->memory_size = memory;
    partition->kernel = (struct system_image){.present = true, .file = "vmlinuz", .size = 8 * MIB + 5};
    partition->initrd = (struct system_image){.present = true, .file = "initrd.img", .size = 2 * MIB + 1};
}

static inline void fixture_system(struct system *system)
{
    system->iommu = REQUIREMENT_REQUIRED;
    fixture_partition(system, "web", 2, 512 * MIB);
    fixture_partition(system, "mail", 1, 384 * MIB);
    fixture_partition(system, "database", 1, 3 * GIB);
    system->partitions[0].device_count = 2;
    system->partitions[0].devices[0] = wants("nic", on_root_bus(PCI_DEVFN(3, 0)), 0x8086, 0x10d3);
    system->partitions[0].devices[1] = wants("disk", on_root_bus(PCI_DEVFN(6, 0)), 0x1b36, 0x0010);
    system->partitions[1].device_count = 2;
    system->partitions[1].devices[0] = wants("nic", on_root_bus(PCI_DEVFN(4, 0)), 0x8086, 0x10d3);
    system->partitions[1].devices[1] = wants("disk", on_root_bus(PCI_DEVFN(7, 0)), 0x1b36, 0x0010);
    system->partitions[2].device_count = 1;
    system->partitions[2].devices[0] = wants("disk", behind_port(PCI_DEVFN(0, 0)), 0x1b36, 0x0010);
}

static inline struct fixture *fixture_new(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    fixture_machine(&f->machine);
    fixture_system(&f->system);
    f->needs = (struct plan_needs){.monitor_fixed = 256 << 10, .monitor_per_core = 56 << 10, .boot_blob = 0x20000,
                                   .log = 64 << 10, .event_log = 256 << 10};
    return f;
}

static inline void fixture_plan(struct fixture *f)
{
    report_init(&f->report);
    plan_make(&f->system, &f->machine, &f->needs, &f->plan, &f->report);
}

static inline void show_findings(const struct report *report)
{
    for (uint32_t i = 0; i < report->count; i++)
        print_message("  %s %s: %s\n", report->findings[i].rule->code, report->findings[i].where,
                      report->findings[i].found);
}

static inline uint32_t count_code(const struct report *report, const char *code)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < report->count; i++)
        count += strcmp(report->findings[i].rule->code, code) == 0;
    return count;
}

static inline void assert_clean(const struct report *report)
{
    show_findings(report);
    assert_true(report_ok(report));
}

/* The finding with this code is there; none with another one. */
static inline void assert_only(const struct report *report, const char *code)
{
    if (count_code(report, code) == 0 || count_code(report, code) != report->count)
        show_findings(report);
    assert_true(count_code(report, code) > 0);
    assert_int_equal(count_code(report, code), report->count);
}

#endif
