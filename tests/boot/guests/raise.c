/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the monitor to raise the floor of rollback protection, as the agent does after a good verdict. */
#include "core/lib/guest_cpuid.h"
#include "tests/boot/guests/prober.h"

#define ENOUGH 100u

static uint32_t ask(uint32_t *security_version)
{
    uint32_t floor = GUEST_HYPERCALL_MAGIC;
    __asm__ volatile("vmmcall" : "+a"(floor), "=b"(*security_version) : "c"(GUEST_HYPERCALL_RAISE_FLOOR), "d"(0) : "memory");
    return floor;
}

void raise_floor(struct arguments a)
{
    uint32_t floor = 0, version = 1;
    (void)a;
    for (uint32_t i = 0; i < ENOUGH && floor < version; i++)
        floor = ask(&version);
    if (floor == 0xffffffffu)
        say("raise: refused");
    else
        say("raise: floor %u, security version %u", floor, version);
}
