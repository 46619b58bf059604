/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing a core's local APIC back to rest. */
#include "core/x86/local_apic.h"

#include "core/x86/apic.h"

#define MSR_X2APIC_ISR_FIRST 0x810u
#define MSR_X2APIC_IRR_FIRST 0x820u
#define APIC_VECTOR_WORDS 8u
#define SPURIOUS_ENABLED 0x1ffu
#define SPURIOUS_RESET 0x0ffu

static bool any_vector(uint32_t first_msr)
{
    for (unsigned i = 0; i < APIC_VECTOR_WORDS; i++)
        if (cpu_rdmsr(first_msr + i) != 0)
            return true;
    return false;
}

static void mask_sources(void)
{
    cpu_wrmsr(MSR_X2APIC_TIMER_INITIAL, 0);
    cpu_wrmsr(MSR_X2APIC_LVT_TIMER, LVT_MASKED);
    for (uint32_t msr = MSR_X2APIC_LVT_THERMAL; msr <= MSR_X2APIC_LVT_ERROR; msr++)
        cpu_wrmsr(msr, LVT_MASKED);
}

void local_apic_quiesce(const struct cpu_backend *backend)
{
    mask_sources();
    cpu_wrmsr(MSR_X2APIC_SPURIOUS, SPURIOUS_ENABLED);
    cpu_wrmsr(MSR_X2APIC_TPR, 0);
    for (unsigned i = 0; i < 256 && any_vector(MSR_X2APIC_ISR_FIRST); i++)
        cpu_wrmsr(MSR_X2APIC_EOI, 0);
    for (unsigned i = 0; i < 256 && any_vector(MSR_X2APIC_IRR_FIRST); i++)
        backend->drain();
    cpu_wrmsr(MSR_X2APIC_SPURIOUS, SPURIOUS_RESET);
}
