/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a core over from the boot stage: own descriptor tables, own half of the address space, virtualisation on. */
#include "core/monitor/core.h"
#include "core/monitor/faults.h"
#include "core/monitor/stack.h"
#include "core/monitor/window.h"
#include "core/x86/local_apic.h"
#include "core/x86/registers.h"

#include <string.h>

_Static_assert(MONITOR_STACK_TOP == MONITOR_STACK_TOP_ASM, "entry.S and handoff.h agree");

#define SELECTOR_CODE 0x08u
#define SELECTOR_DATA 0x10u
#define SELECTOR_TSS 0x18u
#define DESCRIPTOR_CODE64 0x00af9b000000ffffull
#define DESCRIPTOR_DATA 0x00cf93000000ffffull
#define IST_NMI 1u
#define IST_FAULT 2u

static void load_gdt(struct core *core)
{
    uint64_t base = (uint64_t)&core->tss;
    uint64_t limit = sizeof core->tss - 1;
    core->gdt[1] = DESCRIPTOR_CODE64;
    core->gdt[2] = DESCRIPTOR_DATA;
    core->gdt[3] = limit | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    core->gdt[4] = base >> 32;
    core->tss.ist[IST_NMI - 1] = MONITOR_NMI_STACK_TOP;
    core->tss.ist[IST_FAULT - 1] = MONITOR_FAULT_STACK_TOP;
    core->tss.io_map_base = sizeof core->tss;
    struct descriptor_pointer pointer = {sizeof core->gdt - 1, (uint64_t)core->gdt};
    cpu_lgdt(&pointer);
    cpu_load_segments(SELECTOR_CODE, SELECTOR_DATA, SELECTOR_TSS);
}

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, attributes;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

static struct gate interrupt_gate(uint64_t handler, uint8_t ist)
{
    return (struct gate){(uint16_t)handler, SELECTOR_CODE, ist, 0x8e, (uint16_t)(handler >> 16),
                         (uint32_t)(handler >> 32), 0};
}

static void load_idt(void)
{
    struct gate *idt = (struct gate *)(MONITOR_CORE + CORE_PAGE_IDT * PAGE_SIZE);
    for (unsigned vector = 0; vector < FAULT_VECTORS; vector++)
        idt[vector] = interrupt_gate((uint64_t)fault_stubs + vector * FAULT_STUB_SIZE, IST_FAULT);
    idt[2] = interrupt_gate((uint64_t)nmi_stub, IST_NMI);
    for (unsigned vector = FAULT_VECTORS; vector < 256; vector++)
        idt[vector] = interrupt_gate((uint64_t)drain_stub, 0);
    struct descriptor_pointer pointer = {256 * sizeof(struct gate) - 1, (uint64_t)idt};
    cpu_lidt(&pointer);
    window_seal_page(idt);
}

/* The boot stage's identity map filled the lower half of this core's top-level table. */
static void drop_boot_map(void)
{
    volatile uint64_t *pml4 = (uint64_t *)(MONITOR_CORE + CORE_PAGE_PML4 * PAGE_SIZE);
    for (unsigned i = 0; i < 511; i++)
        pml4[i] = 0;
    cpu_write_cr3(cpu_read_cr3());
}

static const struct cpu_backend *backend_for(enum machine_vendor vendor)
{
    return vendor == VENDOR_AMD ? &svm_backend : NULL;
}

static void fill_vcpu(struct core *core, const struct handoff *handoff)
{
    struct vcpu *vcpu = &core->vcpu;
    vcpu->control = (void *)(MONITOR_CORE + CORE_PAGE_VMCB * PAGE_SIZE);
    vcpu->control_hpa = core_frame_hpa(core->index, CORE_FRAME_VMCB);
    vcpu->host_save = core_frame_hpa(core->index, CORE_FRAME_HOST_SAVE);
    vcpu->host_state = core_frame_hpa(core->index, CORE_FRAME_HOST_STATE);
    vcpu->msr_bitmap = handoff->msr_bitmap;
    vcpu->io_bitmap = handoff->io_bitmap;
    if (core->partition == HANDOFF_NO_PARTITION)
        return;
    vcpu->stage2_root = handoff->partitions[core->partition].stage2_root;
    vcpu->domain = handoff->partitions[core->partition].domain;
}

void core_init(uint32_t index)
{
    const struct handoff *handoff = monitor_handoff();
    struct core *core = this_core();
    core->index = index;
    core->partition = handoff->cores[index].partition;
    core->mode = CORE_PARKED;
    core->backend = backend_for(handoff->vendor);
    load_gdt(core);
    load_idt();
    drop_boot_map();
    fill_vcpu(core, handoff);
    if (core->backend == NULL || !core->backend->enable(&core->vcpu))
        fault_stop("this core has no usable virtualisation extension");
    local_apic_quiesce(core->backend); /* what firmware and boot stage left in it */
    this_mailbox()->parked = true;
}
