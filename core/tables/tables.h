/* SPDX-License-Identifier: Apache-2.0 */
/* Plan → bits: everything the hardware walks, written into one pool of 4 KiB frames. Pure code; frames are named by
 * index, so that a model checker can follow it. */
#ifndef CORE_TABLES_TABLES_H
#define CORE_TABLES_TABLES_H

#include "core/plan/machine.h"
#include "core/plan/plan.h"

#define FRAME_NONE 0xffffffffu

struct frame {
    _Alignas(4096) uint64_t entry[512];
};

/* The pool: `frames[i]` stands at host-physical base + i * 4096. Frames below `used` are taken. */
struct table_pool {
    struct frame *frames;
    uint32_t count;
    uint32_t used;
    struct hpa base;
};

/* Where the finished tables are; every value is a frame index into the pool, FRAME_NONE where there is nothing:
 * dma_root of a partition without devices, device_table beyond the machine's IOMMUs. */
struct tables {
    uint32_t stage2_root[SYSTEM_MAX_PARTITIONS];             /* NPT: PML4 */
    uint32_t dma_root[SYSTEM_MAX_PARTITIONS];                /* AMD-Vi page table root */
    uint32_t irt[SYSTEM_MAX_PARTITIONS][SYSTEM_MAX_DEVICES]; /* first of 8 contiguous frames: 2048 x 128-bit IRTEs */
    uint32_t device_table[MACHINE_MAX_IOMMUS];               /* first of 512 contiguous frames: 65,536 x 32 bytes */
    uint32_t denied_root; /* the page table of every device that nobody owns: one frame of absent entries */
    uint32_t msr_bitmap; /* 2 contiguous frames, shared by all partitions: the allow-list is the same */
    uint32_t io_bitmap;  /* 3 contiguous frames, shared: every port exits */
};

/* Writes all tables of the plan into the pool, whose size the plan states (plan.tables) and whose frames it zeroes as
 * it takes them: the same plan gives the same bytes in frames [0, used). Returns false, with findings, when the pool
 * is too small or the plan asks for what the format cannot say. */
bool tables_build(const struct machine *machine, const struct plan *plan, struct table_pool *pool,
                  struct tables *tables, struct report *report);

/* Walks the finished tables as the hardware would and compares with the plan: every frame has at most one owner; no
 * table, monitor or sealed frame can be reached by a guest or a device; every device not in the plan is denied;
 * bitmaps hold exactly the allow-list. Shares no code with the writers beyond constants. */
void tables_recheck(const struct machine *machine, const struct plan *plan, const struct table_pool *pool,
                    const struct tables *tables, struct report *report);

#endif
