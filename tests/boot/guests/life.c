/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to live and to end. */
#include "core/lib/guest_ports.h"
#include "core/x86/cpu.h"
#include "core/x86/registers.h"
#include "tests/boot/guests/prober.h"

#define FIELD 0x1000000ull /* 16 MiB: between the prober and the end of the smallest partition */
#define FIELD_WORDS 0x20000ull
#define PATTERN 0x5ca1ab1e0ddba11ull
#define TICKS_PER_BEAT 10u

/* How many words of the field differ from `wanted`. */
static uint64_t field_differences(uint64_t wanted)
{
    const volatile uint64_t *field = (const volatile uint64_t *)FIELD;
    uint64_t different = 0;
    for (uint64_t i = 0; i < FIELD_WORDS; i++)
        different += field[i] != wanted;
    return different;
}

void life_idle(struct arguments a)
{
    (void)a; /* the first core halts when no action is left */
}

void life_wait(struct arguments a)
{
    say("waiting");
    wait_milliseconds(a.first);
}

void life_scrubbed(struct arguments a)
{
    (void)a;
    say("memory is %s", field_differences(0) == 0 ? "clean" : "SOILED");
    cpu_fill64((void *)FIELD, PATTERN, FIELD_WORDS);
}

void life_listen(struct arguments a)
{
    (void)a;
    cpu_fill64((void *)FIELD, PATTERN, FIELD_WORDS);
    timer_start();
    for (uint64_t beat = 1;; beat++) {
        while (trap_count(VECTOR_TIMER) < beat * TICKS_PER_BEAT)
            cpu_halt();
        say("heartbeat %lu: %lu own, %lu stray interrupts, %lu words changed", beat, trap_count(VECTOR_OWN),
            trap_strays(), field_differences(PATTERN));
    }
}

void life_reset(struct arguments a)
{
    (void)a;
    cpu_out8(GUEST_PORT_RESET, GUEST_RESET_VALUE);
}

void life_power_off(struct arguments a)
{
    (void)a;
    cpu_out8(GUEST_PORT_SLEEP_CONTROL, GUEST_SLEEP_TYPE_S5 << 2 | 0x20);
}

void life_triple_fault(struct arguments a)
{
    (void)a;
    struct descriptor_pointer none = {0, 0};
    cpu_lidt(&none);
    __asm__ volatile("ud2");
}

/* Reserved bits of CR4: hardware answers with #GP, an emulator may find the guest's state invalid. */
void life_invalid_state(struct arguments a)
{
    (void)a;
    cpu_write_cr4(cpu_read_cr4() | 1ull << 63);
}
