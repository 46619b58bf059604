/* SPDX-License-Identifier: Apache-2.0 */
/* The prober's second core: started as any kernel starts it, and then in the way. */
#include "core/x86/apic.h"
#include "core/x86/cpu.h"
#include "tests/boot/guests/prober.h"

#include <stddef.h>
#include <string.h>

#define TRAMPOLINE 0x8000u /* below 1 MiB, where a start-up IPI can name it by its page number */
#define STARTS 2u

extern const char trampoline[], trampoline_end[];
void second_main(void);

static volatile uint32_t starts;
static void (*volatile work)(void);
static volatile uint64_t address;

void second_main(void)
{
    starts = starts + 1;
    work();
}

/* An INIT that finds the core running stops it; the start-up IPI behind it starts it anew. */
void second_start(uint64_t apic_id, void (*function)(void), unsigned times)
{
    memcpy((void *)(uint64_t)TRAMPOLINE, trampoline, (size_t)(trampoline_end - trampoline));
    work = function;
    for (unsigned i = 1; i <= times; i++) {
        apic_send((uint32_t)apic_id, ICR_MODE_INIT, 0);
        wait_milliseconds(10);
        apic_send((uint32_t)apic_id, ICR_MODE_STARTUP, TRAMPOLINE >> 12);
        while (starts < i)
            cpu_pause();
    }
    say("second core: started %u times", starts);
}

static void spin(void)
{
    for (;;)
        cpu_pause();
}

static void sleep(void)
{
    for (;;)
        cpu_halt(); /* interrupts are off: only an NMI wakes it */
}

static void read_outside(void)
{
    (void)mmio_read32((const volatile void *)address);
    spin();
}

void second_spin(struct arguments a)
{
    second_start(a.first, spin, STARTS);
}

void second_sleep(struct arguments a)
{
    second_start(a.first, sleep, STARTS);
}

void second_read(struct arguments a)
{
    address = a.second;
    second_start(a.first, read_outside, 1);
}
