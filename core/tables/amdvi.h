/* SPDX-License-Identifier: Apache-2.0 */
/* AMD-Vi: device table entries and I/O page tables. Sections are those of the AMD I/O Virtualization Technology (IOMMU)
 * Specification, revision 3.07 (document 48882). */
#ifndef CORE_TABLES_AMDVI_H
#define CORE_TABLES_AMDVI_H

#include "core/tables/stage2.h"
#include "core/tables/tables.h"

#include <stdint.h>

/* I/O page tables, 2.2.3. Bits 11:9 of an entry that leads to a table name that table's level; 0 makes the entry a page
 * of its own level's size. */
#define AMDVI_PTE_PR (1ull << 0)
#define AMDVI_PTE_NEXT_LEVEL_SHIFT 9u
#define AMDVI_PTE_FC (1ull << 60) /* force coherence: the device cannot ask for accesses that skip the caches */
#define AMDVI_PTE_IR (1ull << 61)
#define AMDVI_PTE_IW (1ull << 62)
/* Hardware looks at PR alone; QEMU's amd-iommu reports a blocked access only when the entry is not 0, so absent entries
 * carry next level 1. */
#define AMDVI_PTE_ABSENT (1ull << AMDVI_PTE_NEXT_LEVEL_SHIFT)

/* Device table entries, 2.2.2.1: 256 bits, here as four 64-bit words. */
#define AMDVI_DTE_WORDS 4u
#define AMDVI_DTES 65536u
#define AMDVI_DEVICE_TABLE_FRAMES 512u
#define AMDVI_DTES_PER_FRAME 128u
#define AMDVI_DTE0_V (1ull << 0)  /* V=0 would pass every request untranslated */
#define AMDVI_DTE0_TV (1ull << 1)
#define AMDVI_DTE0_MODE_SHIFT 9u  /* levels of the page table */
#define AMDVI_DTE0_IR (1ull << 61)
#define AMDVI_DTE0_IW (1ull << 62)
#define AMDVI_DTE2_IV (1ull << 0) /* IV=0 would pass every interrupt unmapped */
#define AMDVI_DTE2_INT_TAB_LEN_SHIFT 1u
#define AMDVI_DTE2_INT_CTL_SHIFT 60u
#define AMDVI_INT_CTL_ABORT 0ull /* fixed and arbitrated interrupts are target aborted */
#define AMDVI_INT_CTL_REMAP 2ull
#define AMDVI_INT_TAB_LEN_2048 11ull
#define AMDVI_IRT_FRAMES 8u

extern const struct stage2_format amdvi_format;

/* Sets all entries of the device table at frame `table` to: no access, no interrupt. The page table root is a table
 * that maps nothing, so that even an entry that grants reading or writing by mistake reaches nothing. */
void amdvi_deny_all(struct table_pool *pool, uint32_t table, struct hpa denied_root);

/* Gives requester `id` the page table at `root`, domain `domain` and the 2,048 remapping entries at `irt`. */
void amdvi_give(struct table_pool *pool, uint32_t table, uint16_t id, uint16_t domain, struct hpa root,
                struct hpa irt);

#endif
