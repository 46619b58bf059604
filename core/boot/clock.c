/* SPDX-License-Identifier: Apache-2.0 */
/* Clock rates against channel 2 of the 8254 PIT, which every PC-compatible machine has (Intel 8254 data sheet; port 61h
 * gate). */
#include "core/boot/clock.h"

#include "core/boot/boot.h"
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
#define SAMPLE_TICKS 0x8000u /* 27 ms, half of what the counter spans */
#define POLL_LIMIT 2000000u  /* of a port or register; 27 ms are some 20,000 */
#define TRIES 16u
#define AGREEMENT 500u       /* two samples in a row differ by less than 1 in 500 */
#define TIMER_DIVIDE_BY_1 0xbu
#define XAPIC_BASE 0xfee00000ull
#define XAPIC_REGISTER(msr) (XAPIC_BASE + ((msr) - 0x800ull) * 16) /* AMD64 APM vol. 2, 16.11.1 */

static const struct rule rule_clock = {
    "BOOT-471", "the machine's clocks cannot be measured", "an 8254 PIT and a local APIC timer that count, twice alike",
    "enable the legacy timer (8254) in the firmware's set-up"};
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

/* The local APIC as the firmware left it: in x2APIC mode by MSR, else by memory. Some emulators that count time cannot read
 * the current count by MSR, so the measurement comes before the switch to x2APIC. */
static void timer_write(uint32_t msr, uint32_t value)
{
    if (cpu_rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC)
        cpu_wrmsr(msr, value);
    else
        mmio_write32((volatile void *)XAPIC_REGISTER(msr), value);
}

static uint64_t timer_count(void)
{
    if (cpu_rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC)
        return cpu_rdmsr(MSR_X2APIC_TIMER_CURRENT);
    return mmio_read32((volatile void *)XAPIC_REGISTER(MSR_X2APIC_TIMER_CURRENT));
}

/* The three counters at one moment (8254 data sheet, counter latch command). Of several readings the one that took least
 * time counts, so that a core that was held up does not spoil it. */
struct moment {
    uint64_t pit, tsc, timer;
};

static struct moment now(void)
{
    struct moment best = {0, 0, 0};
    uint64_t shortest = UINT64_MAX;
    for (unsigned i = 0; i < READINGS; i++) {
        uint64_t before = cpu_rdtsc();
        cpu_out8(PIT_COMMAND, PIT_LATCH);
        uint64_t timer = timer_count();
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

struct rates {
    uint64_t tsc_hz, timer_hz;
};

/* One sample; zeros when a counter stands still. A core held up for longer than the PIT spans gives a wrong sample, which
 * the next one will not confirm. */
static struct rates sample(void)
{
    pit_start(0xffff);
    timer_write(MSR_X2APIC_TIMER_INITIAL, 0xffffffffu);
    struct moment start = now(), end = start;
    uint64_t ticks = 0;
    for (unsigned i = 0; i < POLL_LIMIT && ticks < SAMPLE_TICKS; i++) {
        end = now();
        ticks = (start.pit - end.pit) & 0xffffu;
    }
    if (ticks < SAMPLE_TICKS)
        return (struct rates){0, 0};
    return (struct rates){(end.tsc - start.tsc) * PIT_HZ / ticks, (start.timer - end.timer) * PIT_HZ / ticks};
}

static bool agree(uint64_t a, uint64_t b)
{
    return a != 0 && (a > b ? a - b : b - a) < a / AGREEMENT;
}

void clock_measure(uint64_t *tsc_hz, uint64_t *apic_timer_hz)
{
    struct rates last = {0, 0}, rates = {0, 0};
    bool settled = false;
    timer_write(MSR_X2APIC_LVT_TIMER, LVT_MASKED);
    timer_write(MSR_X2APIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_1);
    for (unsigned i = 0; i < TRIES && !settled; i++) {
        last = rates;
        rates = sample();
        settled = agree(rates.tsc_hz, last.tsc_hz) && agree(rates.timer_hz, last.timer_hz);
    }
    timer_write(MSR_X2APIC_TIMER_INITIAL, 0);
    if (!settled)
        boot_refuse(&rule_clock, "8254 PIT, local APIC", "TSC %lu Hz, APIC timer %lu Hz in the last of %u samples",
                    rates.tsc_hz, rates.timer_hz, TRIES);
    *tsc_hz = measured_tsc_hz = rates.tsc_hz;
    *apic_timer_hz = rates.timer_hz;
}

void clock_wait_microseconds(uint64_t microseconds)
{
    uint64_t start = cpu_rdtsc(), ticks = measured_tsc_hz / 1000000 * microseconds;
    while (cpu_rdtsc() - start < ticks)
        cpu_pause();
}
