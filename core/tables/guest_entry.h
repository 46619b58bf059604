/* SPDX-License-Identifier: Apache-2.0 */
/* What the monitor does for a partition's first instruction: copies, and the first core's state. */
#ifndef CORE_TABLES_GUEST_ENTRY_H
#define CORE_TABLES_GUEST_ENTRY_H

#include "core/lib/address.h"

#include <stdbool.h>
#include <stdint.h>

#define GUEST_MAX_SEGMENTS 8

/* Selectors of the table at guest_entry.gdt (Linux boot protocol: 0x10 and 0x18). */
#define GUEST_SELECTOR_CODE32 0x08u
#define GUEST_SELECTOR_CODE64 0x10u
#define GUEST_SELECTOR_DATA 0x18u

/* Copy `size` bytes from host-physical `from` (inside the sealed region) to guest-physical `to`. All other guest
 * memory is zero when the partition starts. */
struct guest_segment {
    struct hpa from;
    struct gpa to;
    uint64_t size;
};

/* The state of the first core at its first instruction: flat 64-bit mode with the page tables at cr3 when long_mode,
 * else flat 32-bit protected mode without paging (PVH and flat binaries). */
struct guest_entry {
    bool long_mode;
    uint64_t rip, rsi, rbx, rsp;
    uint64_t cr3;
    struct gpa gdt;
    uint16_t gdt_limit;
};

struct guest_image {
    uint32_t segment_count;
    struct guest_segment segments[GUEST_MAX_SEGMENTS];
    struct guest_entry entry;
};

#endif
