/* SPDX-License-Identifier: Apache-2.0 */
/* Port I/O: the few ports a partition has, and the emptiness of all others. */
#include "core/lib/cmos.h"
#include "core/lib/guest_ports.h"
#include "core/lib/pci_regs.h"
#include "tests/unit/monitor/guest.h"

#define SLEEP_S5 0x34u /* SLP_EN, SLP_TYP 5 */

static void guest_does_io(uint16_t port, uint8_t width, bool in)
{
    struct guest_exit *exit = guest_exits(EXIT_IO);
    exit->port = port;
    exit->width = width;
    exit->in = in;
    exit_handle(this_core());
}

static uint64_t in(uint16_t port, uint8_t width)
{
    *guest_register(REG_RAX) = 0x1122334455667788;
    guest_does_io(port, width, true);
    assert_skipped();
    return *guest_register(REG_RAX);
}

static void out(uint16_t port, uint8_t width, uint32_t value)
{
    *guest_register(REG_RAX) = 0x1122334400000000 | value;
    guest_does_io(port, width, false);
    assert_int_equal(*guest_register(REG_RAX), 0x1122334400000000 | value);
}

static void narrow_reads_leave_the_rest_of_rax_and_32_bit_reads_clear_it(void **state)
{
    (void)state;
    assert_int_equal(in(0x80, 1), 0x11223344556677ff);
    assert_int_equal(in(0x80, 2), 0x112233445566ffff);
    assert_int_equal(in(0x80, 4), 0x00000000ffffffff);
}

static bool is_answered(uint32_t port)
{
    return (port >= 0x3f8 && port <= 0x3ff) || (port >= 0xcf8 && port <= 0xcff) || port == 0x42 || port == CMOS_PORT_INDEX ||
           port == CMOS_PORT_DATA || port == 0x604 || port == 0x605;
}

static void absent_ports_read_all_ones_swallow_writes_and_are_counted(void **state)
{
    (void)state;
    for (uint32_t port = 0; port < 0x10000; port++) {
        if (is_answered(port))
            continue;
        uint64_t before = refused_so_far();
        assert_int_equal(in((uint16_t)port, 1), 0x11223344556677ff);
        out((uint16_t)port, 1, 0x06);
        assert_int_equal(refused_so_far(), before + 2);
    }
    assert_int_equal(machine.event_count, 0); /* the hardware saw none of it */
    assert_int_equal(this_partition_shared()->state, PARTITION_RUNNING);
}

/* Not even for an instant: the SMI command port, the keyboard controller's reset line, the machine's own reset register. */
static void no_port_access_reaches_the_machine(void **state)
{
    (void)state;
    for (uint32_t port = 0; port < 0x10000; port++)
        for (uint8_t width = 1; width <= 4; width = (uint8_t)(width * 2)) {
            in((uint16_t)port, width);
            if (port != GUEST_PORT_RESET)
                out((uint16_t)port, width, 0);
        }
    assert_int_equal(machine_count(EVENT_OUT), 0);
}

static void accesses_that_run_over_a_devices_end_are_refused(void **state)
{
    (void)state;
    assert_int_equal(in(0xcff, 2) & 0xffff, 0xffff);
    assert_int_equal(in(0xcfd, 4), 0xffffffff);
    assert_int_equal(in(0x3ff, 2) & 0xffff, 0xffff);
    assert_int_equal(in(0xffff, 4), 0xffffffff);
    assert_int_equal(refused_so_far(), 4);
}

static void string_instructions_raise_gp(void **state)
{
    struct guest_exit *exit = guest_exits(EXIT_IO);
    (void)state;
    exit->port = GUEST_PORT_UART;
    exit->width = 1;
    exit->string = true;
    exit_handle(this_core());
    assert_raised(EVENT_GP);
    assert_int_equal(refused_so_far(), 1);
}

static void the_calibration_loop_ends_at_once(void **state)
{
    (void)state;
    assert_int_equal(in(GUEST_PORT_PIT_COUNTER, 1) & 0xff, 0);
    assert_int_equal(refused_so_far(), 0);
}

static uint64_t clock_register(uint8_t index)
{
    out(CMOS_PORT_INDEX, 1, index);
    return in(CMOS_PORT_DATA, 1) & 0xff;
}

static void the_real_time_clock_tells_one_moment_and_cannot_be_set(void **state)
{
    (void)state;
    this_partition_shared()->rtc.seconds = 1709251199; /* 2024-02-29 23:59:59 */
    out(CMOS_PORT_INDEX, 1, CMOS_YEAR);
    out(CMOS_PORT_DATA, 1, 0x70);
    assert_int_equal(clock_register(CMOS_CENTURY), 0x20);
    assert_int_equal(clock_register(CMOS_YEAR), 0x24);
    assert_int_equal(clock_register(CMOS_MONTH), 0x02);
    assert_int_equal(clock_register(CMOS_DAY), 0x29);
    assert_int_equal(clock_register(CMOS_HOUR), 0x23);
    assert_int_equal(clock_register(CMOS_MINUTE), 0x59);
    assert_int_equal(clock_register(CMOS_SECOND), 0x59);
    assert_int_equal(clock_register(CMOS_STATUS_B), CMOS_B_24_HOURS);
    assert_int_equal(clock_register(CMOS_STATUS_D), CMOS_D_VALID);
}

static void the_reset_register_stops_the_partition_as_reset(void **state)
{
    (void)state;
    assert_int_equal(in(GUEST_PORT_RESET, 1) & 0xff, 0);
    out(GUEST_PORT_RESET, 1, 0x02); /* what the hardware does at first: nothing yet */
    assert_int_equal(this_partition_shared()->state, PARTITION_RUNNING);
    out(GUEST_PORT_RESET, 1, GUEST_RESET_VALUE);
    assert_int_equal(this_partition_shared()->state, PARTITION_STOPPING);
    assert_int_equal(this_partition_shared()->reason, STOP_RESET);
    machine_assert_serial_has("[bulkhead] STOP-602 web stopped: reset by its guest");
}

static void the_reset_register_is_one_byte(void **state)
{
    (void)state;
    out(0xcf8, 2, 0x0606); /* crosses it */
    out(GUEST_PORT_RESET, 2, 0x06);
    assert_int_equal(this_partition_shared()->state, PARTITION_RUNNING);
    assert_int_equal(this_partition_shared()->pci_address, 0);
}

static void the_sleep_register_powers_off_for_s5_alone(void **state)
{
    (void)state;
    for (uint32_t value = 0; value < 0x100; value++)
        if ((value & 0x3c) != SLEEP_S5)
            out(GUEST_PORT_SLEEP_CONTROL, 1, value);
    assert_int_equal(this_partition_shared()->state, PARTITION_RUNNING);
    out(GUEST_PORT_SLEEP_CONTROL, 1, SLEEP_S5);
    assert_int_equal(this_partition_shared()->reason, STOP_POWER_OFF);
    machine_assert_serial_has("STOP-601 web stopped: powered off by its guest");
}

static void the_pci_address_register_is_32_bits_wide(void **state)
{
    (void)state;
    out(GUEST_PORT_PCI_ADDRESS, 4, 0x80000810);
    assert_int_equal(in(GUEST_PORT_PCI_ADDRESS, 4), 0x80000810);
    assert_int_equal(in(GUEST_PORT_PCI_ADDRESS, 2) & 0xffff, 0xffff);
    out(GUEST_PORT_PCI_ADDRESS, 1, 0x55);
    assert_int_equal(in(GUEST_PORT_PCI_ADDRESS, 4), 0x80000810);
}

static void the_pci_data_port_reaches_the_selected_function(void **state)
{
    (void)state;
    out(GUEST_PORT_PCI_ADDRESS, 4, PCI_CONFIG_ADDRESS_ENABLE | 1 << 11);
    assert_int_equal(in(GUEST_PORT_PCI_DATA, 4), 0x10d38086);
    assert_int_equal(in(GUEST_PORT_PCI_DATA + 2, 2) & 0xffff, 0x10d3);
    assert_int_equal(in(GUEST_PORT_PCI_DATA + 1, 1) & 0xff, 0x80);
    out(GUEST_PORT_PCI_ADDRESS, 4, PCI_CONFIG_ADDRESS_ENABLE | 1 << 11 | (NIC_MSI_CAP + 4));
    out(GUEST_PORT_PCI_DATA, 4, 0xfee00000);
    out(GUEST_PORT_PCI_DATA + 1, 1, 0x10);
    assert_int_equal(in(GUEST_PORT_PCI_DATA, 4), 0xfee01000);
}

static void a_drivers_probe_finds_a_16550(void **state)
{
    (void)state;
    out(GUEST_PORT_UART + 7, 1, 0xa5);
    assert_int_equal(in(GUEST_PORT_UART + 7, 1) & 0xff, 0xa5); /* scratch */
    assert_int_equal(in(GUEST_PORT_UART + 5, 1) & 0xff, 0x60); /* empty, nothing received */
    assert_int_equal(in(GUEST_PORT_UART + 2, 1) & 0xc0, 0xc0); /* FIFOs: a 16550A */
    out(GUEST_PORT_UART + 1, 1, 0xff);
    assert_int_equal(in(GUEST_PORT_UART + 1, 1) & 0xff, 0x0f);
    assert_int_equal(in(GUEST_PORT_UART, 1) & 0xff, 0);
    out(GUEST_PORT_UART + 4, 1, 0x1b); /* loop back: what goes out comes in */
    assert_int_equal(in(GUEST_PORT_UART + 6, 1) & 0xf0, 0xb0 & (0x20 | 0x10 | 0x80));
    out(GUEST_PORT_UART, 1, 'x');
    assert_int_equal(this_partition_shared()->line_used, 0);
}

static void the_divisor_latch_hides_the_data_register(void **state)
{
    (void)state;
    out(GUEST_PORT_UART + 3, 1, 0x83);
    out(GUEST_PORT_UART, 1, 0x0c);
    out(GUEST_PORT_UART + 1, 1, 0x01);
    assert_int_equal(in(GUEST_PORT_UART, 1) & 0xff, 0x0c);
    assert_int_equal(in(GUEST_PORT_UART + 1, 1) & 0xff, 0x01);
    assert_int_equal(this_partition_shared()->line_used, 0);
    out(GUEST_PORT_UART + 3, 1, 0x03);
    out(GUEST_PORT_UART, 1, 'x');
    assert_int_equal(this_partition_shared()->line_used, 1);
}

static void a_partition_without_a_console_has_no_uart(void **state)
{
    (void)state;
    machine_web()->console = false;
    assert_int_equal(in(GUEST_PORT_UART + 5, 1) & 0xff, 0xff);
    out(GUEST_PORT_UART, 1, 'x');
    assert_int_equal(this_partition_shared()->line_used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(narrow_reads_leave_the_rest_of_rax_and_32_bit_reads_clear_it),
        machine_test(absent_ports_read_all_ones_swallow_writes_and_are_counted),
        machine_test(no_port_access_reaches_the_machine),
        machine_test(accesses_that_run_over_a_devices_end_are_refused),
        machine_test(string_instructions_raise_gp),
        machine_test(the_calibration_loop_ends_at_once),
        machine_test(the_real_time_clock_tells_one_moment_and_cannot_be_set),
        machine_test(the_reset_register_stops_the_partition_as_reset),
        machine_test(the_reset_register_is_one_byte),
        machine_test(the_sleep_register_powers_off_for_s5_alone),
        machine_test(the_pci_address_register_is_32_bits_wide),
        machine_test(the_pci_data_port_reaches_the_selected_function),
        machine_test(a_drivers_probe_finds_a_16550),
        machine_test(the_divisor_latch_hides_the_data_register),
        machine_test(a_partition_without_a_console_has_no_uart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
