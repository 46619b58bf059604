/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's life on a core: taking over from the boot stage, then requests, guest, exits. Each test is a script: what
 * happens each time the core waits or its guest runs; the last step leaves the monitor. */
#include "core/monitor/faults.h"
#include "core/monitor/lifecycle.h"
#include "core/x86/apic.h"
#include "core/x86/registers.h"
#include "tests/unit/monitor/machine.h"

#define EVENT_NMI_INJECTED (VMCB_EVENT_VALID | VMCB_EVENT_NMI)
#define STEPS 8u

void monitor_main(uint32_t index) __attribute__((noreturn));

/* What is done to the core at one stop, and what it was doing there. */
struct step {
    uint32_t requests;      /* posted to this core by another */
    uint64_t exit_code;     /* what the guest exits with, if it runs */
    enum core_mode seen;    /* filled in */
    uint64_t injected;      /* filled in: the event the guest was entered with */
};

static struct step script[STEPS];
static uint32_t script_at, script_length;
static jmp_buf leave;

static struct mailbox *own_mailbox(void)
{
    return this_mailbox();
}

static void next_step(uint64_t injected)
{
    struct step *step = &script[script_at];
    step->seen = this_core()->mode;
    step->injected = injected;
    own_mailbox()->requests |= step->requests;
    if (++script_at == script_length)
        longjmp(leave, 1);
}

static void core_waits(void)
{
    next_step(0);
}

static void guest_runs(struct vmcb *vmcb)
{
    uint64_t injected = vmcb->event_injection;
    vmcb->event_injection = 0;
    vmcb->exit_int_info = 0;
    vmcb->exit_code = script[script_at].exit_code != 0 ? script[script_at].exit_code : VMEXIT_NMI;
    next_step(injected);
}

/* Runs the monitor on this core until the script is over. All cores have left the boot stage. */
static void run_script(uint32_t core, uint32_t length)
{
    monitor_shared()->cores_ready = machine_handoff()->core_count - 1;
    monitor_shared()->memory_clean = 1;
    machine.on_wait = core_waits;
    machine.guest = guest_runs;
    script_at = 0;
    script_length = length;
    if (setjmp(leave) == 0)
        monitor_main(core);
}

static void clear_script(void)
{
    memset(script, 0, sizeof script);
}

static void a_core_without_a_partition_waits_for_ever(void **state)
{
    (void)state;
    clear_script();
    run_script(3, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(script[i].seen, CORE_PARKED);
    assert_int_equal(machine_count(EVENT_ENTER), 0);
    assert_true(monitor_shared()->mailboxes[3].parked);
}

static void the_first_core_starts_its_partition_and_the_others_wait(void **state)
{
    (void)state;
    clear_script();
    monitor_shared()->partitions[0].state = PARTITION_LOADED;
    run_script(0, 2);
    assert_int_equal(script[0].seen, CORE_RUNNING);
    assert_int_equal(machine_event(EVENT_ENTER, 0)->where, CORE_BLOCKS + CORE_FRAME_VMCB * PAGE_SIZE);
    machine_assert_serial_has("[bulkhead] web starts (start 1, 2 core(s))");
    clear_script();
    machine_forget();
    run_script(1, 2);
    assert_int_equal(script[0].seen, CORE_PARKED);
    assert_int_equal(machine_count(EVENT_ENTER), 0);
}

/* Core 0 removes the boot stage when nobody needs it any more; partitions start behind that. */
static void another_core_arrives(void)
{
    assert_int_equal(monitor_shared()->memory_clean, 0);
    assert_int_equal(machine_load32(0x27000000), 0x12345678);
    monitor_shared()->cores_ready++;
}

static void the_boot_stage_is_wiped_when_all_cores_have_left_it_and_before_a_guest_runs(void **state)
{
    (void)state;
    clear_script();
    machine_handoff()->wipe_count = 1;
    machine_handoff()->wipes[0] = (struct hpa_range){{0x27000000}, 2 * PAGE_SIZE};
    machine_store32(0x27000000, 0x12345678);
    machine_store32(0x27001ffc, 0x12345678);
    machine_store32(0x27002000, 0x12345678);
    machine.on_wait = core_waits;
    machine.guest = guest_runs;
    machine.on_pause = another_core_arrives;
    script_at = 0;
    script_length = 1;
    if (setjmp(leave) == 0)
        monitor_main(0);
    assert_int_equal(monitor_shared()->cores_ready, 4);
    assert_int_equal(monitor_shared()->memory_clean, 1);
    assert_int_equal(machine_load32(0x27000000) | machine_load32(0x27001ffc), 0);
    assert_int_equal(machine_load32(0x27002000), 0x12345678);
}

static void the_first_start_says_where_the_time_went_once(void **state)
{
    (void)state;
    clear_script();
    machine_web()->device_count = 0;
    for (uint32_t step = 0; step < STEP_START; step++)
        machine_handoff()->step_tsc[step] = 1000 + 100 * step * step; /* 1 MHz: a tick is a microsecond */
    machine.tsc = 100000;
    run_script(0, 1);
    machine_assert_serial_has("[bulkhead] time from entry in us: verify 100 load 300 discover 500 plan 700 build 900 "
                              "recheck 1100 seal 1300 measure 1500 start ");
    machine.serial_used = 0;
    clear_script();
    machine_become(0);
    run_script(0, 1);
    machine.serial[machine.serial_used] = '\0';
    assert_null(strstr(machine.serial, "time from entry"));
}

static void init_then_startup_runs_at_the_vector(void **state)
{
    (void)state;
    clear_script();
    script[0].requests = REQUEST_INIT;
    script[1].requests = REQUEST_STARTUP;
    monitor_shared()->mailboxes[1].startup_vector = 0x9a;
    run_script(1, 3);
    assert_int_equal(script[0].seen, CORE_PARKED);
    assert_int_equal(script[1].seen, CORE_WAITING);
    assert_int_equal(script[2].seen, CORE_RUNNING);
    assert_int_equal(machine_vmcb()->cs.base, 0x9a000);
    assert_false(monitor_shared()->mailboxes[1].parked);
}

static void init_and_startup_in_one_batch_are_taken_in_that_order(void **state)
{
    (void)state;
    clear_script();
    script[0].requests = REQUEST_STARTUP | REQUEST_INIT;
    run_script(1, 2);
    assert_int_equal(script[1].seen, CORE_RUNNING);
}

static void a_startup_ipi_to_a_core_that_does_not_wait_is_dropped(void **state)
{
    (void)state;
    clear_script();
    script[0].requests = REQUEST_STARTUP; /* parked, no INIT before it */
    script[1].requests = REQUEST_INIT | REQUEST_STARTUP;
    script[2].requests = REQUEST_STARTUP; /* running: the second of the two that kernels send */
    run_script(1, 4);
    assert_int_equal(script[1].seen, CORE_PARKED);
    assert_int_equal(script[2].seen, CORE_RUNNING);
    assert_int_equal(script[3].seen, CORE_RUNNING);
    assert_int_equal(this_core()->vcpu.flush, false); /* was not started anew */
}

static void init_takes_a_running_core_back(void **state)
{
    (void)state;
    clear_script();
    script[0].requests = REQUEST_INIT | REQUEST_STARTUP;
    script[1].requests = REQUEST_INIT;
    run_script(1, 3);
    assert_int_equal(script[1].seen, CORE_RUNNING);
    assert_int_equal(script[2].seen, CORE_WAITING);
}

static void an_nmi_reaches_a_running_guest_and_no_other(void **state)
{
    (void)state;
    clear_script();
    script[0].requests = REQUEST_NMI; /* parked: lost, as on hardware in wait-for-SIPI */
    script[1].requests = REQUEST_INIT | REQUEST_STARTUP;
    script[2].requests = REQUEST_NMI;
    run_script(1, 5);
    assert_int_equal(script[2].injected, 0);
    assert_int_equal(script[3].injected, EVENT_NMI_INJECTED);
    assert_int_equal(script[4].injected, 0); /* once */
}

static void an_nmi_waits_while_an_exception_is_delivered(void **state)
{
    (void)state;
    clear_script();
    script[0].requests = REQUEST_INIT | REQUEST_STARTUP;
    script[1].requests = REQUEST_NMI;
    script[1].exit_code = VMEXIT_VMRUN; /* #UD */
    run_script(1, 4);
    assert_int_equal(script[2].injected, VMCB_EVENT_VALID | VMCB_EVENT_EXCEPTION | 6);
    assert_int_equal(script[3].injected, EVENT_NMI_INJECTED);
}

static void stop_parks_whatever_else_is_asked(void **state)
{
    (void)state;
    clear_script();
    script[0].requests = REQUEST_INIT | REQUEST_STARTUP;
    script[1].requests = REQUEST_STOP | REQUEST_INIT | REQUEST_STARTUP | REQUEST_NMI;
    run_script(1, 3);
    assert_int_equal(script[1].seen, CORE_RUNNING);
    assert_int_not_equal(script[2].seen, CORE_RUNNING);
    assert_true(monitor_shared()->mailboxes[1].parked);
}

/* A sibling that still runs while the partition is taken down must not bring a parked core back: it would carry old code past
 * the scrubbing. */
static void a_partition_that_is_being_taken_down_starts_no_core(void **state)
{
    static const enum partition_state states[] = {PARTITION_LOADED, PARTITION_STOPPING, PARTITION_STOPPED};
    (void)state;
    for (unsigned i = 0; i < sizeof states / sizeof states[0]; i++) {
        clear_script();
        script[0].requests = REQUEST_INIT;
        script[1].requests = REQUEST_STARTUP;
        script[2].requests = REQUEST_INIT | REQUEST_STARTUP;
        monitor_shared()->partitions[0].state = states[i];
        run_script(1, 4);
        assert_int_not_equal(script[2].seen, CORE_RUNNING);
        assert_int_not_equal(script[3].seen, CORE_RUNNING);
    }
    assert_int_equal(machine_count(EVENT_ENTER), 0);
}

static void core_1_parks(void)
{
    monitor_shared()->mailboxes[1].parked = true;
}

static void a_triple_fault_restarts_the_partition(void **state)
{
    (void)state;
    clear_script();
    machine.on_pause = core_1_parks;
    monitor_shared()->partitions[0].state = PARTITION_LOADED;
    script[0].exit_code = VMEXIT_SHUTDOWN;
    run_script(0, 2);
    assert_int_equal(script[1].seen, CORE_RUNNING);
    machine_assert_serial_has("STOP-604 web stopped: triple fault");
    machine_assert_serial_has("[bulkhead] web starts (start 2, 2 core(s))");
}

static void a_core_that_stays_parked_never_enters_its_guest_again(void **state)
{
    (void)state;
    clear_script();
    machine_web()->restart = RESTART_NEVER;
    machine.on_pause = core_1_parks;
    script[0].exit_code = VMEXIT_SHUTDOWN;
    run_script(0, 4);
    for (unsigned i = 1; i < 4; i++)
        assert_int_equal(script[i].seen, CORE_PARKED);
    assert_int_equal(machine_count(EVENT_ENTER), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_core_without_a_partition_waits_for_ever),
        machine_test(the_first_core_starts_its_partition_and_the_others_wait),
        machine_test(the_boot_stage_is_wiped_when_all_cores_have_left_it_and_before_a_guest_runs),
        machine_test(the_first_start_says_where_the_time_went_once),
        machine_test(init_then_startup_runs_at_the_vector),
        machine_test(init_and_startup_in_one_batch_are_taken_in_that_order),
        machine_test(a_startup_ipi_to_a_core_that_does_not_wait_is_dropped),
        machine_test(init_takes_a_running_core_back),
        machine_test(an_nmi_reaches_a_running_guest_and_no_other),
        machine_test(an_nmi_waits_while_an_exception_is_delivered),
        machine_test(stop_parks_whatever_else_is_asked),
        machine_test(a_partition_that_is_being_taken_down_starts_no_core),
        machine_test(a_triple_fault_restarts_the_partition),
        machine_test(a_core_that_stays_parked_never_enters_its_guest_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
