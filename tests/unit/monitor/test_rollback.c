/* SPDX-License-Identifier: Apache-2.0 */
/* Raising the floor of rollback protection: who may ask, how far it goes, and a TPM that does not do it. */
#include "core/monitor/rollback.h"

#include "core/lib/guest_cpuid.h"
#include "core/monitor/events.h"
#include "core/monitor/exit.h"
#include "tests/unit/monitor/guest.h"
#include "tests/unit/monitor/nv_model.h"

#define NOBODY 0xff

/* `web`, which is partition 0, attests; configuration 5 runs where the floor is 3. */
static void give_counter(void)
{
    machine_handoff()->rollback = (struct handoff_rollback){
        .counter = true, .floor = 3, .security_version = 5, .partition = 0};
    tpm_model.pages[2] = (const volatile void *)MONITOR_TPM;
    tpm_model.answer = nv_model_answer;
    nv_model_reset();
    nv_model_written(10, 3);
    struct events *events = &monitor_shared()->events;
    events->state = EVENTS_OPEN; /* the partition's own start was measured */
    events->tpm.tis = (struct tpm_tis){(volatile uint8_t *)MONITOR_TPM, machine_handoff()->tsc_hz, EVENTS_COMMAND_MS};
}

static uint32_t ask(void)
{
    guest_exits(EXIT_HYPERCALL);
    *guest_register(REG_RAX) = GUEST_HYPERCALL_MAGIC;
    *guest_register(REG_RCX) = GUEST_HYPERCALL_RAISE_FLOOR;
    exit_handle(this_core());
    return (uint32_t)*guest_register(REG_RAX);
}

static void assert_refused(void)
{
    assert_int_equal(ask(), 0xffffffff);
    assert_int_equal(nv.indexes[0].value, 13);
    assert_int_equal(nv.sessions, 0);
}

static void each_request_raises_by_one_up_to_the_running_version(void **state)
{
    (void)state;
    give_counter();
    assert_int_equal(ask(), 4);
    assert_int_equal(*guest_register(REG_RBX), 5);
    assert_int_equal(ask(), 5);
    assert_int_equal(nv.locality, 2);
    uint32_t commands = tpm_model.commands;
    for (int i = 0; i < 5; i++)
        assert_int_equal(ask(), 5);
    assert_int_equal(tpm_model.commands, commands);
    assert_int_equal(nv.indexes[0].value, 15);
    assert_int_equal(nv.sessions, 0);
    assert_int_equal(tpm_model.active, TPM_MODEL_NOBODY);
    machine_assert_serial_has("the floor is 5");
}

static void nobody_else_may_ask(void **state)
{
    (void)state;
    give_counter();
    machine_handoff()->rollback.partition = 1;
    assert_refused();
    machine_handoff()->rollback.partition = NOBODY;
    assert_refused();
    machine_handoff()->rollback.partition = 0;
    machine_handoff()->rollback.counter = false;
    assert_refused();
    assert_int_equal(tpm_model.commands, 0);
}

static void a_floor_that_is_high_enough_stays(void **state)
{
    (void)state;
    give_counter();
    machine_handoff()->rollback.floor = 5;
    assert_int_equal(ask(), 5);
    assert_int_equal(tpm_model.commands, 0);
}

static void a_tpm_that_does_not_count_changes_nothing(void **state)
{
    (void)state;
    static const uint8_t commands[] = {NV_SESSION, NV_POLICY, NV_INCREMENT};
    for (size_t i = 0; i < sizeof commands; i++) {
        give_counter();
        nv.refuse = commands[i];
        assert_refused();
        assert_int_equal(tpm_model.active, TPM_MODEL_NOBODY);
        machine_assert_serial_has("the floor of rollback protection stays 3");
        nv.refuse = 0;
        assert_int_equal(ask(), 4);
        monitor_shared()->events.floor_raised = 0;
    }
    give_counter();
    tpm_model.closed[2] = true;
    assert_refused();
}

static void a_tpm_that_is_not_set_up_or_left_alone_is_not_touched(void **state)
{
    (void)state;
    static const enum events_state states[] = {EVENTS_NEW, EVENTS_SHUT};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        give_counter();
        monitor_shared()->events.state = states[i];
        assert_refused();
        assert_int_equal(tpm_model.commands, 0);
    }
}

/* It may have counted all the same: asking without end must not lead past the running version. */
static void a_tpm_that_answers_too_late_is_taken_to_have_counted(void **state)
{
    (void)state;
    give_counter();
    tpm_model.hangs = true;
    for (int i = 0; i < 2; i++)
        assert_int_equal(ask(), 0xffffffff);
    uint32_t commands = tpm_model.commands;
    assert_int_equal(ask(), 5);
    assert_int_equal(tpm_model.commands, commands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(each_request_raises_by_one_up_to_the_running_version),
        machine_test(nobody_else_may_ask),
        machine_test(a_floor_that_is_high_enough_stays),
        machine_test(a_tpm_that_does_not_count_changes_nothing),
        machine_test(a_tpm_that_is_not_set_up_or_left_alone_is_not_touched),
        machine_test(a_tpm_that_answers_too_late_is_taken_to_have_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
