/* SPDX-License-Identifier: Apache-2.0 */
/* Exit dispatch: every reason has one answer. */
#include "tests/unit/monitor/guest.h"

static void stops(enum exit_reason reason, enum stop_reason stop, const char *text)
{
    struct guest_exit *exit = guest_exits(reason);
    exit->raw[0] = 0x7f;
    exit->raw[1] = 0x11;
    exit->raw[2] = 0x22;
    exit_handle(this_core());
    assert_int_equal(this_partition_shared()->state, PARTITION_STOPPING);
    assert_int_equal(this_partition_shared()->reason, stop);
    assert_int_equal(this_core()->mode, CORE_PARKED);
    machine_assert_serial_has(text);
    machine_assert_serial_has("(exit 0x7f info 0x11 0x22 rip 0x1000)");
    monitor_shared()->partitions[0].state = PARTITION_RUNNING;
    this_core()->mode = CORE_RUNNING;
}

static void broken_guests_stop_with_the_hardwares_own_words(void **state)
{
    (void)state;
    stops(EXIT_SHUTDOWN, STOP_TRIPLE_FAULT, "STOP-604 web stopped: triple fault");
    stops(EXIT_MACHINE_CHECK, STOP_MACHINE_CHECK, "STOP-606 web stopped: machine check on its core");
    stops(EXIT_INVALID, STOP_INVALID_STATE, "STOP-607");
    stops(EXIT_UNKNOWN, STOP_UNKNOWN_EXIT, "STOP-608");
    stops(EXIT_REASONS - 1, STOP_UNKNOWN_EXIT, "STOP-608");
}

static void forbidden_instructions_raise_ud_and_are_counted(void **state)
{
    (void)state;
    guest_exits(EXIT_FORBIDDEN);
    exit_handle(this_core());
    assert_raised(EVENT_UD);
    assert_int_equal(refused_so_far(), 1);
}

static void reflected_exceptions_come_back_as_they_were(void **state)
{
    struct guest_exit *exit = guest_exits(EXIT_REFLECT);
    (void)state;
    exit->vector = 17;
    exit->has_error_code = true;
    exit_handle(this_core());
    assert_raised(VMCB_EVENT_VALID | VMCB_EVENT_EXCEPTION | VMCB_EVENT_ERROR_CODE | 17);
    exit = guest_exits(EXIT_REFLECT);
    exit->vector = 1;
    exit_handle(this_core());
    assert_raised(VMCB_EVENT_VALID | VMCB_EVENT_EXCEPTION | 1);
    assert_int_equal(refused_so_far(), 0);
}

static void a_cache_instruction_is_passed_over(void **state)
{
    (void)state;
    guest_exits(EXIT_CACHE);
    exit_handle(this_core());
    assert_skipped();
}

static void a_signal_changes_nothing_of_the_guest(void **state)
{
    (void)state;
    guest_exits(EXIT_NMI);
    exit_handle(this_core());
    assert_int_equal(this_core()->vcpu.guest.rip, GUEST_RIP);
    assert_int_equal(machine_vmcb()->event_injection, 0);
    assert_int_equal(machine.event_count, 0);
}

static void each_exit_is_counted_for_its_core_and_reason(void **state)
{
    const struct shared *shared = monitor_shared();
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        guest_exits(EXIT_NMI);
        exit_handle(this_core());
    }
    machine_become(2);
    guest_exits(EXIT_FORBIDDEN);
    exit_handle(this_core());
    assert_int_equal(shared->exits[0][EXIT_NMI], 3);
    assert_int_equal(shared->exits[2][EXIT_FORBIDDEN], 1);
    assert_int_equal(shared->exits[0][EXIT_FORBIDDEN] + shared->exits[2][EXIT_NMI], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(broken_guests_stop_with_the_hardwares_own_words),
        machine_test(forbidden_instructions_raise_ud_and_are_counted),
        machine_test(reflected_exceptions_come_back_as_they_were),
        machine_test(a_cache_instruction_is_passed_over),
        machine_test(a_signal_changes_nothing_of_the_guest),
        machine_test(each_exit_is_counted_for_its_core_and_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
