/* SPDX-License-Identifier: Apache-2.0 */
/* Flat binaries: the file's bytes stand at 1 MiB and run from the first one on (docs/guest-view.md). */
#include "core/tables/guest_build.h"

static const struct rule rule_flat_size = {
    "IMG-530", "the flat binary is empty or larger than the partition's memory",
    "1 byte or more, and 1 MiB + its size inside the RAM below 2 GiB",
    "check the file, or give the partition more memory",
};

void guest_flat_load(struct guest_build *build)
{
    const struct plan_image *kernel = &build->partition->kernel;
    struct gpa base = {GUEST_KERNEL_BASE};
    struct gpa initrd;
    uint64_t room = guest_low_ram_end(build) - GUEST_KERNEL_BASE;
    if (kernel->size == 0 || kernel->size > room) {
        guest_refuse_kernel(build, &rule_flat_size, "%llu bytes, room for %llu", (unsigned long long)kernel->size,
                            (unsigned long long)room);
        return;
    }
    guest_add_segment(build, kernel->base, base, kernel->size);
    if (guest_place_initrd(build, base.v + kernel->size, guest_low_ram_end(build), &initrd))
        guest_start_info_write(build, initrd, base);
}
