/* SPDX-License-Identifier: Apache-2.0 */
/* Stopping and restarting a partition: who is told, in which order it is taken down, and what survives: nothing. */
#include "core/lib/pci_regs.h"
#include "core/monitor/console.h"
#include "core/monitor/lifecycle.h"
#include "core/monitor/pci_config.h"
#include "core/tables/irte.h"
#include "core/x86/apic.h"
#include "core/x86/registers.h"
#include "tests/unit/monitor/machine.h"

#define DOORBELL_TO(apic_id) ((uint64_t)(apic_id) << 32 | ICR_ASSERT | ICR_MODE_NMI << 8)
#define DEVICE_CONTROL (NIC_CONFIG + NIC_PCIE_CAP + PCIE_DEVICE_CONTROL)

static struct mailbox *mailbox(uint32_t core)
{
    return &monitor_shared()->mailboxes[core];
}

static struct partition_shared *web(void)
{
    return &monitor_shared()->partitions[0];
}

/* Core 1, which obeys. */
static void core_1_parks_when_told(void)
{
    if (__atomic_exchange_n(&mailbox(1)->requests, 0u, __ATOMIC_RELAXED) & REQUEST_STOP)
        mailbox(1)->parked = true;
}

static void stop_web(enum stop_reason reason)
{
    lifecycle_stop(reason, "for test %u", 7u);
}

/* Stops the partition on its first core and takes it down. */
static void stop_and_reap(enum stop_reason reason)
{
    machine.on_pause = core_1_parks_when_told;
    stop_web(reason);
    mailbox(0)->requests = 0;
    lifecycle_reap(this_core());
}

static void a_stop_is_said_in_one_line_with_code_reason_and_details(void **state)
{
    (void)state;
    stop_web(STOP_TRIPLE_FAULT);
    machine_assert_serial("[bulkhead] STOP-604 web stopped: triple fault (for test 7)\r\n");
    assert_int_equal(web()->state, PARTITION_STOPPING);
}

static void a_half_written_line_comes_out_before_the_stop(void **state)
{
    (void)state;
    console_put_guest('o');
    console_put_guest('h');
    stop_web(STOP_RESET);
    machine_assert_serial("[web] oh\r\n[bulkhead] STOP-602 web stopped: reset by its guest (for test 7)\r\n");
}

static void the_first_reason_wins(void **state)
{
    (void)state;
    stop_web(STOP_RESET);
    machine_assert_serial_has("STOP-602");
    machine.serial_used = 0;
    machine_become(1);
    stop_web(STOP_TRIPLE_FAULT);
    machine_assert_serial("");
    assert_int_equal(web()->reason, STOP_RESET);
    assert_int_equal(this_core()->mode, CORE_PARKED); /* it stops all the same */
}

static void the_partitions_first_core_is_told_and_nobody_else(void **state)
{
    (void)state;
    machine_become(1);
    stop_web(STOP_RESET);
    assert_int_equal(mailbox(0)->requests, REQUEST_REAP);
    assert_int_equal(machine_count_ipis(), 1);
    assert_int_equal(machine_ipi(0), DOORBELL_TO(0));
    for (uint32_t core = 1; core < 4; core++)
        assert_int_equal(mailbox(core)->requests, 0);
    assert_int_equal(monitor_shared()->partitions[1].state, PARTITION_RUNNING);
}

static void the_first_core_posts_to_itself_without_a_doorbell(void **state)
{
    (void)state;
    stop_web(STOP_RESET);
    assert_int_equal(mailbox(0)->requests, REQUEST_REAP);
    assert_int_equal(machine_count_ipis(), 0);
}

static void a_parked_core_has_its_local_interrupts_shut(void **state)
{
    (void)state;
    this_core()->guest_nmi_waiting = true;
    machine_set_msr(MSR_X2APIC_TIMER_INITIAL, 1000);
    lifecycle_park(this_core());
    assert_int_equal(this_core()->mode, CORE_PARKED);
    assert_false(this_core()->guest_nmi_waiting);
    assert_int_equal(machine_get_msr(MSR_X2APIC_TIMER_INITIAL), 0);
    for (uint32_t msr = MSR_X2APIC_LVT_TIMER; msr <= MSR_X2APIC_LVT_ERROR; msr++)
        assert_int_equal(machine_get_msr(msr), LVT_MASKED);
}

static void a_restart_waits_for_the_other_cores_before_anything_is_touched(void **state)
{
    uint32_t doorbell = 0, command_off = 0;
    (void)state;
    stop_and_reap(STOP_RESET);
    for (uint32_t i = machine.event_count; i-- > 0;) {
        const struct event *event = &machine.events[i];
        if (event->kind == EVENT_WRMSR && event->where == MSR_X2APIC_ICR)
            doorbell = i;
        if (event->kind == EVENT_WRITE && event->where == NIC_CONFIG + PCI_COMMAND)
            command_off = i;
    }
    assert_int_equal(machine_ipi(0), DOORBELL_TO(1));
    assert_true(doorbell < command_off);
    for (uint32_t i = 0; i < doorbell; i++)
        assert_int_not_equal(machine.events[i].kind, EVENT_WRITE);
}

/* The device must not write into memory that is being scrubbed. */
static bool bus_master_while_loading;

static void watch_the_command_register(bool write, uint64_t hpa)
{
    if (!write && hpa - SEALED < 2 * PAGE_SIZE && machine_load32(NIC_CONFIG + PCI_COMMAND) & PCI_COMMAND_MASTER)
        bus_master_while_loading = true;
}

static void devices_are_silent_while_memory_is_loaded(void **state)
{
    (void)state;
    bus_master_while_loading = false;
    machine.on_access = watch_the_command_register;
    stop_and_reap(STOP_RESET);
    assert_false(bus_master_while_loading);
    assert_int_equal(web()->state, PARTITION_RUNNING);
}

static void a_restart_leaves_nothing_of_the_earlier_life(void **state)
{
    (void)state;
    memset(machine_memory(WEB_RAM), 0xaa, 2 * PAGE_2M);
    memset(machine_memory(WEB_RAM_HIGH), 0xaa, PAGE_2M);
    memset(machine_memory(MAIL_RAM), 0xbb, PAGE_2M);
    memset(machine_memory(SEALED), 0x55, 0x1800);
    memset(&web()->uart, 0xff, sizeof web()->uart);
    memset(web()->devices, 0xff, sizeof web()->devices);
    web()->pci_address = 0x80000800;
    mailbox(1)->requests = REQUEST_STARTUP | REQUEST_NMI;
    machine_store64(NIC_IRT, IRTE_REMAP_EN);
    stop_and_reap(STOP_RESET);
    const uint8_t *low = machine_memory(WEB_RAM), *high = machine_memory(WEB_RAM_HIGH), *mail = machine_memory(MAIL_RAM);
    for (uint64_t i = 0; i < 2 * PAGE_2M; i++)
        if (low[i] != (i - 0x100000 < 0x1800 ? 0x55 : 0))
            fail_msg("guest-physical 0x%lx holds 0x%x", (unsigned long)i, low[i]);
    for (uint64_t i = 0; i < PAGE_2M; i++)
        assert_true(high[i] == 0 && mail[i] == 0xbb);
    static const struct uart16550 fresh_uart;
    static const struct device_state fresh_device;
    assert_memory_equal(&web()->uart, &fresh_uart, sizeof fresh_uart);
    assert_memory_equal(&web()->devices[0], &fresh_device, sizeof fresh_device);
    assert_int_equal(web()->pci_address, 0);
    assert_int_equal(mailbox(1)->requests, 0);
    assert_int_equal(machine_load64(NIC_IRT), 0);
    assert_int_equal(this_core()->vcpu.guest.rip, 0x100200);
    assert_true(this_core()->vcpu.flush);
}

static void a_restart_is_counted_and_said(void **state)
{
    (void)state;
    web()->starts = 1;
    stop_and_reap(STOP_RESET);
    machine_assert_serial_has("[bulkhead] web starts (start 2, 2 core(s))\r\n");
    assert_int_equal(web()->state, PARTITION_RUNNING);
    assert_int_equal(web()->reason, STOP_NONE);
    assert_int_equal(this_core()->mode, CORE_RUNNING);
    assert_false(mailbox(0)->parked);
}

static void restart_never_stays_stopped(void **state)
{
    (void)state;
    machine_web()->restart = RESTART_NEVER;
    stop_and_reap(STOP_RESET);
    assert_int_equal(web()->state, PARTITION_STOPPED);
    assert_int_equal(this_core()->mode, CORE_PARKED);
    machine_assert_serial_has("[bulkhead] web stays stopped after 0 start(s)\r\n");
}

static void power_off_stays_off_under_any_policy(void **state)
{
    (void)state;
    stop_and_reap(STOP_POWER_OFF);
    assert_int_equal(web()->state, PARTITION_STOPPED);
}

static void devices_of_a_partition_that_stays_stopped_are_taken_down_too(void **state)
{
    (void)state;
    machine_store64(NIC_IRT, IRTE_REMAP_EN);
    stop_and_reap(STOP_POWER_OFF);
    assert_int_equal(machine_load32(NIC_CONFIG + PCI_COMMAND) & PCI_COMMAND_MASTER, 0);
    assert_int_equal(machine_load64(NIC_IRT), 0);
}

static void limited_restarts_end_within_the_window_and_begin_anew_after_it(void **state)
{
    (void)state;
    machine_web()->restart = RESTART_LIMITED;
    machine_web()->restart_limit = 2;
    machine_web()->restart_window_seconds = 60;
    machine_web()->device_count = 0;
    machine.tsc = 1000 * machine_handoff()->tsc_hz;
    for (unsigned restart = 0; restart < 2; restart++) {
        stop_and_reap(STOP_RESET);
        assert_int_equal(web()->state, PARTITION_RUNNING);
    }
    stop_and_reap(STOP_RESET);
    assert_int_equal(web()->state, PARTITION_STOPPED);
    web()->state = PARTITION_RUNNING;
    machine.tsc += 61 * machine_handoff()->tsc_hz;
    stop_and_reap(STOP_RESET);
    assert_int_equal(web()->state, PARTITION_RUNNING);
}

static void a_core_that_does_not_park_keeps_its_partition_stopped_and_untouched(void **state)
{
    (void)state;
    memset(machine_memory(WEB_RAM), 0xaa, 64);
    stop_web(STOP_RESET);
    lifecycle_reap(this_core());
    machine_assert_serial_has("[bulkhead] STOP-610 web: a core did not leave its guest\r\n");
    assert_int_equal(web()->state, PARTITION_STOPPED);
    assert_int_equal(machine_count(EVENT_WRITE), 0);
    assert_int_equal(machine_load32(WEB_RAM), 0xaaaaaaaa); /* it may still be running in there */
}

static void a_first_start_resets_the_devices_too(void **state)
{
    (void)state;
    machine_store64(NIC_IRT, IRTE_REMAP_EN);
    lifecycle_start(this_core());
    assert_int_equal(web()->state, PARTITION_RUNNING);
    assert_int_equal(machine_load64(NIC_IRT), 0);
    machine_assert_serial_has("[bulkhead] web starts (start 1, 2 core(s))");
}

/* A NIC that loses its BARs, its command register and its message control by a reset, as real ones do; or its life. */
static bool dies_in_reset;

static void nic_resets(bool write, uint64_t hpa)
{
    if (!write || hpa != DEVICE_CONTROL || !(machine_load32(DEVICE_CONTROL) & PCIE_DEVICE_CONTROL_FLR))
        return;
    for (unsigned bar = 0; bar < 6; bar++)
        machine_store32(NIC_CONFIG + PCI_BAR0 + 4 * bar, 0);
    machine_store32(NIC_CONFIG + PCI_COMMAND, 0x00100000);
    machine_store32(DEVICE_CONTROL, 0x00002810);
    if (dies_in_reset)
        memset(machine_memory(NIC_CONFIG), 0xff, PAGE_SIZE);
}

static void a_reset_device_gets_its_bars_back_and_no_interrupts(void **state)
{
    (void)state;
    dies_in_reset = false;
    machine_nic()->bar_base[2] = 0x8c8000000;
    machine_store32(NIC_CONFIG + NIC_MSI_CAP, 0x01857005);
    machine_store32(NIC_CONFIG + NIC_MSIX_CAP, 0xc0078011);
    machine.on_access = nic_resets;
    assert_int_equal(pci_devices_reset(), -1);
    assert_int_equal(machine_load32(NIC_CONFIG + PCI_BAR0), 0xc0000000);
    assert_int_equal(machine_load32(NIC_CONFIG + PCI_BAR0 + 8), 0xc8000000);
    assert_int_equal(machine_load32(NIC_CONFIG + PCI_BAR0 + 12), 0x8);
    assert_int_equal(machine_load32(NIC_CONFIG + NIC_MSI_CAP) >> 16 & PCI_MSI_ENABLE, 0);
    assert_int_equal(machine_load32(NIC_CONFIG + NIC_MSIX_CAP) >> 16 & PCI_MSIX_ENABLE, 0);
    assert_int_equal(machine_load32(NIC_CONFIG + PCI_COMMAND) & PCI_COMMAND_MASTER, 0);
    assert_int_equal(machine_load32(NIC_CONFIG + PCI_COMMAND) & PCI_COMMAND_MEMORY, PCI_COMMAND_MEMORY);
}

static void a_device_that_does_not_come_back_keeps_its_partition_stopped(void **state)
{
    (void)state;
    dies_in_reset = true;
    machine.on_access = nic_resets;
    stop_and_reap(STOP_RESET);
    machine_assert_serial_has("[bulkhead] STOP-609 web: a device or its IOMMU does not answer (nic)\r\n");
    assert_int_equal(web()->state, PARTITION_STOPPED);
}

static void a_first_start_with_a_dead_device_stays_stopped(void **state)
{
    (void)state;
    dies_in_reset = true;
    machine.on_access = nic_resets;
    lifecycle_start(this_core());
    machine_assert_serial_has("STOP-609 web");
    assert_int_equal(web()->state, PARTITION_STOPPED);
    assert_int_equal(web()->starts, 0);
}

/* Configuration reads of a function that is not ready complete with vendor id 1 (PCIe 2.3.2). */
static unsigned retries;

static void nic_asks_for_retries(bool write, uint64_t hpa)
{
    if (!write && hpa == NIC_CONFIG && retries > 0 && --retries == 0)
        machine_store32(NIC_CONFIG, 0x10d38086);
}

static void a_device_that_asks_for_retries_is_waited_for(void **state)
{
    (void)state;
    retries = 20;
    machine_store32(NIC_CONFIG, 0xffff0001);
    machine.on_access = nic_asks_for_retries;
    assert_int_equal(pci_devices_reset(), -1);
    assert_int_equal(retries, 0);
}

static void a_device_that_is_never_ready_is_given_up(void **state)
{
    (void)state;
    machine_store32(NIC_CONFIG, 0xffff0001);
    assert_int_equal(pci_devices_reset(), 0);
}

static void transactions_that_never_end_delay_a_reset_for_a_bounded_time(void **state)
{
    (void)state;
    machine_store32(DEVICE_CONTROL, 0x00202810);
    assert_int_equal(pci_devices_reset(), -1);
    assert_in_range(machine.tsc, 200 * 1000, 400 * 1000); /* 100 ms for those, 100 ms for the reset */
}

static uint32_t writes_of(uint64_t hpa)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < machine.event_count; i++)
        count += machine.events[i].kind == EVENT_WRITE && machine.events[i].where == hpa;
    return count;
}

static void a_device_without_flr_goes_through_d3hot_if_that_resets_it(void **state)
{
    uint64_t control = NIC_CONFIG + NIC_PM_CAP + PCI_PM_CONTROL;
    (void)state;
    machine_nic()->flr = false;
    assert_int_equal(pci_devices_reset(), -1);
    assert_int_equal(writes_of(control), 2);
    assert_int_equal(machine_load32(control) & PCI_PM_STATE_MASK, 0);
    machine_forget();
    machine_store32(control, PCI_PM_NO_SOFT_RESET);
    assert_int_equal(pci_devices_reset(), -1);
    assert_int_equal(writes_of(control), 0);
    machine_forget();
    machine_nic()->pm_cap = 0;
    assert_int_equal(pci_devices_reset(), -1);
    assert_int_equal(writes_of(DEVICE_CONTROL), 1); /* error messages off; no reset */
}

static void access_control_between_functions_is_switched_on_again(void **state)
{
    uint64_t acs = NIC_CONFIG + 0x148;
    (void)state;
    machine_nic()->acs_cap = 0x148;
    machine_store32(acs + PCIE_ACS_CAPABILITY, PCIE_ACS_REQUEST_REDIRECT | PCIE_ACS_COMPLETION_REDIRECT);
    assert_int_equal(pci_devices_reset(), -1);
    assert_int_equal(machine_load32(acs + PCIE_ACS_CAPABILITY) >> 16,
                     PCIE_ACS_REQUEST_REDIRECT | PCIE_ACS_COMPLETION_REDIRECT);
}

static void an_iommu_that_does_not_answer_keeps_the_partition_stopped(void **state)
{
    (void)state;
    machine.iommu_dead = true;
    machine.on_pause = NULL;
    assert_int_equal(pci_devices_reset(), 0);
}

static void scrubbing_keeps_to_the_bytes_of_its_range(void **state)
{
    uint64_t base = WEB_RAM + PAGE_2M - PAGE_SIZE, size = PAGE_2M + 2 * PAGE_SIZE;
    (void)state;
    memset(machine_memory(WEB_RAM), 0xaa, 2 * PAGE_2M + PAGE_2M);
    load_scrub((struct hpa_range){{base}, size});
    const uint8_t *memory = machine_memory(WEB_RAM);
    for (uint64_t i = 0; i < 3 * PAGE_2M; i++)
        if (memory[i] != (WEB_RAM + i - base < size ? 0 : 0xaa))
            fail_msg("0x%lx holds 0x%x", (unsigned long)(WEB_RAM + i), memory[i]);
}

static void segments_at_odd_addresses_arrive_whole(void **state)
{
    struct guest_segment *segment = &machine_web()->image.segments[0];
    (void)state;
    *segment = (struct guest_segment){{SEALED + 0x123}, {PAGE_2M - 0x77}, 0x2345};
    uint8_t *source = machine_memory(SEALED);
    for (unsigned i = 0; i < 0x3000; i++)
        source[i] = (uint8_t)(i * 7 + 1);
    load_partition();
    assert_memory_equal(machine_memory(WEB_RAM + PAGE_2M - 0x77), source + 0x123, 0x2345);
    assert_int_equal(*(uint8_t *)machine_memory(WEB_RAM + PAGE_2M - 0x78), 0);
    assert_int_equal(*(uint8_t *)machine_memory(WEB_RAM + PAGE_2M - 0x77 + 0x2345), 0);
}

static void a_segment_outside_the_partitions_memory_goes_nowhere(void **state)
{
    (void)state;
    machine_web()->image.segments[0].to.v = 2 * PAGE_2M;
    memset(machine_memory(SEALED), 0x55, 0x1800);
    load_partition();
    assert_int_equal(machine_load32(WEB_RAM + 2 * PAGE_2M), 0);
    assert_int_equal(machine_load32(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_stop_is_said_in_one_line_with_code_reason_and_details),
        machine_test(a_half_written_line_comes_out_before_the_stop),
        machine_test(the_first_reason_wins),
        machine_test(the_partitions_first_core_is_told_and_nobody_else),
        machine_test(the_first_core_posts_to_itself_without_a_doorbell),
        machine_test(a_parked_core_has_its_local_interrupts_shut),
        machine_test(a_restart_waits_for_the_other_cores_before_anything_is_touched),
        machine_test(devices_are_silent_while_memory_is_loaded),
        machine_test(a_restart_leaves_nothing_of_the_earlier_life),
        machine_test(a_restart_is_counted_and_said),
        machine_test(restart_never_stays_stopped),
        machine_test(power_off_stays_off_under_any_policy),
        machine_test(devices_of_a_partition_that_stays_stopped_are_taken_down_too),
        machine_test(limited_restarts_end_within_the_window_and_begin_anew_after_it),
        machine_test(a_core_that_does_not_park_keeps_its_partition_stopped_and_untouched),
        machine_test(a_first_start_resets_the_devices_too),
        machine_test(a_reset_device_gets_its_bars_back_and_no_interrupts),
        machine_test(a_device_that_does_not_come_back_keeps_its_partition_stopped),
        machine_test(a_first_start_with_a_dead_device_stays_stopped),
        machine_test(a_device_that_asks_for_retries_is_waited_for),
        machine_test(a_device_that_is_never_ready_is_given_up),
        machine_test(transactions_that_never_end_delay_a_reset_for_a_bounded_time),
        machine_test(a_device_without_flr_goes_through_d3hot_if_that_resets_it),
        machine_test(access_control_between_functions_is_switched_on_again),
        machine_test(an_iommu_that_does_not_answer_keeps_the_partition_stopped),
        machine_test(scrubbing_keeps_to_the_bytes_of_its_range),
        machine_test(segments_at_odd_addresses_arrive_whole),
        machine_test(a_segment_outside_the_partitions_memory_goes_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
