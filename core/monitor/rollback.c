/* SPDX-License-Identifier: Apache-2.0 */
/* Raising the floor: one increment of the TPM's counter a request. */
#include "core/monitor/rollback.h"

#include "core/monitor/console.h"
#include "core/monitor/core.h"
#include "core/monitor/shared.h"
#include "core/lib/rollback_index.h"
#include "core/x86/tpm_nv.h"

static bool may_ask(const struct handoff_rollback *rollback)
{
    return rollback->counter && rollback->partition < monitor_handoff()->partition_count &&
           this_partition() == &monitor_handoff()->partitions[rollback->partition];
}

/* The floor that the boot stage read, and what was added since. The lock is held. */
static bool raise(struct events *events, const struct handoff_rollback *rollback, uint32_t *floor)
{
    *floor = rollback->floor + events->floor_raised;
    if (*floor >= rollback->security_version)
        return true;
    enum tpm_result result = tpm_tis_request(&events->tpm.tis, true);
    if (result == TPM_DONE) {
        result = tpm_nv_increment(&events->tpm, ROLLBACK_COUNTER, TPM_NV_LOCALITY_2);
        tpm_tis_release(&events->tpm.tis);
    }
    if (result != TPM_DONE) {
        /* A counter that answered late, or not legibly, may have counted: taken as if, the floor never passes what runs. */
        events->floor_raised += result == TPM_TOO_SLOW || result == TPM_GARBLED;
        console_log("the floor of rollback protection stays %u: the TPM did not count (%u, 0x%x)", *floor, (uint32_t)result,
                    events->tpm.code);
        return false;
    }
    events->floor_raised++;
    (*floor)++;
    console_log("rollback protection: the floor is %u", *floor);
    return true;
}

bool rollback_raise(uint32_t *floor)
{
    const struct handoff_rollback *rollback = &monitor_handoff()->rollback;
    struct events *events = &monitor_shared()->events;
    if (!may_ask(rollback) || !lock_take(&events->lock))
        return false;
    bool good = events->state == EVENTS_OPEN && raise(events, rollback, floor);
    lock_release(&events->lock);
    return good;
}
