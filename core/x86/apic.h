/* SPDX-License-Identifier: Apache-2.0 */
/* The local APIC in x2APIC mode (AMD64 APM vol. 2, 16.9 to 16.13). */
#ifndef CORE_X86_APIC_H
#define CORE_X86_APIC_H

#include "core/x86/cpu.h"
#include "core/x86/registers.h"

#include <stdbool.h>
#include <stdint.h>

#define ICR_VECTOR(icr) ((uint8_t)(icr))
#define ICR_MODE(icr) ((unsigned)((icr) >> 8) & 7u)
#define ICR_MODE_FIXED 0u
#define ICR_MODE_LOWEST 1u
#define ICR_MODE_SMI 2u
#define ICR_MODE_NMI 4u
#define ICR_MODE_INIT 5u
#define ICR_MODE_STARTUP 6u
#define ICR_LOGICAL (1ull << 11)
#define ICR_ASSERT (1ull << 14)
#define ICR_LEVEL (1ull << 15)
#define ICR_SHORTHAND(icr) ((unsigned)((icr) >> 18) & 3u)
#define ICR_SHORTHAND_NONE 0u
#define ICR_SHORTHAND_SELF 1u
#define ICR_SHORTHAND_ALL 2u
#define ICR_SHORTHAND_OTHERS 3u
#define ICR_DESTINATION(icr) ((uint32_t)((icr) >> 32))
#define ICR_BROADCAST 0xffffffffu

#define LVT_MODE(lvt) ((unsigned)((lvt) >> 8) & 7u)
#define LVT_MASKED (1ull << 16)

static inline void apic_send(uint32_t apic_id, unsigned mode, uint8_t vector)
{
    cpu_wrmsr(MSR_X2APIC_ICR, (uint64_t)apic_id << 32 | ICR_ASSERT | (uint64_t)mode << 8 | vector);
}

static inline uint32_t apic_id_self(void)
{
    return (uint32_t)cpu_rdmsr(MSR_X2APIC_ID);
}

/* The logical x2APIC id that hardware derives: cluster in the upper half, one bit of 16 in the lower (APM 16.13). */
static inline uint32_t apic_logical_id(uint32_t apic_id)
{
    return (apic_id >> 4) << 16 | 1u << (apic_id & 15u);
}

#endif
