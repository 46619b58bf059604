/* SPDX-License-Identifier: Apache-2.0 */
/* Second-level page tables of four levels with 4 KiB, 2 MiB and 1 GiB pages: one writer for all formats (NPT and AMD-Vi
 * today; EPT and VT-d have the same shape). Levels count from the bottom: 1 holds 4 KiB pages, 4 is the root. */
#ifndef CORE_TABLES_STAGE2_H
#define CORE_TABLES_STAGE2_H

#include "core/lib/address.h"
#include "core/tables/tables.h"

#include <stdbool.h>
#include <stdint.h>

#define STAGE2_LEVELS 4u
#define STAGE2_LIMIT (1ull << 48)
#define STAGE2_ADDRESS 0x000ffffffffff000ull /* bits 51:12 of an entry in every format */

/* STAGE2_READ_ONLY: RAM that is read, neither written nor executed. */
enum stage2_use { STAGE2_RAM, STAGE2_MMIO, STAGE2_READ_ONLY };

/* How one format says things. */
struct stage2_format {
    uint64_t absent; /* an entry that maps nothing */
    /* A page at `level` 1, 2 or 3. */
    uint64_t (*leaf)(struct hpa page, unsigned level, enum stage2_use use);
    /* An entry at `level` 4, 3 or 2 that leads to the table one level below. */
    uint64_t (*link)(struct hpa table, unsigned level);
};

struct stage2_writer {
    const struct stage2_format *format;
    struct table_pool *pool;
    unsigned largest_level; /* of a page: 3 when the machine has 1 GiB pages, else 2 */
};

enum stage2_result { STAGE2_DONE, STAGE2_NO_FRAMES, STAGE2_TWICE, STAGE2_UNADDRESSABLE };

/* Bytes that one entry at `level` maps. */
static inline uint64_t stage2_page_size(unsigned level)
{
    return PAGE_SIZE << (9 * (level - 1));
}

static inline uint32_t stage2_index(uint64_t address, unsigned level)
{
    return (uint32_t)(address / stage2_page_size(level)) & 511u;
}

/* Takes the root frame; FRAME_NONE when the pool is empty. */
uint32_t stage2_root(const struct stage2_writer *writer);

/* Maps guest-physical [from, from + size) to `to`, all of them multiples of 4 KiB, with the largest pages that fit.
 * Nothing of it may be mapped before. */
enum stage2_result stage2_map(const struct stage2_writer *writer, uint32_t root, struct gpa from, struct hpa to,
                              uint64_t size, enum stage2_use use);

#endif
