/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt command register: the one trapped APIC register. A partition interrupts its own cores and nobody else's;
 * INIT, start-up and NMI become requests to the target core's monitor. */
#include "core/monitor/exit.h"
#include "core/monitor/signal.h"
#include "core/x86/apic.h"

/* Whether the command names core `apic_id`, being sent by `self`. */
static bool icr_names(uint64_t icr, uint32_t apic_id, uint32_t self)
{
    uint32_t destination = ICR_DESTINATION(icr);
    switch (ICR_SHORTHAND(icr)) {
    case ICR_SHORTHAND_SELF:
        return apic_id == self;
    case ICR_SHORTHAND_ALL:
        return true;
    case ICR_SHORTHAND_OTHERS:
        return apic_id != self;
    default:
        break;
    }
    if (destination == ICR_BROADCAST)
        return true;
    if (!(icr & ICR_LOGICAL))
        return destination == apic_id;
    uint32_t logical = apic_logical_id(apic_id);
    return logical >> 16 == destination >> 16 && (logical & destination & 0xffffu) != 0;
}

/* Delivers to one core of the partition. False for a delivery mode that a partition does not have. */
static bool deliver(uint32_t target, uint32_t apic_id, uint64_t icr)
{
    switch (ICR_MODE(icr)) {
    case ICR_MODE_FIXED:
    case ICR_MODE_LOWEST:
        apic_send(apic_id, ICR_MODE_FIXED, ICR_VECTOR(icr));
        return true;
    case ICR_MODE_NMI:
        signal_core(target, REQUEST_NMI);
        return true;
    case ICR_MODE_INIT:
        if (!(icr & ICR_LEVEL) || icr & ICR_ASSERT) /* the level de-assert of old is no INIT */
            signal_core(target, REQUEST_INIT);
        return true;
    case ICR_MODE_STARTUP:
        monitor_shared()->mailboxes[target].startup_vector = ICR_VECTOR(icr);
        signal_core(target, REQUEST_STARTUP);
        return true;
    default:
        return false;
    }
}

void exit_icr(struct core *core, uint64_t icr)
{
    const struct handoff_partition *partition = this_partition();
    uint32_t self = monitor_handoff()->cores[core->index].apic_id;
    bool delivered = false;
    bool one_is_enough = ICR_MODE(icr) == ICR_MODE_LOWEST; /* any of those named may be the least busy */
    for (uint32_t i = 0; i < partition->core_count && !(delivered && one_is_enough); i++)
        if (icr_names(icr, partition->apic_ids[i], self))
            delivered |= deliver(partition->core_index[i], partition->apic_ids[i], icr);
    if (!delivered)
        exit_count_refused(core); /* a core that is not there, or SMI: nothing happens, as on hardware */
    exit_skip(core);
}
