/* SPDX-License-Identifier: Apache-2.0 */
/* The machine under the monitor's unit tests: events, the default configuration, what tests ask. */
#include "tests/unit/monitor/machine.h"

#include "core/lib/pci_regs.h"
#include "core/x86/registers.h"
#include "tests/unit/monitor/memory.h"
#include "tests/unit/monitor/tpm.h"

struct machine_model machine;

struct handoff *machine_handoff(void)
{
    return (struct handoff *)MONITOR_HANDOFF;
}

struct handoff_partition *machine_web(void)
{
    return &machine_handoff()->partitions[0];
}

struct handoff_device *machine_nic(void)
{
    return &machine_web()->devices[0];
}

struct vmcb *machine_vmcb(void)
{
    return (struct vmcb *)(MONITOR_CORE + CORE_PAGE_VMCB * PAGE_SIZE);
}

static void fill_nic(struct handoff_device *nic)
{
    *nic = (struct handoff_device){
        .name = "nic",
        .config = {NIC_CONFIG},
        .requester_id = 0x0018,
        .guest_devfn = PCI_DEVFN(1, 0),
        .pm_cap = NIC_PM_CAP, .msi_cap = NIC_MSI_CAP, .msix_cap = NIC_MSIX_CAP, .pcie_cap = NIC_PCIE_CAP,
        .msi_64bit = true, .msi_maskable = true, .msi_log2_vectors = 2,
        .flr = true,
        .msix_entries = 8,
        .msix_table = {NIC_MSIX},
        .msix_pages = {{NIC_MSIX}, PAGE_SIZE},
        .irt = {NIC_IRT},
        .bar_base = {NIC_BAR, 0, 0xc8000000, 0x0},
        .bar_size = {0x4000, 0, 0x10000, 0},
        .bar_kind = {BAR_MEMORY32, BAR_NONE, BAR_MEMORY64, BAR_NONE},
        .bar_prefetchable = {false, false, true, false},
    };
}

static void fill_web(struct handoff_partition *web)
{
    *web = (struct handoff_partition){
        .name = "web", .domain = 1, .console = true, .restart = RESTART_ALWAYS,
        .core_count = 2, .apic_ids = {0, 1}, .core_index = {0, 1},
        .region_count = 2,
        .regions = {{{0}, {WEB_RAM}, 2 * PAGE_2M}, {{PLAN_HIGH_BASE}, {WEB_RAM_HIGH}, PAGE_2M}},
        .stage2_root = {0x23000000},
        .device_count = 1,
        .image = {.segment_count = 1, .segments = {{{SEALED}, {0x100000}, 0x1800}},
                  .entry = {.long_mode = true, .rip = 0x100200, .rsi = 0xe0000, .rsp = 0xea000, .cr3 = 0xe1000,
                            .gdt = {0xe7000}, .gdt_limit = 0x1f}},
    };
    fill_nic(&web->devices[0]);
}

static void fill_handoff(struct handoff *handoff)
{
    memset(handoff, 0, sizeof *handoff);
    handoff->magic = HANDOFF_MAGIC;
    handoff->revision = HANDOFF_REVISION;
    handoff->vendor = VENDOR_AMD;
    handoff->tsc_hz = 1000000;
    handoff->apic_timer_hz = 250000;
    handoff->core_count = 4;
    handoff->core_blocks.v = CORE_BLOCKS;
    handoff->msr_bitmap.v = 0x24000000;
    handoff->io_bitmap.v = 0x24002000;
    handoff->iommu_count = 1;
    handoff->iommus[0] = (struct handoff_iommu){.kind = IOMMU_AMDVI, .state = {IOMMU_STATE}};
    handoff->partition_count = 2;
    fill_web(&handoff->partitions[0]);
    handoff->partitions[1] = (struct handoff_partition){
        .name = "mail", .domain = 2, .console = true, .restart = RESTART_NEVER,
        .core_count = 1, .apic_ids = {5}, .core_index = {2},
        .region_count = 1, .regions = {{{0}, {MAIL_RAM}, PAGE_2M}},
        .stage2_root = {0x23800000},
    };
    handoff->cores[0] = (struct handoff_core){0, 0};
    handoff->cores[1] = (struct handoff_core){1, 0};
    handoff->cores[2] = (struct handoff_core){5, 1};
    handoff->cores[3] = (struct handoff_core){6, HANDOFF_NO_PARTITION};
}

static void fill_nic_config(void)
{
    machine_store32(NIC_CONFIG + PCI_VENDOR_ID, 0x10d38086);
    machine_store32(NIC_CONFIG + PCI_COMMAND, 0x00100006);
    machine_store32(NIC_CONFIG + PCI_CLASS_REVISION, 0x02000000);
    machine_store32(NIC_CONFIG + 0x0c, 0x00800010);
    machine_store32(NIC_CONFIG + PCI_SUBSYSTEM_VENDOR_ID, 0x00018086);
    machine_store32(NIC_CONFIG + PCI_ROM_ADDRESS, 0xfeb00001);
    machine_store32(NIC_CONFIG + PCI_CAPABILITY_LIST, 0x40);
    machine_store32(NIC_CONFIG + NIC_PM_CAP, 0xc8035001); /* power management, which is not shown */
    machine_store32(NIC_CONFIG + NIC_MSI_CAP, 0x01847005);
    machine_store32(NIC_CONFIG + NIC_MSIX_CAP, 0x00078011);
    machine_store32(NIC_CONFIG + NIC_MSIX_CAP + 4, 0x00003000);
    machine_store32(NIC_CONFIG + NIC_PCIE_CAP, 0x00020010);
    machine_store32(NIC_CONFIG + NIC_PCIE_CAP + PCIE_DEVICE_CAPABILITIES, 0x10008cc1);
    machine_store32(NIC_CONFIG + NIC_PCIE_CAP + PCIE_DEVICE_CONTROL, 0x00002810);
}

void machine_become(uint32_t core_index)
{
    struct core *core = this_core();
    memset(core, 0, sizeof *core);
    core->index = core_index;
    core->partition = machine_handoff()->cores[core_index].partition;
    core->mode = CORE_RUNNING;
    core->backend = &svm_backend;
    core->vcpu.control = machine_vmcb();
    core->vcpu.control_hpa = core_frame_hpa(core_index, CORE_FRAME_VMCB);
    core->vcpu.host_state = core_frame_hpa(core_index, CORE_FRAME_HOST_STATE);
    core->vcpu.host_save = core_frame_hpa(core_index, CORE_FRAME_HOST_SAVE);
    core->vcpu.msr_bitmap = machine_handoff()->msr_bitmap;
    core->vcpu.io_bitmap = machine_handoff()->io_bitmap;
    if (core->partition == HANDOFF_NO_PARTITION)
        return;
    core->vcpu.stage2_root = this_partition()->stage2_root;
    core->vcpu.domain = this_partition()->domain;
}

static void set_up(void)
{
    memory_reset();
    memset(&machine, 0, sizeof machine);
    tpm_model_reset();
    machine.tsc_step = 1000;
    fill_handoff(machine_handoff());
    fill_nic_config();
    machine_become(0);
    svm_backend.reset_to_entry(&this_core()->vcpu, &machine_web()->image.entry);
    monitor_shared()->partitions[0].state = PARTITION_RUNNING;
    monitor_shared()->partitions[1].state = PARTITION_RUNNING;
}

void machine_run(void **state)
{
    void (*test)(void **) = (void (*)(void **))*state;
    set_up();
    test(state);
}

void *machine_memory(uint64_t hpa)
{
    return memory_at(hpa);
}

uint32_t machine_load32(uint64_t hpa)
{
    return *(uint32_t *)memory_at(hpa);
}

uint64_t machine_load64(uint64_t hpa)
{
    return *(uint64_t *)memory_at(hpa);
}

void machine_store32(uint64_t hpa, uint32_t value)
{
    *(uint32_t *)memory_at(hpa) = value;
}

void machine_store64(uint64_t hpa, uint64_t value)
{
    *(uint64_t *)memory_at(hpa) = value;
}

void machine_forget(void)
{
    machine.event_count = 0;
}

uint32_t machine_count(enum event_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < machine.event_count; i++)
        count += machine.events[i].kind == kind;
    return count;
}

const struct event *machine_event(enum event_kind kind, uint32_t n)
{
    for (uint32_t i = 0; i < machine.event_count; i++)
        if (machine.events[i].kind == kind && n-- == 0)
            return &machine.events[i];
    fail_msg("event of kind %d did not happen", (int)kind);
    return NULL;
}

uint32_t machine_count_wrmsr(uint32_t msr)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < machine.event_count; i++)
        count += machine.events[i].kind == EVENT_WRMSR && machine.events[i].where == msr;
    return count;
}

uint32_t machine_count_ipis(void)
{
    return machine_count_wrmsr(MSR_X2APIC_ICR);
}

uint64_t machine_ipi(uint32_t n)
{
    for (uint32_t i = 0; i < machine.event_count; i++)
        if (machine.events[i].kind == EVENT_WRMSR && machine.events[i].where == MSR_X2APIC_ICR && n-- == 0)
            return machine.events[i].value;
    fail_msg("that many IPIs were not sent");
    return 0;
}

void machine_assert_serial(const char *expected)
{
    machine.serial[machine.serial_used] = '\0';
    assert_string_equal(machine.serial, expected);
    machine.serial_used = 0;
}

void machine_assert_serial_has(const char *expected)
{
    machine.serial[machine.serial_used] = '\0';
    if (strstr(machine.serial, expected) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", expected, machine.serial);
}
