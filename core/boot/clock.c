/* SPDX-License-Identifier: Apache-2.0 */
/* Clock rates against channel 2 of the 8254 PIT, which every PC-compatible machine has (Intel 8254 data sheet; port
 * 61h gate). */
#include "core/boot/clock.h"

#include "core/x86/apic.h"
#include "core/x86/cpu.h"

#define PIT_HZ 1193182ull
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE 0x61
#define PIT_GATE_ENABLE 0x01
#define PIT_ONE_SHOT 0xb0 /* channel 2, low byte then high byte, mode 0 */
#define PIT_LATCH 0x80    /* channel 2 */
#define READINGS 8u
#define SAMPLE_TICKS 0x9000u /* 31 ms */
#define TIMER_DIVIDE_BY_1 0xbu

static uint64_t measured_tsc_hz;

static void pit_start(uint16_t ticks)
{
    uint8_t gate = cpu_in8(PIT_GATE) & 0xfcu;
    cpu_out8(PIT_GATE, gate);
    cpu_out8(PIT_COMMAND, PIT_ONE_SHOT);
    cpu_out8(PIT_CHANNEL2, (uint8_t)ticks);
    cpu_out8(PIT_CHANNEL2, (uint8_t)(ticks >> 8));
    cpu_out8(PIT_GATE, gate | PIT_GATE_ENABLE);
}

/* The counter's value now (8254 data sheet, counter latch command), and the time stamp in the middle of reading it. Of
 * several readings the one that took least time counts, so that a core that was held up does not spoil it. */
struct moment {
    uint64_t pit, tsc, timer;
};

static struct moment now(void)
{
    struct moment best = {0};
    uint64_t shortest = UINT64_MAX;
    for (unsigned i = 0; i < READINGS; i++) {
        uint64_t before = cpu_rdtsc();
        cpu_out8(PIT_COMMAND, PIT_LATCH);
        uint64_t timer = cpu_rdmsr(MSR_X2APIC_TIMER_CURRENT);
        uint64_t after = cpu_rdtsc();
        uint64_t count = cpu_in8(PIT_CHANNEL2);
        count |= (uint64_t)cpu_in8(PIT_CHANNEL2) << 8;
        if (after - before < shortest) {
            shortest = after - before;
            best = (struct moment){count, before + shortest / 2, timer};
        }
    }
    return best;
}

void clock_measure(uint64_t *tsc_hz, uint64_t *apic_timer_hz)
{
    cpu_wrmsr(MSR_X2APIC_LVT_TIMER, LVT_MASKED);
    cpu_wrmsr(MSR_X2APIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_1);
    cpu_wrmsr(MSR_X2APIC_TIMER_INITIAL, 0xffffffffu);
    pit_start(0xffff);
    struct moment start = now(), end;
    do
        end = now();
    while (start.pit - end.pit < SAMPLE_TICKS);
    cpu_wrmsr(MSR_X2APIC_TIMER_INITIAL, 0);
    uint64_t ticks = start.pit - end.pit;
    *tsc_hz = (end.tsc - start.tsc) * PIT_HZ / ticks;
    *apic_timer_hz = (start.timer - end.timer) * PIT_HZ / ticks;
    measured_tsc_hz = *tsc_hz;
}

void clock_wait_microseconds(uint64_t microseconds)
{
    uint64_t start = cpu_rdtsc(), ticks = measured_tsc_hz / 1000000 * microseconds;
    while (cpu_rdtsc() - start < ticks)
        cpu_pause();
}
