/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any bytes as a kernel, in each format (the first byte chooses). What is accepted stays inside the
 * partition, in places of its own. */
#include "core/tables/guest_image.h"

#include <stdlib.h>
#include <string.h>

#define RAM_SIZE (64ull << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_partition(struct system *system, struct plan *plan, uint8_t format, size_t size)
{
    static const enum kernel_format formats[] = {KERNEL_LINUX, KERNEL_PVH, KERNEL_FLAT};
    system->partitions[0].kernel_format = formats[format % 3];
    struct plan_partition *partition = &plan->partitions[0];
    partition->core_count = 1;
    partition->region_count = 1;
    partition->regions[0] = (struct plan_region){{0}, {1ull << 32}, RAM_SIZE};
    partition->kernel = (struct plan_image){{1ull << 30}, size};
    partition->initrd = (struct plan_image){{2ull << 30}, 0x1234};
    partition->boot_blob = (struct hpa_range){{3ull << 30}, GUEST_BLOB_SIZE};
}

static void check_segment(const struct guest_image *image, uint32_t index, size_t kernel_size)
{
    const struct guest_segment *a = &image->segments[index];
    if (a->size == 0 || a->to.v > RAM_SIZE || a->size > RAM_SIZE - a->to.v)
        abort();
    bool of_kernel = a->from.v < 2ull << 30;
    if (of_kernel && (a->from.v - (1ull << 30) > kernel_size || a->size > kernel_size - (a->from.v - (1ull << 30))))
        abort();
    for (uint32_t i = 0; i < index; i++)
        if (spans_overlap(a->to.v, a->size, image->segments[i].to.v, image->segments[i].size))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct system system;
    static struct plan plan;
    static struct report report;
    static uint8_t blob[GUEST_BLOB_SIZE];
    struct guest_image image;
    if (size == 0)
        return 0;
    make_partition(&system, &plan, data[0], size - 1);
    report_init(&report);
    guest_image_prepare(&system, &plan, 0, data + 1, blob, &image, &report);
    if (report_ok(&report) != (image.segment_count > 0))
        abort();
    for (uint32_t i = 0; i < image.segment_count; i++)
        check_segment(&image, i, size - 1);
    return 0;
}
