/* SPDX-License-Identifier: Apache-2.0 */
/* The hypercall that raises the floor (docs/guest-view.md), from user space: the monitor sees every VMMCALL. */
#include "attest/agent/floor.h"

#include "attest/agent/wait.h"
#include "core/lib/guest_cpuid.h"

#include <cpuid.h>
#include <string.h>

#define REFUSED 0xffffffffu
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define ASK_AGAIN_MS (UINT64_C(3600) * 1000)
#define MOST_STEPS 100000u /* the floor is far below where it could be */

/* Elsewhere the instruction would be an illegal one, or another hypervisor's. */
static bool is_bulkhead(void)
{
    unsigned eax, name[2], ecx, edx;
    __cpuid(1, eax, name[0], ecx, edx);
    if ((ecx & CPUID_1_ECX_HYPERVISOR) == 0)
        return false;
    __cpuid(GUEST_CPUID_BULKHEAD, eax, name[0], name[1], edx);
    return memcmp(name, "Bulkhead", sizeof name) == 0;
}

static uint32_t ask(uint32_t *security_version)
{
    uint32_t floor = GUEST_HYPERCALL_MAGIC;
    __asm__ volatile("vmmcall" : "+a"(floor), "=b"(*security_version) : "c"(GUEST_HYPERCALL_RAISE_FLOOR), "d"(0) : "memory");
    return floor;
}

enum floor_result floor_raise(uint32_t *floor)
{
    uint32_t version;
    if (!is_bulkhead())
        return FLOOR_NOT_HERE;
    for (uint32_t i = 0; i < MOST_STEPS; i++) {
        if (wait_stopped())
            return FLOOR_STOPPED;
        *floor = ask(&version);
        if (*floor == REFUSED)
            return FLOOR_REFUSED;
        if (*floor >= version)
            return FLOOR_RAISED;
    }
    return FLOOR_REFUSED;
}

bool floor_is_due(const struct floor_watch *watch, uint64_t now_ms)
{
    return !watch->settled && now_ms >= watch->again_ms;
}

bool floor_note(struct floor_watch *watch, enum floor_result result, uint64_t now_ms)
{
    bool first = !watch->refused;
    watch->settled = result == FLOOR_RAISED || result == FLOOR_NOT_HERE;
    if (result == FLOOR_REFUSED) {
        watch->refused = true;
        watch->again_ms = now_ms + ASK_AGAIN_MS;
    }
    return result == FLOOR_RAISED || (result == FLOOR_REFUSED && first);
}
