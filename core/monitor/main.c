/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's life on one core: take over, then run the guest and answer its exits until power-off. */
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

/* INIT while the guest runs is what a kernel sends to take a core offline or start it anew; a waiting core takes the first
 * start-up IPI and drops the others. */
static void take_requests(struct core *core)
{
    uint32_t requests = signal_take();
    if (requests & (REQUEST_STOP | REQUEST_INIT))
        lifecycle_park(core);
    if (requests & REQUEST_INIT)
        core->mode = CORE_WAITING;
    if (requests & REQUEST_STARTUP && core->mode == CORE_WAITING)
        start_up(core);
    if (requests & REQUEST_NMI && core->mode == CORE_RUNNING)
        core->guest_nmi_waiting = true;
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

static bool starts_a_partition(const struct core *core)
{
    return core->partition != HANDOFF_NO_PARTITION && this_partition()->core_index[0] == core->index;
}

void monitor_main(uint32_t index)
{
    struct core *core = this_core();
    core_init(index);
    leave_boot_stage(core);
    if (starts_a_partition(core))
        lifecycle_start(core);
    for (;;) {
        take_requests(core);
        if (core->mode == CORE_RUNNING)
            run_guest(core);
        else
            core->backend->wait();
    }
}
