/* SPDX-License-Identifier: Apache-2.0 */
/* Host memory: pinned partitions first, Bulkhead's own ranges from the top, the other partitions from the bottom. */
#include "core/plan/planner.h"
#include "core/plan/rules.h"

#define LOW_MEMORY (1ull << 20) /* firmware's, and the cores start there */

/* Adds [gpa, gpa + size) → hpa to the partition and takes it from the free memory. False: no region is left. */
static bool take_region(struct planner *planner, uint32_t p, uint64_t gpa, struct hpa_range memory)
{
    struct plan_partition *partition = &planner->plan->partitions[p];
    if (memory.size == 0)
        return true;
    if (partition->region_count == PLAN_MAX_REGIONS)
        return false;
    partition->regions[partition->region_count++] = (struct plan_region){{gpa}, memory.base, memory.size};
    spans_remove(&planner->free, memory);
    return true;
}

/* The partition before p whose pinned memory overlaps p's, or PLAN_NOBODY. */
static uint32_t pinned_owner(const struct planner *planner, uint32_t p)
{
    const struct system_partition *wanted = &planner->system->partitions[p];
    for (uint32_t other = 0; other < p; other++) {
        const struct system_partition *earlier = &planner->system->partitions[other];
        if (earlier->memory_pinned &&
            spans_overlap(wanted->memory_base.v, wanted->memory_size, earlier->memory_base.v, earlier->memory_size))
            return other;
    }
    return PLAN_NOBODY;
}

static void place_pinned(struct planner *planner, uint32_t p)
{
    const struct system_partition *wanted = &planner->system->partitions[p];
    struct hpa_range memory = {wanted->memory_base, wanted->memory_size};
    uint64_t low = planner_low_size(memory.size);
    if (!rule_plan_memory_one_owner(planner, p, pinned_owner(planner, p)) ||
        !rule_plan_memory_ram(planner, p, spans_contain(&planner->free, memory)))
        return;
    take_region(planner, p, 0, (struct hpa_range){memory.base, low});
    take_region(planner, p, PLAN_HIGH_BASE, (struct hpa_range){hpa_add(memory.base, low), memory.size - low});
}

/* The next piece for `size` bytes of guest RAM: all of it in 1 GiB pages, all of it, or the largest piece there is. */
static struct hpa_range next_piece(const struct planner *planner, uint64_t size)
{
    struct hpa base;
    if ((planner->machine->has_1g_pages && size >= PAGE_1G &&
         spans_find_lowest(&planner->free, size, PAGE_1G, &base)) ||
        spans_find_lowest(&planner->free, size, PAGE_2M, &base))
        return (struct hpa_range){base, size};
    struct hpa_range largest = spans_largest(&planner->free, PAGE_2M);
    largest.size = largest.size < size ? largest.size : size;
    return largest;
}

/* Places guest RAM [gpa, gpa + size), for which there is enough. Returns false after a finding. */
static bool place_part(struct planner *planner, uint32_t p, uint64_t gpa, uint64_t size)
{
    while (size > 0) {
        struct hpa_range piece = next_piece(planner, size);
        if (!rule_plan_memory_pieces(planner, p, take_region(planner, p, gpa, piece)))
            return false;
        gpa += piece.size;
        size -= piece.size;
    }
    return true;
}

static void place_anywhere(struct planner *planner, uint32_t p)
{
    uint64_t size = planner->system->partitions[p].memory_size;
    uint64_t left = spans_total(&planner->free, PAGE_2M);
    if (rule_plan_memory_enough(planner, p, left < size ? size - left : 0) &&
        place_part(planner, p, 0, planner_low_size(size)))
        place_part(planner, p, PLAN_HIGH_BASE, planner_high_size(size));
}

static struct spans without_busy(const struct planner *planner)
{
    struct spans quiet = planner->free;
    for (uint32_t i = 0; i < planner->machine->busy_count; i++)
        spans_remove(&quiet, planner->machine->busy[i]);
    return quiet;
}

/* Whole pages from the top of the memory that the boot stage does not live in. */
static struct hpa_range place_own(struct planner *planner, const char *what, uint64_t size)
{
    struct hpa_range range = {{0}, align_up(size, PAGE_SIZE)};
    struct spans quiet = without_busy(planner);
    if (rule_plan_own_memory(planner, what, size,
                             range.size == 0 || spans_find_highest(&quiet, range.size, PAGE_SIZE, &range.base)))
        spans_remove(&planner->free, range);
    return range;
}

static void place_log(struct planner *planner)
{
    struct hpa_range fixed = {{PLAN_LOG_BASE}, align_up(planner->needs->log, PAGE_SIZE)};
    struct spans quiet = without_busy(planner);
    if (!spans_contain(&quiet, fixed)) {
        planner->plan->log = place_own(planner, "the log", planner->needs->log);
        return;
    }
    planner->plan->log = fixed;
    spans_remove(&planner->free, fixed);
}

static uint64_t sealed_size(const struct planner *planner, uint32_t p)
{
    const struct system_partition *partition = &planner->system->partitions[p];
    return align_up(partition->kernel.size, PAGE_SIZE) + align_up(partition->initrd.size, PAGE_SIZE) +
           align_up(planner->needs->boot_blob, PAGE_SIZE);
}

/* Kernel, initrd and boot blob of one partition after the other. */
static void lay_out_sealed(struct planner *planner)
{
    struct hpa at = planner->plan->sealed.base;
    for (uint32_t p = 0; p < planner->system->partition_count; p++) {
        const struct system_partition *from = &planner->system->partitions[p];
        struct plan_partition *partition = &planner->plan->partitions[p];
        partition->kernel = (struct plan_image){at, from->kernel.size};
        at = hpa_add(at, align_up(from->kernel.size, PAGE_SIZE));
        partition->initrd = (struct plan_image){at, from->initrd.size};
        at = hpa_add(at, align_up(from->initrd.size, PAGE_SIZE));
        partition->boot_blob = (struct hpa_range){at, align_up(planner->needs->boot_blob, PAGE_SIZE)};
        at = hpa_add(at, partition->boot_blob.size);
    }
}

static void place_bulkhead(struct planner *planner)
{
    const struct plan_needs *needs = planner->needs;
    uint64_t sealed = 0;
    for (uint32_t p = 0; p < planner->system->partition_count; p++)
        sealed += sealed_size(planner, p);
    place_log(planner);
    planner->plan->monitor = place_own(planner, "the monitor",
                                       needs->monitor_fixed + needs->monitor_per_core * planner->machine->core_count);
    planner->plan->tables = place_own(planner, "the tables", planner_table_frames(planner) * PAGE_SIZE);
    planner->plan->sealed = place_own(planner, "the sealed images", sealed);
    planner->plan->event_log = place_own(planner, "the event log", needs->event_log);
    lay_out_sealed(planner);
}

/* RAM above 1 MiB that four levels of page table can name. */
static void find_free(struct planner *planner)
{
    const struct machine *machine = planner->machine;
    uint64_t limit = planner_address_limit(machine);
    spans_set(&planner->free, machine->ram, machine->ram_count);
    spans_remove(&planner->free, (struct hpa_range){{0}, LOW_MEMORY});
    spans_remove(&planner->free, (struct hpa_range){{limit}, UINT64_MAX - limit});
}

void planner_place_memory(struct planner *planner)
{
    const struct system *system = planner->system;
    bool sound[SYSTEM_MAX_PARTITIONS];
    find_free(planner);
    for (uint32_t p = 0; p < system->partition_count; p++) {
        sound[p] = rule_plan_memory_shape(planner, p) && rule_plan_memory_addressable(planner, p);
        if (sound[p] && system->partitions[p].memory_pinned)
            place_pinned(planner, p);
    }
    place_bulkhead(planner);
    for (uint32_t p = 0; p < system->partition_count; p++)
        if (sound[p] && !system->partitions[p].memory_pinned)
            place_anywhere(planner, p);
}
