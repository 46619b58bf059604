/* SPDX-License-Identifier: Apache-2.0 */
/* Distinct types for the three kinds of address, so that mixing them does not compile. */
#ifndef CORE_LIB_ADDRESS_H
#define CORE_LIB_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SIZE 4096ull
#define PAGE_2M (2ull << 20)
#define PAGE_1G (1ull << 30)

/* A host-physical address: what leaves the memory controller. */
struct hpa {
    uint64_t v;
};

/* A guest-physical address: what a partition (or its device, before the IOMMU) names. */
struct gpa {
    uint64_t v;
};

/* A half-open span of host-physical memory: [base, base + size). */
struct hpa_range {
    struct hpa base;
    uint64_t size;
};

static inline struct hpa hpa_add(struct hpa a, uint64_t offset)
{
    return (struct hpa){a.v + offset};
}

static inline struct gpa gpa_add(struct gpa a, uint64_t offset)
{
    return (struct gpa){a.v + offset};
}

static inline uint64_t align_up(uint64_t v, uint64_t align)
{
    return (v + align - 1) & ~(align - 1);
}

static inline uint64_t align_down(uint64_t v, uint64_t align)
{
    return v & ~(align - 1);
}

static inline bool is_aligned(uint64_t v, uint64_t align)
{
    return (v & (align - 1)) == 0;
}

/* True when [a, a + a_size) and [b, b + b_size) share a byte; sizes must not wrap. */
static inline bool spans_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

#endif
