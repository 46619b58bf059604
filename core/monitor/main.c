/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's life on one core: take over, then run the guest and answer its exits until power-off. */
#include "core/lib/format.h"
#include "core/monitor/console.h"
#include "core/monitor/core.h"
#include "core/monitor/exit.h"
#include "core/monitor/lifecycle.h"
#include "core/monitor/signal.h"

void monitor_main(uint32_t index) __attribute__((noreturn));

static void wait_until(const uint32_t *value, uint32_t wanted)
{
    while (__atomic_load_n(value, __ATOMIC_ACQUIRE) != wanted)
        cpu_pause();
}

/* Once every core has left the boot stage, core 0 removes what is left of it; then the partitions may start. */
static void leave_boot_stage(const struct core *core)
{
    struct shared *shared = monitor_shared();
    const struct handoff *handoff = monitor_handoff();
    __atomic_fetch_add(&shared->cores_ready, 1u, __ATOMIC_ACQ_REL);
    if (core->index != 0) {
        wait_until(&shared->memory_clean, 1);
        return;
    }
    wait_until(&shared->cores_ready, handoff->core_count);
    for (uint32_t i = 0; i < handoff->wipe_count; i++)
        load_scrub(handoff->wipes[i]);
    __atomic_store_n(&shared->memory_clean, 1u, __ATOMIC_RELEASE);
}

static void start_up(struct core *core)
{
    core->backend->reset_to_startup(&core->vcpu, this_mailbox()->startup_vector);
    __atomic_store_n(&this_mailbox()->parked, false, __ATOMIC_RELEASE);
    core->mode = CORE_RUNNING;
}

static bool partition_runs(void)
{
    return __atomic_load_n(&this_partition_shared()->state, __ATOMIC_ACQUIRE) == PARTITION_RUNNING;
}

/* What a guest asks of its own cores. INIT while the guest runs is what a kernel sends to take a core offline or start it anew;
 * a waiting core takes the first start-up IPI and drops the others. */
static void take_guest_requests(struct core *core, uint32_t requests)
{
    if (requests & REQUEST_INIT)
        core->mode = CORE_WAITING;
    if (requests & REQUEST_STARTUP && core->mode == CORE_WAITING)
        start_up(core);
    if (requests & REQUEST_NMI && core->mode == CORE_RUNNING)
        core->guest_nmi_waiting = true;
}

/* A partition that is being taken down has no more say: a start-up IPI that it sent before its last core was parked, or in
 * the same moment as the stop, must not carry old code past the scrubbing into the next start. */
static void take_requests(struct core *core)
{
    uint32_t requests = signal_take();
    if (requests & (REQUEST_STOP | REQUEST_INIT))
        lifecycle_park(core);
    if (requests & REQUESTS_OF_GUEST && !(requests & REQUEST_STOP) && partition_runs())
        take_guest_requests(core, requests);
    if (requests & REQUEST_REAP)
        lifecycle_reap(core);
}

static void run_guest(struct core *core)
{
    if (core->guest_nmi_waiting && core->backend->inject_nmi(&core->vcpu))
        core->guest_nmi_waiting = false;
    core->backend->run(&core->vcpu);
    exit_handle(core);
}

/* The first partition that starts says once where the time since the boot stage's entry went. The last step ends here, on
 * the way to the first guest instruction, and holds the scrubbing and loading of the partition. */
static void report_times(void)
{
    static const char *const names[HANDOFF_STEPS] = {
        [STEP_VERIFY] = "verify",   [STEP_LOAD] = "load",   [STEP_DISCOVER] = "discover",
        [STEP_PLAN] = "plan",       [STEP_BUILD] = "build", [STEP_RECHECK] = "recheck",
        [STEP_SEAL] = "seal",       [STEP_MEASURE] = "measure", [STEP_START] = "start",
    };
    const struct handoff *handoff = monitor_handoff();
    uint64_t now = cpu_rdtsc(), before = handoff->step_tsc[STEP_ENTRY];
    if (__atomic_exchange_n(&monitor_shared()->times_said, 1u, __ATOMIC_ACQ_REL) != 0)
        return;
    char text[CONSOLE_LINE_MAX];
    size_t used = 0;
    for (uint32_t step = STEP_ENTRY + 1; step < HANDOFF_STEPS; step++) {
        uint64_t end = step == STEP_START ? now : handoff->step_tsc[step];
        used += fmt_print(text + used, sizeof text - used, " %s %lu", names[step],
                          (end - before) * 1000000 / handoff->tsc_hz);
        before = end;
    }
    console_log("time from entry in us:%s", text);
}

static bool starts_a_partition(const struct core *core)
{
    return core->partition != HANDOFF_NO_PARTITION && this_partition()->core_index[0] == core->index;
}

void monitor_main(uint32_t index)
{
    struct core *core = this_core();
    core_init(index);
    leave_boot_stage(core);
    if (starts_a_partition(core)) {
        lifecycle_start(core);
        report_times();
    }
    for (;;) {
        take_requests(core);
        if (core->mode == CORE_RUNNING)
            run_guest(core);
        else
            core->backend->wait();
    }
}
