/* SPDX-License-Identifier: Apache-2.0 */
/* One core's own things: how it is taken over, its windows, its local APIC, and the end of it when the monitor itself
 * faults. */
#include "core/monitor/faults.h"
#include "core/monitor/window.h"
#include "core/x86/apic.h"
#include "core/x86/local_apic.h"
#include "core/x86/registers.h"
#include "tests/unit/monitor/machine.h"

#define ISR_FIRST 0x810u
#define IRR_FIRST 0x820u

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, attributes;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

static uint64_t *page(uint64_t number)
{
    return (uint64_t *)(MONITOR_CORE + number * PAGE_SIZE);
}

static uint64_t *window_entry(uint64_t address)
{
    return &page(CORE_PAGE_PT)[address >> 12 & 511];
}

static uint64_t handler_of(const struct gate *gate)
{
    return gate->offset_low | (uint64_t)gate->offset_middle << 16 | (uint64_t)gate->offset_high << 32;
}

static void a_core_is_taken_over_with_its_own_tables(void **state)
{
    (void)state;
    core_init(2);
    assert_int_equal(this_core()->index, 2);
    assert_int_equal(this_core()->partition, 1);
    assert_int_equal(this_core()->mode, CORE_PARKED);
    assert_int_equal(machine.gdt_base, (uint64_t)this_core()->gdt);
    assert_int_equal(machine.gdt_limit, sizeof this_core()->gdt - 1);
    assert_int_equal(this_core()->gdt[0], 0);
    assert_int_equal(machine.code_selector, 8);
    assert_int_equal(machine.task_selector, 0x18);
    assert_int_equal(this_core()->vcpu.domain, machine_handoff()->partitions[1].domain);
    assert_int_equal(this_core()->vcpu.stage2_root.v, machine_handoff()->partitions[1].stage2_root.v);
    assert_int_equal(this_core()->vcpu.control_hpa.v, CORE_BLOCKS + (2 * CORE_FRAMES + CORE_FRAME_VMCB) * PAGE_SIZE);
    assert_true(monitor_shared()->mailboxes[2].parked);
}

static void what_firmware_left_in_the_local_apic_is_shut(void **state)
{
    (void)state;
    machine_set_msr(MSR_X2APIC_TIMER_INITIAL, 1000);
    core_init(2);
    assert_int_equal(machine_get_msr(MSR_X2APIC_TIMER_INITIAL), 0);
    assert_int_equal(machine_get_msr(MSR_X2APIC_LVT_ERROR), LVT_MASKED);
}

static void the_task_segment_descriptor_names_the_task_state(void **state)
{
    (void)state;
    core_init(0);
    const uint64_t *gdt = this_core()->gdt;
    uint64_t base = (gdt[3] >> 16 & 0xffffff) | (gdt[3] >> 56) << 24 | gdt[4] << 32;
    assert_int_equal(base, (uint64_t)&this_core()->tss);
    assert_int_equal(gdt[3] & 0xffff, sizeof this_core()->tss - 1);
    assert_int_equal(gdt[3] >> 40 & 0xff, 0x89); /* present, available 64-bit TSS */
}

static void faults_and_nmis_have_stacks_of_their_own(void **state)
{
    (void)state;
    core_init(0);
    const struct gate *idt = (const struct gate *)page(CORE_PAGE_IDT);
    assert_int_equal(machine.idt_base, (uint64_t)idt);
    assert_int_equal(machine.idt_limit, 4095);
    assert_int_equal(this_core()->tss.ist[0], MONITOR_NMI_STACK_TOP);
    assert_int_equal(this_core()->tss.ist[1], MONITOR_FAULT_STACK_TOP);
    assert_int_equal(page(CORE_PAGE_IDT + 1)[0] | page(CORE_PAGE_IDT + 1)[1], 0); /* a guard page: not a gate too many */
    for (unsigned vector = 0; vector < 256; vector++) {
        assert_int_equal(idt[vector].attributes, 0x8e);
        assert_int_equal(idt[vector].selector, 8);
        if (vector == 2)
            assert_true(idt[vector].ist == 1 && handler_of(&idt[vector]) == (uint64_t)nmi_stub);
        else if (vector < 32)
            assert_true(idt[vector].ist == 2 && handler_of(&idt[vector]) == (uint64_t)fault_stubs + 16 * vector);
        else
            assert_true(idt[vector].ist == 0 && handler_of(&idt[vector]) == (uint64_t)drain_stub);
    }
}

static void the_interrupt_table_is_sealed_read_only(void **state)
{
    uint64_t *entry = window_entry((uint64_t)page(CORE_PAGE_IDT));
    (void)state;
    *entry = 0x26000000 | PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE;
    core_init(0);
    assert_int_equal(*entry, 0x26000000 | PTE_PRESENT | PTE_NO_EXECUTE);
}

static void the_boot_stages_half_of_the_address_space_is_dropped(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 512; i++)
        page(CORE_PAGE_PML4)[i] = 0x1003;
    machine.cr3 = 0x22000000;
    core_init(0);
    for (unsigned i = 0; i < 511; i++)
        assert_int_equal(page(CORE_PAGE_PML4)[i], 0);
    assert_int_equal(page(CORE_PAGE_PML4)[511], 0x1003); /* the monitor itself */
    assert_int_equal(machine_count(EVENT_CR3), 1);       /* and the TLB forgets it */
    assert_int_equal(machine.cr3, 0x22000000);
}

static jmp_buf halted;

static void core_halts(void)
{
    longjmp(halted, 1);
}

static void a_core_that_cannot_virtualise_stops_with_a_word(void **state)
{
    (void)state;
    machine_handoff()->vendor = VENDOR_INTEL;
    machine.on_halt = core_halts;
    if (setjmp(halted) == 0) {
        core_init(0);
        fail_msg("it went on");
    }
    machine_assert_serial("[bulkhead] core 0 stopped: this core has no usable virtualisation extension\r\n");
}

static void a_fault_of_the_monitor_stops_its_core_with_a_report(void **state)
{
    const struct fault_frame frame = {.vector = 14, .error_code = 2, .rip = 0x1234, .rsp = 0x5678};
    (void)state;
    machine.cr2 = 0xdead;
    machine.on_halt = core_halts;
    if (setjmp(halted) == 0)
        fault_report(&frame);
    machine_assert_serial_has("[bulkhead] STOP-699 monitor fault on core 0: vector 14 error 0x2 rip 0x1234 cr2 0xdead "
                              "rsp 0x5678");
    assert_int_equal(monitor_shared()->partitions[1].state, PARTITION_RUNNING);
}

static void a_window_maps_one_page_and_closes_again(void **state)
{
    (void)state;
    machine_store32(0x25000ffc, 0x11223344);
    uint32_t *at = window_open((struct hpa){0x25000ffc}, WINDOW_MEMORY);
    assert_int_equal(*window_entry(MONITOR_WINDOW), 0x25000000 | PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE);
    assert_int_equal(*at, 0x11223344);
    window_close();
    assert_int_equal(*window_entry(MONITOR_WINDOW), 0);
    at = window_open((struct hpa){0x26000ffc}, WINDOW_MEMORY); /* not the page of before */
    assert_int_equal(*at, 0);
    window_close();
}

static void a_large_window_maps_two_mebibytes_and_closes_again(void **state)
{
    (void)state;
    machine_store32(0x25001000, 0x11223344);
    uint32_t *at = window_open_large((struct hpa){0x25001000});
    assert_int_equal(*at, 0x11223344);
    window_close_large();
    at = window_open_large((struct hpa){0x25201000});
    assert_int_equal(*at, 0);
    window_close_large();
    assert_int_equal(page(CORE_PAGE_PD)[MONITOR_SCRUB >> 21 & 511], 0);
}

static void device_registers_are_uncached_and_keep_their_width(void **state)
{
    (void)state;
    machine_store64(0x25000010, 0x8877665544332211);
    assert_int_equal(device_read((struct hpa){0x25000012}, 1), 0x33);
    assert_int_equal(device_read((struct hpa){0x25000012}, 2), 0x4433);
    assert_int_equal(device_read((struct hpa){0x25000014}, 4), 0x88776655);
    device_write((struct hpa){0x25000011}, 1, 0xffaabbcc);
    assert_int_equal(machine_load64(0x25000010), 0x887766554433cc11);
    device_write((struct hpa){0x25000012}, 2, 0xffaabbcc);
    assert_int_equal(machine_load64(0x25000010), 0x88776655bbcccc11);
    device_write((struct hpa){0x25000014}, 4, 0xffaabbcc);
    assert_int_equal(machine_load64(0x25000010), 0xffaabbccbbcccc11);
    for (uint32_t i = 0; i < machine.event_count; i++)
        assert_true(machine.events[i].device);
    assert_int_equal(machine.event_count, 6); /* one access each */
}

/* An APIC that holds this many interrupts in service and this many requested. */
static unsigned in_service, requested;

static void end_of_interrupt(uint32_t msr, uint64_t value)
{
    (void)value;
    if (msr != MSR_X2APIC_EOI || in_service == 0)
        return;
    in_service--;
    machine_set_msr(ISR_FIRST + 7, in_service);
}

static void interrupts_are_taken(void)
{
    if (requested > 0)
        requested--;
    machine_set_msr(IRR_FIRST + 3, requested);
}

static void a_quiet_apic_holds_nothing_and_passes_nothing(void **state)
{
    (void)state;
    in_service = 2;
    requested = 3;
    machine_set_msr(ISR_FIRST + 7, in_service);
    machine_set_msr(IRR_FIRST + 3, requested);
    machine.on_wrmsr = end_of_interrupt;
    machine.on_drain = interrupts_are_taken;
    local_apic_quiesce(&svm_backend);
    for (uint32_t i = 0; i < machine.event_count; i++) /* anything but 0 would raise #GP in the monitor */
        if (machine.events[i].kind == EVENT_WRMSR && machine.events[i].where == MSR_X2APIC_EOI)
            assert_int_equal(machine.events[i].value, 0);
    assert_int_equal(in_service, 0);
    assert_int_equal(requested, 0);
    assert_int_equal(machine_count(EVENT_DRAIN), 3);
    assert_int_equal(machine_count_wrmsr(MSR_X2APIC_EOI), 2); /* and not one more than it takes */
    assert_int_equal(machine_get_msr(MSR_X2APIC_TIMER_INITIAL), 0);
    assert_int_equal(machine_get_msr(MSR_X2APIC_TPR), 0);
    assert_int_equal(machine_get_msr(MSR_X2APIC_SPURIOUS) & 0x100, 0); /* software-disabled, as after reset */
    for (uint32_t msr = MSR_X2APIC_LVT_TIMER; msr <= MSR_X2APIC_LVT_ERROR; msr++)
        assert_true(machine_get_msr(msr) & LVT_MASKED);
}

static void an_apic_that_never_empties_does_not_hold_the_core(void **state)
{
    (void)state;
    machine_set_msr(ISR_FIRST, 1);
    machine_set_msr(IRR_FIRST, 1);
    local_apic_quiesce(&svm_backend);
    assert_in_range(machine_count(EVENT_DRAIN), 1, 256);
    assert_in_range(machine_count_wrmsr(MSR_X2APIC_EOI), 1, 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_core_is_taken_over_with_its_own_tables),
        machine_test(what_firmware_left_in_the_local_apic_is_shut),
        machine_test(the_task_segment_descriptor_names_the_task_state),
        machine_test(faults_and_nmis_have_stacks_of_their_own),
        machine_test(the_interrupt_table_is_sealed_read_only),
        machine_test(the_boot_stages_half_of_the_address_space_is_dropped),
        machine_test(a_core_that_cannot_virtualise_stops_with_a_word),
        machine_test(a_fault_of_the_monitor_stops_its_core_with_a_report),
        machine_test(a_window_maps_one_page_and_closes_again),
        machine_test(a_large_window_maps_two_mebibytes_and_closes_again),
        machine_test(device_registers_are_uncached_and_keep_their_width),
        machine_test(a_quiet_apic_holds_nothing_and_passes_nothing),
        machine_test(an_apic_that_never_empties_does_not_hold_the_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
