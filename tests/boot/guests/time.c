/* SPDX-License-Identifier: Apache-2.0 */
/* The prober's clocks, at the rates that the hypervisor's CPUID leaf names. */
#include "core/lib/guest_cpuid.h"
#include "core/x86/cpu.h"
#include "core/x86/registers.h"
#include "tests/boot/guests/prober.h"

#define LVT_PERIODIC (1u << 17)
#define DIVIDE_BY_ONE 0xbu
#define TICKS_PER_SECOND 10u

void timer_start(void)
{
    uint64_t hz = cpu_cpuid(GUEST_CPUID_TIMING, 0).ebx * 1000ull;
    cpu_wrmsr(MSR_X2APIC_TIMER_DIVIDE, DIVIDE_BY_ONE);
    cpu_wrmsr(MSR_X2APIC_LVT_TIMER, LVT_PERIODIC | VECTOR_TIMER);
    cpu_wrmsr(MSR_X2APIC_TIMER_INITIAL, hz / TICKS_PER_SECOND);
}

void wait_milliseconds(uint64_t milliseconds)
{
    uint64_t ticks = cpu_cpuid(GUEST_CPUID_TIMING, 0).eax * milliseconds;
    uint64_t start = cpu_rdtsc();
    while (cpu_rdtsc() - start < ticks)
        cpu_pause();
}
