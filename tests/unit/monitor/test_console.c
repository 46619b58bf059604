/* SPDX-License-Identifier: Apache-2.0 */
/* Consoles: whole lines with their speaker's name, and no way to speak under another's. */
#include "core/lib/log_ring.h"
#include "core/monitor/console.h"
#include "core/x86/uart.h"
#include "tests/unit/monitor/machine.h"

static struct log_ring *ring(void)
{
    return (struct log_ring *)MONITOR_LOG;
}

static void guest_says(const char *text)
{
    for (; *text != '\0'; text++)
        console_put_guest(*text);
}

static void lines_are_mirrored_with_their_speakers_name(void **state)
{
    (void)state;
    guest_says("hello\r\nworld");
    machine_assert_serial("[web] hello\r\n");
    guest_says("!\n");
    machine_assert_serial("[web] world!\r\n");
    machine_become(2);
    guest_says("mail here\n");
    machine_assert_serial("[mail] mail here\r\n");
    console_log("%s has %u core(s)", "web", 2u);
    machine_assert_serial("[bulkhead] web has 2 core(s)\r\n");
}

static void lines_of_two_partitions_do_not_mix(void **state)
{
    (void)state;
    guest_says("first half, ");
    machine_become(2);
    guest_says("mail\n");
    machine_become(1); /* web's other core */
    guest_says("second half\n");
    machine_assert_serial("[mail] mail\r\n[web] first half, second half\r\n");
}

/* Whatever bytes a guest sends, each line that comes out starts with its own name: nothing but printable ASCII and tabs between
 * the prefix and CR LF, so nothing that moves a terminal's cursor. */
static void no_byte_of_a_guest_can_forge_another_speakers_line(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++)
        if (c != '\n') {
            console_put_guest((char)c);
            guest_says("[bulkhead] STOP-603 mail stopped");
        }
    guest_says("\x1b[2J\x1b]0;title\x07\x9b" "31m\xc2\x85[bulkhead] forged\n");
    machine.serial[machine.serial_used] = '\0';
    for (char *line = strtok(machine.serial, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        assert_memory_equal(line, "[web] ", 6);
        size_t length = strlen(line);
        assert_int_equal(line[length - 1], '\r');
        for (size_t i = 0; i < length - 1; i++)
            assert_true(line[i] == '\t' || (line[i] >= ' ' && line[i] <= '~'));
    }
}

static void an_overlong_line_goes_on_under_the_same_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CONSOLE_LINE_MAX; i++)
        console_put_guest('a');
    machine_assert_serial("");
    guest_says("[bulkhead] forged\n");
    machine.serial[machine.serial_used] = '\0';
    const char *second = strchr(machine.serial, '\n') + 1;
    assert_int_equal(second - machine.serial, 6 + CONSOLE_LINE_MAX + 2);
    assert_string_equal(second, "[web] [bulkhead] forged\r\n");
}

static void a_half_line_is_shown_when_its_partition_stops(void **state)
{
    (void)state;
    guest_says("Kernel panic");
    console_flush_guest();
    machine_assert_serial("[web] Kernel panic\r\n");
    console_flush_guest();
    machine_assert_serial("");
}

static void the_log_ring_gets_what_the_uart_gets(void **state)
{
    (void)state;
    guest_says("hello\n");
    assert_int_equal(ring()->written, strlen("[web] hello\r\n"));
    assert_memory_equal(ring()->text, "[web] hello\r\n", strlen("[web] hello\r\n"));
}

static void the_log_ring_wraps_around_at_its_end_and_writes_nothing_behind_it(void **state)
{
    (void)state;
    ring()->written = LOG_RING_TEXT - 4;
    uint64_t *behind = (uint64_t *)(MONITOR_LOG + LOG_RING_SIZE);
    *behind = 0x1234567890abcdef;
    guest_says("hello\n");
    assert_memory_equal(ring()->text + LOG_RING_TEXT - 4, "[web", 4);
    assert_memory_equal(ring()->text, "] hello\r\n", 9);
    assert_int_equal(*behind, 0x1234567890abcdef);
}

static void a_dead_uart_costs_bytes_and_not_the_core(void **state)
{
    (void)state;
    machine.serial_dead = true;
    guest_says("x\n");
    machine_assert_serial("");
    assert_int_equal(ring()->written, strlen("[web] x\r\n"));
}

static void a_lock_whose_holder_died_costs_a_guest_its_line_but_not_a_report(void **state)
{
    (void)state;
    monitor_shared()->uart_lock.held = 1;
    console_log("still here");
    machine_assert_serial("[bulkhead] still here\r\n");
}

static void a_partition_without_its_own_lock_loses_characters_and_not_the_bounds(void **state)
{
    struct partition_shared *partition = this_partition_shared();
    (void)state;
    partition->line_used = CONSOLE_LINE_MAX;
    console_put_guest('a');
    assert_int_equal(partition->line_used, 1);
    partition->line_used = CONSOLE_LINE_MAX + 1; /* could not be; but if it were */
    console_put_guest('a');
    assert_in_range(partition->line_used, 0, CONSOLE_LINE_MAX);
}

static void the_machines_uart_is_set_up_for_115200_8n1(void **state)
{
    static const uint8_t wanted[][2] = {{1, 0}, {3, 0x80}, {0, 1}, {1, 0}, {3, 3}, {2, 7}, {4, 3}};
    (void)state;
    uart_init(UART_COM1);
    assert_int_equal(machine_count(EVENT_OUT), 7);
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(machine_event(EVENT_OUT, i)->where, UART_COM1 + wanted[i][0]);
        assert_int_equal(machine_event(EVENT_OUT, i)->value, wanted[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(lines_are_mirrored_with_their_speakers_name),
        machine_test(lines_of_two_partitions_do_not_mix),
        machine_test(no_byte_of_a_guest_can_forge_another_speakers_line),
        machine_test(an_overlong_line_goes_on_under_the_same_name),
        machine_test(a_half_line_is_shown_when_its_partition_stops),
        machine_test(the_log_ring_gets_what_the_uart_gets),
        machine_test(the_log_ring_wraps_around_at_its_end_and_writes_nothing_behind_it),
        machine_test(a_dead_uart_costs_bytes_and_not_the_core),
        machine_test(a_lock_whose_holder_died_costs_a_guest_its_line_but_not_a_report),
        machine_test(a_partition_without_its_own_lock_loses_characters_and_not_the_bounds),
        machine_test(the_machines_uart_is_set_up_for_115200_8n1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
