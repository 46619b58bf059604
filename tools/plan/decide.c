/* SPDX-License-Identifier: Apache-2.0 */
/* Planning on the host as on the machine. */
#include "tools/plan/decide.h"

#include "core/handoff.h"
#include "core/lib/log_ring.h"
#include "core/measure/log.h"
#include "core/tables/guest_image.h"
#include "tools/common/file.h"
#include "tools/machine_json/machine_json.h"

#include <stdlib.h>

bool machine_read(const char *path, struct machine *machine, struct report *report)
{
    struct file_bytes text;
    if (!file_read(path, MACHINE_JSON_MAX, &text, report))
        return false;
    bool good = machine_from_json((const char *)text.data, text.size, path, machine, report);
    file_bytes_free(&text);
    return good;
}

/* As set_needs() of core/boot/steps.c and monitor_layout() of core/boot/monitor_place.c say. */
static struct plan_needs needs_of(const struct machine *machine, uint64_t monitor_size)
{
    return (struct plan_needs){
        .monitor_fixed = monitor_size + align_up(sizeof(struct handoff), PAGE_SIZE) + MONITOR_SHARED_MAX +
                         2 * PAGE_SIZE * machine->iommu_count,
        .monitor_per_core = CORE_FRAMES * PAGE_SIZE,
        .boot_blob = GUEST_BLOB_SIZE,
        .log = LOG_RING_SIZE,
        .event_log = MEASURE_LOG_SIZE,
    };
}

static void build_and_recheck(const struct machine *machine, struct plan_decision *decision, struct report *report)
{
    uint32_t count = (uint32_t)(decision->plan.tables.size / PAGE_SIZE);
    struct table_pool pool = {aligned_alloc(PAGE_SIZE, count * PAGE_SIZE), count, 0, decision->plan.tables.base};
    if (pool.frames == NULL)
        abort();
    if (tables_build(machine, &decision->plan, &pool, &decision->tables, report))
        tables_recheck(machine, &decision->plan, &pool, &decision->tables, report);
    crypto_sha384(pool.frames, pool.used * PAGE_SIZE, decision->tables_digest);
    decision->figures = (struct plan_figures){pool.used, count};
    free(pool.frames);
}

bool plan_decide_on(const struct system *system, const struct machine *machine, uint64_t monitor_size,
                    struct plan_decision *decision, struct report *report)
{
    struct plan_needs needs = needs_of(machine, monitor_size);
    plan_make(system, machine, &needs, &decision->plan, report);
    if (report_ok(report))
        build_and_recheck(machine, decision, report);
    return report_ok(report);
}
