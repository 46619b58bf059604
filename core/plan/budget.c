/* SPDX-License-Identifier: Apache-2.0 */
/* How many frames the table writers need at most: asked before memory is placed: the tables come first. */
#include "core/plan/planner.h"

#define DEVICE_TABLE_FRAMES 512u /* 65,536 entries of 32 bytes */
#define IRT_FRAMES 8u            /* 2,048 entries of 16 bytes */
#define SHARED_FRAMES 6u         /* MSR bitmap 2, port bitmap 3, the root that denied devices get */

/* Tables below the root for one piece of `size` bytes at any address: the ones it covers and one more at either end. A
 * piece in whole 2 MiB pages has no table of 4 KiB entries; another one has such a table at either end only. */
static uint32_t piece_frames(uint64_t size, bool small_pages)
{
    uint64_t level3 = (size >> 39) + 2;
    uint64_t level2 = (size >> 30) + 2;
    return (uint32_t)(level3 + level2 + (small_pages ? 2 : 0));
}

static uint32_t ram_frames(uint64_t size)
{
    return 1 + piece_frames(size, false) + (PLAN_MAX_REGIONS - 1) * piece_frames(0, false);
}

static uint32_t partition_frames(const struct planner *planner, uint32_t p)
{
    const struct plan_partition *partition = &planner->plan->partitions[p];
    uint64_t memory = planner->system->partitions[p].memory_size;
    uint32_t frames = ram_frames(memory);
    if (partition->device_count > 0)
        frames += ram_frames(memory);
    for (uint32_t d = 0; d < partition->device_count; d++) {
        frames += IRT_FRAMES;
        for (uint32_t w = 0; w < partition->devices[d].window_count; w++)
            frames += piece_frames(partition->devices[d].windows[w].size, true);
    }
    if (partition->tpm.present)
        frames += piece_frames(PAGE_SIZE, true) + piece_frames(planner->needs->event_log, true);
    return frames;
}

uint32_t planner_table_frames(const struct planner *planner)
{
    uint32_t frames = SHARED_FRAMES + planner->machine->iommu_count * DEVICE_TABLE_FRAMES;
    for (uint32_t p = 0; p < planner->system->partition_count; p++)
        frames += partition_frames(planner, p);
    return frames;
}
