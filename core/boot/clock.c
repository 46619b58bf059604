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
#define PIT_GATE_OUTPUT 0x20
#define PIT_ONE_SHOT 0xb0 /* channel 2, low byte then high byte, mode 0 */
#define SAMPLES 5u
#define SAMPLE_TICKS 0x6000u /* 20.6 ms */
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

static void sort(uint64_t *values)
{
    for (unsigned i = 1; i < SAMPLES; i++)
        for (unsigned j = i; j > 0 && values[j - 1] > values[j]; j--) {
            uint64_t swap = values[j];
            values[j] = values[j - 1];
            values[j - 1] = swap;
        }
}

static void sample(uint64_t *tsc, uint64_t *timer)
{
    pit_start(SAMPLE_TICKS);
    cpu_wrmsr(MSR_X2APIC_TIMER_INITIAL, 0xffffffffu);
    uint64_t start = cpu_rdtsc();
    while (!(cpu_in8(PIT_GATE) & PIT_GATE_OUTPUT))
        cpu_pause();
    *tsc = cpu_rdtsc() - start;
    *timer = 0xffffffffu - cpu_rdmsr(MSR_X2APIC_TIMER_CURRENT);
}

void clock_measure(uint64_t *tsc_hz, uint64_t *apic_timer_hz)
{
    uint64_t tsc[SAMPLES], timer[SAMPLES];
    cpu_wrmsr(MSR_X2APIC_LVT_TIMER, LVT_MASKED);
    cpu_wrmsr(MSR_X2APIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_1);
    for (unsigned i = 0; i < SAMPLES; i++)
        sample(&tsc[i], &timer[i]);
    cpu_wrmsr(MSR_X2APIC_TIMER_INITIAL, 0);
    sort(tsc);
    sort(timer);
    *tsc_hz = tsc[SAMPLES / 2] * PIT_HZ / SAMPLE_TICKS;
    *apic_timer_hz = timer[SAMPLES / 2] * PIT_HZ / SAMPLE_TICKS;
    measured_tsc_hz = *tsc_hz;
}

void clock_wait_microseconds(uint64_t microseconds)
{
    uint64_t start = cpu_rdtsc(), ticks = measured_tsc_hz / 1000000 * microseconds;
    while (cpu_rdtsc() - start < ticks)
        cpu_pause();
}
