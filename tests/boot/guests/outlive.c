/* SPDX-License-Identifier: Apache-2.0 */
/* Trying to outlive a restart: interrupts left behind for the monitor to find, and a core started again while its partition is
 * being taken down. */
#include "core/lib/guest_ports.h"
#include "core/x86/apic.h"
#include "core/x86/cpu.h"
#include "tests/boot/guests/prober.h"

#include <string.h>

#define LEFT_FIRST 16u /* vectors that a local APIC takes and a processor's exceptions use too */
#define LEFT_LAST 31u
#define MSR_X2APIC_SELF 0x83fu
#define COUNTING 0x9000u /* a page below 1 MiB ... */
#define COUNTER 0x9800u  /* ... and the word in it that its code counts up */

/* Real mode: cli; xor ax, ax; mov ds, ax; again: inc word [COUNTER]; jmp again */
static const uint8_t counting[] = {0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0xff, 0x06, COUNTER & 0xff, COUNTER >> 8, 0xeb, 0xfa};

static volatile uint32_t victim;

void outlive_vectors(struct arguments a)
{
    (void)a;
    __asm__ volatile("cli");
    for (uint32_t vector = LEFT_FIRST; vector <= LEFT_LAST; vector++)
        cpu_wrmsr(MSR_X2APIC_SELF, vector);
    say("left vectors %u to %u", LEFT_FIRST, LEFT_LAST);
    cpu_out8(GUEST_PORT_RESET, GUEST_RESET_VALUE);
}

static uint16_t counter(void)
{
    return *(volatile const uint16_t *)(uint64_t)COUNTER;
}

/* A core of an earlier life that runs through scrubbed memory comes by here sooner or later. */
void outlive_look(struct arguments a)
{
    (void)a;
    memcpy((void *)(uint64_t)COUNTING, counting, sizeof counting);
    uint16_t before = counter();
    wait_milliseconds(200);
    say("an earlier life %s", counter() == before ? "is over" : "GOES ON");
}

static void flood(void)
{
    for (;;) {
        apic_send(victim, ICR_MODE_INIT, 0);
        apic_send(victim, ICR_MODE_STARTUP, COUNTING >> 12);
    }
}

void outlive_startup(struct arguments a)
{
    victim = (uint32_t)a.second;
    uint16_t before = counter();
    second_start(a.first, flood, 1);
    while (counter() == before)
        cpu_pause();
    cpu_out8(GUEST_PORT_RESET, GUEST_RESET_VALUE);
}
