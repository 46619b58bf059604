/* SPDX-License-Identifier: Apache-2.0 */
/* AMD-Vi interrupt remapping entries of 128 bits (AMD IOMMU specification 2.2.5.2, with GAEN=1, GuestMode=0, and XTEN=1
 * for 32-bit destinations). Written at run time by the monitor, absent at the start. */
#ifndef CORE_TABLES_IRTE_H
#define CORE_TABLES_IRTE_H

#include <stdbool.h>
#include <stdint.h>

struct irte {
    uint64_t low, high;
};

#define IRTE_REMAP_EN (1ull << 0)
#define IRTE_INT_TYPE_SHIFT 2u          /* low: delivery mode, 3 bits */
#define IRTE_INT_TYPE 7ull
#define IRTE_LOGICAL (1ull << 6)        /* low: DM, logical destination */
#define IRTE_DESTINATION_SHIFT 8u       /* low: destination bits 23:0 */
#define IRTE_DESTINATION_LOW 0xffffffull
#define IRTE_DESTINATION_HIGH_SHIFT 56u /* high: destination bits 31:24 */
#define IRTE_VECTOR 0xffull             /* high: vector */

/* RemapEn=0: the interrupt is aborted and reported. */
static inline struct irte irte_absent(void)
{
    return (struct irte){0, 0};
}

/* A fixed interrupt (IntType 0) to one core by its x2APIC id (DM 0). */
static inline struct irte irte_encode(uint32_t apic_id, uint8_t vector)
{
    return (struct irte){
        (apic_id & IRTE_DESTINATION_LOW) << IRTE_DESTINATION_SHIFT | IRTE_REMAP_EN,
        (uint64_t)(apic_id >> 24) << IRTE_DESTINATION_HIGH_SHIFT | vector,
    };
}

/* The same entry, aborting. Destination and vector stay readable, so that a message written in halves is not lost. */
static inline struct irte irte_disable(struct irte entry)
{
    entry.low &= ~IRTE_REMAP_EN;
    return entry;
}

static inline bool irte_is_present(struct irte entry)
{
    return (entry.low & IRTE_REMAP_EN) != 0;
}

static inline uint32_t irte_apic_id(struct irte entry)
{
    return (uint32_t)(entry.low >> IRTE_DESTINATION_SHIFT & IRTE_DESTINATION_LOW) |
           (uint32_t)(entry.high >> IRTE_DESTINATION_HIGH_SHIFT) << 24;
}

static inline uint8_t irte_vector(struct irte entry)
{
    return (uint8_t)(entry.high & IRTE_VECTOR);
}

#endif
