/* SPDX-License-Identifier: Apache-2.0 */
/* struct plan → all tables the hardware walks. */
#include "core/lib/format.h"
#include "core/tables/amdvi.h"
#include "core/tables/bitmaps.h"
#include "core/tables/msr_list.h"
#include "core/tables/npt.h"
#include "core/tables/pool.h"
#include "core/tables/stage2.h"
#include "core/tables/tables.h"

#include <string.h>

struct builder {
    const struct machine *machine;
    const struct plan *plan;
    struct table_pool *pool;
    struct tables *tables;
    struct report *report;
};

static bool rule_pool_large_enough(const struct builder *builder, const char *where, uint32_t frame)
{
    static const struct rule rule = {
        "WALL-301", "the pool has too few frames for the tables",
        "the frames that the plan sets aside",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    return report_unless(frame != FRAME_NONE, builder->report, &rule, where, "all %u frames are taken",
                         builder->pool->count);
}

static bool rule_map_expressible(const struct builder *builder, const char *where, enum stage2_result result)
{
    static const struct rule rule = {
        "WALL-302", "the plan asks for what page tables cannot say",
        "whole pages below 2^48, each mapped once",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    return report_unless(result != STAGE2_TWICE && result != STAGE2_UNADDRESSABLE, builder->report, &rule, where,
                         "%s", result == STAGE2_TWICE ? "a page is mapped twice" : "an address is odd or too high");
}

static bool took(const struct builder *builder, const char *where, uint32_t *place, uint32_t count, uint64_t fill)
{
    *place = pool_take(builder->pool, count, fill);
    return rule_pool_large_enough(builder, where, *place);
}

static bool mapped(const struct builder *builder, const char *where, enum stage2_result result)
{
    return rule_pool_large_enough(builder, where, result == STAGE2_NO_FRAMES ? FRAME_NONE : 0) &&
           rule_map_expressible(builder, where, result);
}

static struct stage2_writer writer_for(const struct builder *builder, const struct stage2_format *format)
{
    return (struct stage2_writer){format, builder->pool, builder->machine->has_1g_pages ? 3 : 2};
}

static bool build_shared(const struct builder *builder)
{
    struct tables *tables = builder->tables;
    if (!took(builder, "MSR bitmap", &tables->msr_bitmap, MSRPM_FRAMES, UINT64_MAX) ||
        !took(builder, "port bitmap", &tables->io_bitmap, IOPM_FRAMES, UINT64_MAX) ||
        !took(builder, "denied root", &tables->denied_root, 1, amdvi_format.absent))
        return false;
    msr_bitmap_write(builder->pool, tables->msr_bitmap);
    for (uint32_t i = 0; i < builder->machine->iommu_count; i++) {
        if (!took(builder, "device table", &tables->device_table[i], AMDVI_DEVICE_TABLE_FRAMES, 0))
            return false;
        amdvi_deny_all(builder->pool, tables->device_table[i], pool_address(builder->pool, tables->denied_root));
    }
    return true;
}

static bool map_ram(const struct builder *builder, const struct stage2_format *format, const char *where,
                    uint32_t root, const struct plan_partition *partition)
{
    struct stage2_writer writer = writer_for(builder, format);
    for (uint32_t r = 0; r < partition->region_count; r++) {
        const struct plan_region *region = &partition->regions[r];
        if (!mapped(builder, where, stage2_map(&writer, root, region->gpa, region->hpa, region->size, STAGE2_RAM)))
            return false;
    }
    return true;
}

static bool map_windows(const struct builder *builder, const char *where, uint32_t root,
                        const struct plan_device *device)
{
    struct stage2_writer writer = writer_for(builder, &npt_format);
    for (uint32_t w = 0; w < device->window_count; w++) {
        struct hpa_range window = device->windows[w];
        struct gpa same = {window.base.v};
        if (!mapped(builder, where, stage2_map(&writer, root, same, window.base, window.size, STAGE2_MMIO)))
            return false;
    }
    return true;
}

/* Locality 0 alone: the hypervisor's own localities are in nobody's tables. */
static bool map_tpm(const struct builder *builder, const char *where, uint32_t root, const struct plan_tpm *tpm)
{
    struct stage2_writer writer = writer_for(builder, &npt_format);
    const struct hpa_range *log = &builder->plan->event_log;
    struct gpa same = {tpm->registers.v};
    return !tpm->present ||
           (mapped(builder, where, stage2_map(&writer, root, same, tpm->registers, PAGE_SIZE, STAGE2_MMIO)) &&
            mapped(builder, where, stage2_map(&writer, root, tpm->log, log->base, log->size, STAGE2_READ_ONLY)));
}

static bool build_stage2(const struct builder *builder, uint32_t p, const char *where)
{
    const struct plan_partition *partition = &builder->plan->partitions[p];
    uint32_t *root = &builder->tables->stage2_root[p];
    if (!took(builder, where, root, 1, npt_format.absent) || !map_ram(builder, &npt_format, where, *root, partition))
        return false;
    for (uint32_t d = 0; d < partition->device_count; d++)
        if (!map_windows(builder, where, *root, &partition->devices[d]))
            return false;
    return map_tpm(builder, where, *root, &partition->tpm);
}

/* Devices reach their partition's RAM only: no peer-to-peer. */
static bool build_dma(const struct builder *builder, uint32_t p, const char *where)
{
    const struct plan_partition *partition = &builder->plan->partitions[p];
    struct tables *tables = builder->tables;
    if (partition->device_count == 0)
        return true;
    if (!took(builder, where, &tables->dma_root[p], 1, amdvi_format.absent) ||
        !map_ram(builder, &amdvi_format, where, tables->dma_root[p], partition))
        return false;
    for (uint32_t d = 0; d < partition->device_count; d++) {
        const struct plan_device *device = &partition->devices[d];
        if (!took(builder, where, &tables->irt[p][d], AMDVI_IRT_FRAMES, 0))
            return false;
        amdvi_give(builder->pool, tables->device_table[device->iommu], device->requester_id, partition->domain,
                   pool_address(builder->pool, tables->dma_root[p]), pool_address(builder->pool, tables->irt[p][d]));
    }
    return true;
}

bool tables_build(const struct machine *machine, const struct plan *plan, struct table_pool *pool,
                  struct tables *tables, struct report *report)
{
    struct builder builder = {machine, plan, pool, tables, report};
    char where[REPORT_WHERE_MAX];
    pool->used = 0;
    memset(tables, 0xff, sizeof *tables); /* FRAME_NONE everywhere */
    if (!build_shared(&builder))
        return false;
    for (uint32_t p = 0; p < plan->partition_count; p++) {
        fmt_print(where, sizeof where, "stage-2 tables of %s", plan->partitions[p].name);
        if (!build_stage2(&builder, p, where))
            return false;
        fmt_print(where, sizeof where, "DMA tables of %s", plan->partitions[p].name);
        if (!build_dma(&builder, p, where))
            return false;
    }
    return true;
}
