/* SPDX-License-Identifier: Apache-2.0 */
/* AMD-Vi 128-bit interrupt remapping entries (AMD I/O Virtualization Technology Specification 3.x, 2.2.5.2): written absent
 * when the tables are built, filled by the monitor at run time. */
#ifndef CORE_TABLES_IRTE_H
#define CORE_TABLES_IRTE_H

#include <stdbool.h>
#include <stdint.h>

struct irte {
    uint64_t low, high;
};

#define IRTE_REMAP_ENABLE (1ull << 0)

/* Fixed delivery, edge, physical destination: x2APIC id `apic_id`, `vector` 16..255. */
static inline struct irte irte_encode(uint32_t apic_id, uint8_t vector)
{
    return (struct irte){IRTE_REMAP_ENABLE | (uint64_t)(apic_id & 0xffffffu) << 8,
                         (uint64_t)vector | (uint64_t)(apic_id >> 24) << 56};
}

/* An entry that drops the interrupt. Destination and vector stay readable, so that a half-written message is not lost. */
static inline struct irte irte_disabled(uint32_t apic_id, uint8_t vector)
{
    struct irte e = irte_encode(apic_id, vector);
    e.low &= ~IRTE_REMAP_ENABLE;
    return e;
}

static inline bool irte_enabled(struct irte e)
{
    return e.low & IRTE_REMAP_ENABLE;
}

static inline uint32_t irte_apic_id(struct irte e)
{
    return (uint32_t)(e.low >> 8 & 0xffffffu) | (uint32_t)(e.high >> 56) << 24;
}

static inline uint8_t irte_vector(struct irte e)
{
    return (uint8_t)e.high;
}

#endif
