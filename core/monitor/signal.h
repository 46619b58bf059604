/* SPDX-License-Identifier: Apache-2.0 */
/* Requests between cores: a bit in the target's mailbox, then an NMI, the only signal. */
#ifndef CORE_MONITOR_SIGNAL_H
#define CORE_MONITOR_SIGNAL_H

#include "core/monitor/core.h"
#include "core/x86/apic.h"

/* Posts requests to core `index` and rings. To the calling core itself it only posts. */
static inline void signal_core(uint32_t index, uint32_t requests)
{
    __atomic_fetch_or(&monitor_shared()->mailboxes[index].requests, requests, __ATOMIC_RELEASE);
    if (index != this_core()->index)
        apic_send(monitor_handoff()->cores[index].apic_id, ICR_MODE_NMI, 0);
}

/* Takes all requests that wait for this core. */
static inline uint32_t signal_take(void)
{
    return __atomic_exchange_n(&this_mailbox()->requests, 0u, __ATOMIC_ACQUIRE);
}

#endif
