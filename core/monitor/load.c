/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a partition: scrub its memory, copy its images from their sealed originals. The first start and every restart take
 * the same way. */
#include "core/monitor/lifecycle.h"
#include "core/monitor/window.h"

static void scrub_part(struct hpa address, uint64_t size)
{
    cpu_fill64(window_open_large(address), 0, size / 8);
    window_close_large();
}

void load_scrub(struct hpa_range range)
{
    uint64_t end = range.base.v + range.size;
    for (uint64_t at = range.base.v; at < end;) {
        uint64_t next = align_down(at, PAGE_2M) + PAGE_2M;
        uint64_t size = (next < end ? next : end) - at;
        scrub_part((struct hpa){at}, size);
        this_core()->backend->take_signals();
        at += size;
    }
}

/* Where a guest-physical address of the partition stands; segments lie inside regions (checked before launch). */
static struct hpa segment_target(const struct handoff_partition *partition, struct gpa gpa)
{
    for (uint32_t i = 0; i < partition->region_count; i++) {
        const struct plan_region *region = &partition->regions[i];
        if (gpa.v - region->gpa.v < region->size)
            return hpa_add(region->hpa, gpa.v - region->gpa.v);
    }
    return (struct hpa){0};
}

/* The part of both spans that ends with either's page. */
static uint64_t part_size(uint64_t from, uint64_t to, uint64_t left)
{
    uint64_t from_left = PAGE_SIZE - (from & (PAGE_SIZE - 1));
    uint64_t to_left = PAGE_2M - (to & (PAGE_2M - 1));
    uint64_t size = from_left < to_left ? from_left : to_left;
    return size < left ? size : left;
}

static void load_segment(const struct handoff_partition *partition, const struct guest_segment *segment)
{
    struct hpa target = segment_target(partition, segment->to);
    for (uint64_t done = 0; target.v != 0 && done < segment->size;) {
        struct hpa from = hpa_add(segment->from, done), to = hpa_add(target, done);
        uint64_t size = part_size(from.v, to.v, segment->size - done);
        cpu_copy(window_open_large(to), window_open(from, WINDOW_MEMORY), size);
        window_close();
        window_close_large();
        this_core()->backend->take_signals();
        done += size;
    }
}

void load_partition(void)
{
    const struct handoff_partition *partition = this_partition();
    for (uint32_t i = 0; i < partition->region_count; i++)
        load_scrub((struct hpa_range){partition->regions[i].hpa, partition->regions[i].size});
    for (uint32_t i = 0; i < partition->image.segment_count; i++)
        load_segment(partition, &partition->image.segments[i]);
}
