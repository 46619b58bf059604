/* SPDX-License-Identifier: Apache-2.0 */
/* A spin lock between cores. Held only inside the monitor, with interrupts and signals off, for a bounded time. */
#ifndef CORE_MONITOR_LOCK_H
#define CORE_MONITOR_LOCK_H

#include "core/x86/cpu.h"

#include <stdbool.h>
#include <stdint.h>

#define LOCK_PATIENCE 0x10000000u /* tries; a holder that takes longer has died */

struct lock {
    uint32_t held;
};

/* False when the holder seems dead, or others are always faster: the caller gives up what it wanted to do, but for the
 * monitor's own reports, which are printed nevertheless. */
static inline bool lock_take(struct lock *lock)
{
    for (uint32_t i = 0; i < LOCK_PATIENCE; i++) {
        if (__atomic_exchange_n(&lock->held, 1u, __ATOMIC_ACQUIRE) == 0)
            return true;
        cpu_pause();
    }
    return false;
}

static inline void lock_release(struct lock *lock)
{
    __atomic_store_n(&lock->held, 0u, __ATOMIC_RELEASE);
}

#endif
