/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the finished tables as the hardware would and compares them with the plan. */
#include "core/tables/recheck.h"

#include "core/lib/format.h"

#include <string.h>

static bool rule_pool_placed(const struct recheck *recheck)
{
    static const struct rule rule = {
        "WALL-311", "the tables are not where the plan puts them",
        "the pool at the planned place, not larger, and at most 65,536 frames",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    const struct table_pool *pool = recheck->pool;
    const struct hpa_range *planned = &recheck->plan->tables;
    bool placed = pool->base.v == planned->base.v && pool->count <= planned->size / PAGE_SIZE &&
                  pool->used <= pool->count && pool->used <= RECHECK_MAX_FRAMES;
    return report_unless(placed, recheck->report, &rule, "tables", "%u of %u frames at 0x%llx", pool->used, pool->count,
                         (unsigned long long)pool->base.v);
}

static bool rule_frame_taken(const struct recheck *recheck, const char *where, uint32_t first, uint32_t count)
{
    static const struct rule rule = {
        "WALL-312", "a table leads out of the pool",
        "tables only in frames that the writers took",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    return report_unless(first < recheck->pool->used && count <= recheck->pool->used - first, recheck->report, &rule,
                         where, "frames %u to %u, %u are taken", first, first + count - 1, recheck->pool->used);
}

static bool is_seen(const struct recheck *recheck, uint32_t frame)
{
    return (recheck->seen[frame / 64] >> (frame % 64) & 1) != 0;
}

static bool rule_frame_once(const struct recheck *recheck, const char *where, uint32_t frame)
{
    static const struct rule rule = {
        "WALL-313", "one frame serves two tables",
        "every frame in one table at one place",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    return report_unless(!is_seen(recheck, frame), recheck->report, &rule, where,
                         "frame %u is already part of another table", frame);
}

static bool rule_frame_used(const struct recheck *recheck, uint32_t frame)
{
    static const struct rule rule = {
        "WALL-314", "a taken frame belongs to no table",
        "every taken frame reachable from the place the plan gives it",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    return report_unless(is_seen(recheck, frame), recheck->report, &rule, "tables", "frame %u", frame);
}

bool recheck_claim(struct recheck *recheck, const char *where, uint32_t first, uint32_t count)
{
    if (!rule_frame_taken(recheck, where, first, count))
        return false;
    for (uint32_t f = first; f < first + count; f++) {
        if (!rule_frame_once(recheck, where, f))
            return false;
        recheck->seen[f / 64] |= 1ull << (f % 64);
    }
    return true;
}

static void recheck_partition(struct recheck *recheck, uint32_t p)
{
    const struct plan_partition *partition = &recheck->plan->partitions[p];
    char where[REPORT_WHERE_MAX];
    fmt_print(where, sizeof where, "stage-2 tables of %s", partition->name);
    recheck_walk(recheck, p, where, recheck_npt_entry, recheck->tables->stage2_root[p], true);
    if (partition->device_count == 0)
        return;
    fmt_print(where, sizeof where, "DMA tables of %s", partition->name);
    recheck_walk(recheck, p, where, recheck_amdvi_entry, recheck->tables->dma_root[p], false);
}

void tables_recheck(const struct machine *machine, const struct plan *plan, const struct table_pool *pool,
                    const struct tables *tables, struct report *report)
{
    struct recheck recheck = {machine, plan, pool, tables, report, {0}};
    if (!rule_pool_placed(&recheck))
        return;
    recheck_memory(&recheck);
    recheck_owners(&recheck);
    recheck_tpm(&recheck);
    recheck_bitmaps(&recheck);
    recheck_devices(&recheck);
    for (uint32_t p = 0; p < plan->partition_count; p++)
        recheck_partition(&recheck, p);
    for (uint32_t f = 0; f < pool->used; f++)
        rule_frame_used(&recheck, f);
}
