/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, stopping and restarting partitions. Everything here runs on a partition's own cores. */
#include "core/monitor/lifecycle.h"

#include "core/lib/format.h"
#include "core/monitor/console.h"
#include "core/monitor/events.h"
#include "core/monitor/pci_config.h"
#include "core/monitor/signal.h"
#include "core/x86/local_apic.h"

#include <string.h>

#define PARK_RESENDS 1000u
#define PARK_POLLS 100000u

struct stop_text {
    const char *code, *text;
};

static const struct stop_text stop_texts[STOP_REASONS] = {
    [STOP_NONE] = {"STOP-600", "not stopped"},
    [STOP_POWER_OFF] = {"STOP-601", "powered off by its guest"},
    [STOP_RESET] = {"STOP-602", "reset by its guest"},
    [STOP_MEMORY] = {"STOP-603", "broke its memory wall"},
    [STOP_TRIPLE_FAULT] = {"STOP-604", "triple fault"},
    [STOP_MSIX_ACCESS] = {"STOP-605", "touched an MSI-X table by an instruction that is not a plain 32-bit MOV"},
    [STOP_MACHINE_CHECK] = {"STOP-606", "machine check on its core"},
    [STOP_INVALID_STATE] = {"STOP-607", "put its core into a state the processor refuses"},
    [STOP_UNKNOWN_EXIT] = {"STOP-608", "exit that Bulkhead does not know"},
    [STOP_DEVICE] = {"STOP-609", "a device or its IOMMU does not answer"},
    [STOP_CORE] = {"STOP-610", "a core did not leave its guest"},
};

static bool begin_stop(struct partition_shared *partition, enum stop_reason reason)
{
    enum partition_state running = PARTITION_RUNNING;
    if (!__atomic_compare_exchange_n(&partition->state, &running, PARTITION_STOPPING, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        return false;
    partition->reason = reason;
    return true;
}

void lifecycle_stop(enum stop_reason reason, const char *format, ...)
{
    char details[128];
    va_list args;
    va_start(args, format);
    fmt_vprint(details, sizeof details, format, args);
    va_end(args);
    if (begin_stop(this_partition_shared(), reason)) {
        console_flush_guest();
        console_log("%s %s stopped: %s (%s)", stop_texts[reason].code, this_partition()->name, stop_texts[reason].text,
                    details);
        signal_core(this_partition()->core_index[0], REQUEST_REAP);
    }
    lifecycle_park(this_core());
}

void lifecycle_park(struct core *core)
{
    core->mode = CORE_PARKED;
    core->guest_nmi_waiting = false;
    local_apic_quiesce(core->backend);
    __atomic_store_n(&this_mailbox()->parked, true, __ATOMIC_RELEASE);
}

/* Asks core `index` to park until it says it has. */
static bool park_other(uint32_t index)
{
    struct mailbox *mailbox = &monitor_shared()->mailboxes[index];
    __atomic_store_n(&mailbox->parked, false, __ATOMIC_RELEASE);
    for (unsigned resend = 0; resend < PARK_RESENDS; resend++) {
        signal_core(index, REQUEST_STOP);
        for (unsigned poll = 0; poll < PARK_POLLS; poll++) {
            if (__atomic_load_n(&mailbox->parked, __ATOMIC_ACQUIRE))
                return true;
            cpu_pause();
        }
    }
    return false;
}

static bool park_others(const struct handoff_partition *partition)
{
    bool all = true;
    for (uint32_t i = 1; i < partition->core_count; i++)
        all &= park_other(partition->core_index[i]);
    return all;
}

/* Whether the configuration lets the partition start again. A guest that switched itself off stays off. */
static bool restart_allowed(const struct handoff_partition *partition, struct partition_shared *shared)
{
    if (shared->reason == STOP_POWER_OFF || partition->restart == RESTART_NEVER)
        return false;
    if (partition->restart == RESTART_ALWAYS)
        return true;
    uint64_t now = cpu_rdtsc();
    if (now - shared->window_start > partition->restart_window_seconds * monitor_handoff()->tsc_hz) {
        shared->window_start = now;
        shared->window_starts = 0;
    }
    return shared->window_starts++ < partition->restart_limit;
}

/* Recorded first: whoever reads it on the console finds it in the log. */
static void stay_stopped(struct partition_shared *shared)
{
    events_record("stays-stopped", NULL, shared->starts);
    console_log("%s stays stopped after %lu start(s)", this_partition()->name, shared->starts);
    __atomic_store_n(&shared->state, PARTITION_STOPPED, __ATOMIC_RELEASE);
}

static bool devices_reset(const struct handoff_partition *partition)
{
    int failed = pci_devices_reset();
    if (failed >= 0)
        console_log("%s %s: %s (%s)", stop_texts[STOP_DEVICE].code, partition->name, stop_texts[STOP_DEVICE].text,
                    partition->devices[failed].name);
    return failed < 0;
}

/* What the guest's earlier life left in registers and mailboxes. */
static void forget_earlier_life(const struct handoff_partition *partition, struct partition_shared *shared)
{
    for (uint32_t i = 0; i < partition->core_count; i++)
        __atomic_store_n(&monitor_shared()->mailboxes[partition->core_index[i]].requests, 0u, __ATOMIC_RELEASE);
    memset(&shared->uart, 0, sizeof shared->uart);
    memset(&shared->rtc, 0, sizeof shared->rtc);
    shared->pci_address = 0;
    shared->reason = STOP_NONE;
}

static void start(struct core *core)
{
    const struct handoff_partition *partition = this_partition();
    struct partition_shared *shared = this_partition_shared();
    forget_earlier_life(partition, shared);
    load_partition();
    core->backend->reset_to_entry(&core->vcpu, &partition->image.entry);
    shared->starts++;
    events_record("start", NULL, shared->starts);
    console_log("%s starts (start %lu, %u core(s))", partition->name, shared->starts, partition->core_count);
    __atomic_store_n(&shared->state, PARTITION_RUNNING, __ATOMIC_RELEASE);
    this_mailbox()->parked = false;
    core->mode = CORE_RUNNING;
}

/* The devices come from the firmware, which may have left them with work to do. */
void lifecycle_start(struct core *core)
{
    if (devices_reset(this_partition()))
        start(core);
    else
        stay_stopped(this_partition_shared());
}

void lifecycle_reap(struct core *core)
{
    const struct handoff_partition *partition = this_partition();
    struct partition_shared *shared = this_partition_shared();
    if (core->mode != CORE_PARKED)
        lifecycle_park(core);
    bool parked = park_others(partition);
    events_record("stop", stop_texts[parked ? shared->reason : STOP_CORE].code, shared->starts);
    if (!parked) {
        console_log("%s %s: %s", stop_texts[STOP_CORE].code, partition->name, stop_texts[STOP_CORE].text);
        stay_stopped(shared);
        return;
    }
    if (devices_reset(partition) && restart_allowed(partition, shared))
        start(core);
    else
        stay_stopped(shared);
}
