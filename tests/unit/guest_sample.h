/* SPDX-License-Identifier: Apache-2.0 */
/* One partition with a kernel to be loaded, and kernels of each format built field by field. */
#ifndef TESTS_UNIT_GUEST_SAMPLE_H
#define TESTS_UNIT_GUEST_SAMPLE_H

#include "core/lib/bytes.h"
#include "core/tables/guest_image.h"
#include "tests/unit/findings.h"

#include <stdlib.h>

#define SAMPLE_KERNEL_HPA 0x40000000ull
#define SAMPLE_INITRD_HPA 0x50000000ull
#define SAMPLE_BLOB_HPA 0x60000000ull
#define SAMPLE_KERNEL_MAX 0x10000u

struct guest_sample {
    struct system system;
    struct plan plan;
    struct guest_image image;
    struct report report;
    uint8_t kernel[SAMPLE_KERNEL_MAX];
    uint8_t blob[GUEST_BLOB_SIZE];
};

static inline int guest_sample_setup(void **state)
{
    struct guest_sample *s = calloc(1, sizeof *s);
    *state = s;
    if (s == NULL)
        return 1;
    struct system_partition *config = &s->system.partitions[0];
    strcpy(config->name, "web");
    strcpy(config->kernel.file, "vmlinuz");
    strcpy(config->initrd.file, "initrd.img");
    strcpy(config->command_line, "console=ttyS0 quiet");
    struct plan_partition *partition = &s->plan.partitions[0];
    s->plan.partition_count = 1;
    partition->core_count = 1;
    partition->region_count = 1;
    partition->regions[0] = (struct plan_region){{0}, {0x100000000ull}, 256ull << 20};
    partition->kernel.base.v = SAMPLE_KERNEL_HPA;
    partition->initrd = (struct plan_image){{SAMPLE_INITRD_HPA}, 0x123456};
    partition->boot_blob = (struct hpa_range){{SAMPLE_BLOB_HPA}, GUEST_BLOB_SIZE};
    return 0;
}

static inline int guest_sample_teardown(void **state)
{
    free(*state);
    return 0;
}

/* The kernel is handed over in a block of its exact size, so that the sanitizer sees a read of one byte too many. */
static inline void guest_sample_prepare(struct guest_sample *s, uint64_t size)
{
    uint8_t *kernel = malloc(size == 0 ? 1 : size);
    assert_non_null(kernel);
    memcpy(kernel, s->kernel, size);
    report_init(&s->report);
    s->plan.partitions[0].kernel.size = size;
    guest_image_prepare(&s->system, &s->plan, 0, kernel, s->blob, &s->image, &s->report);
    free(kernel);
}

/* The segment that brings what stands at `to`, or NULL. */
static inline const struct guest_segment *guest_sample_segment(const struct guest_sample *s, uint64_t to)
{
    for (uint32_t i = 0; i < s->image.segment_count; i++)
        if (s->image.segments[i].to.v == to)
            return &s->image.segments[i];
    return NULL;
}

static inline void assert_segment(const struct guest_sample *s, uint64_t to, uint64_t from, uint64_t size)
{
    const struct guest_segment *segment = guest_sample_segment(s, to);
    assert_non_null(segment);
    assert_int_equal(segment->from.v, from);
    assert_int_equal(segment->size, size);
}

/* No two segments meet in the partition's memory, and all are inside it. */
static inline void assert_segments_apart(const struct guest_sample *s)
{
    for (uint32_t i = 0; i < s->image.segment_count; i++) {
        const struct guest_segment *a = &s->image.segments[i];
        assert_true(a->size > 0 && a->to.v + a->size <= s->plan.partitions[0].regions[0].size);
        for (uint32_t j = 0; j < i; j++) {
            const struct guest_segment *b = &s->image.segments[j];
            assert_false(spans_overlap(a->to.v, a->size, b->to.v, b->size));
        }
    }
}

#endif
