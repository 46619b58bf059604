/* SPDX-License-Identifier: Apache-2.0 */
/* One partition's image while it is built: the boot blob's layout and what the guest_*.c files share. */
#ifndef CORE_TABLES_GUEST_BUILD_H
#define CORE_TABLES_GUEST_BUILD_H

#include "core/lib/bytes.h"
#include "core/tables/guest_image.h"

#include <assert.h>

/* The blob fills guest-physical [0xe0000, 0x100000), so that one copy brings everything, the reset stub at F000:FFF0
 * too. */
#define BLOB_PARAMETERS 0x0000u /* Linux: zero page. PVH, flat: start info, memory map, module list */
#define BLOB_PAGE_TABLES 0x1000u /* PML4, PDPT, 4 page directories */
#define BLOB_GDT 0x7000u
#define BLOB_COMMAND_LINE 0x8000u
#define BLOB_STACK_TOP 0xa000u /* one page; the kernels bring their own stacks, this one is there to be safe */
#define BLOB_ACPI 0xa000u
#define BLOB_ACPI_END 0x1f000u
#define BLOB_RESET_STUB 0x1fff0u
static_assert(GUEST_BLOB_GPA + GUEST_BLOB_SIZE == 0x100000, "the blob ends where the reset vector's segment ends");
static_assert(SYSTEM_COMMAND_LINE_MAX <= 0x1000, "the command line has one page");

#define GUEST_LOW_RAM_TOP 0xa0000ull /* where a PC's RAM below 1 MiB ends */
#define GUEST_KERNEL_BASE 0x100000ull /* kernels stand at 1 MiB or above */

/* The types are those of E820 (ACPI 6.4 15.1) and of the PVH memory map. */
enum guest_range_type { GUEST_RANGE_RAM = 1, GUEST_RANGE_RESERVED = 2, GUEST_RANGE_ACPI = 3 };

struct guest_range {
    uint64_t base, size;
    enum guest_range_type type;
};

#define GUEST_MAX_RANGES (PLAN_MAX_REGIONS + 5)

struct guest_build {
    const struct system_partition *config;
    const struct plan_partition *partition;
    const uint8_t *kernel; /* partition->kernel.size bytes, hostile */
    uint8_t *blob;
    struct gpa rsdp;
    uint32_t range_count;
    struct guest_range ranges[GUEST_MAX_RANGES]; /* the memory map, ascending */
    struct guest_image *image;
    struct report *report;
};

static inline struct gpa blob_gpa(uint32_t offset)
{
    return (struct gpa){GUEST_BLOB_GPA + offset};
}

/* End of the RAM that starts at guest-physical 0: where kernels and initrds go. */
static inline uint64_t guest_low_ram_end(const struct guest_build *build)
{
    return build->partition->regions[0].size;
}

/* Adds a finding about one of the partition's images: "partition web, kernel vmlinuz". `found_format` as fmt_print. */
void guest_refuse_kernel(const struct guest_build *build, const struct rule *rule, const char *found_format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds a copy of `size` bytes; false when there is no room for another one. */
bool guest_add_segment(struct guest_build *build, struct hpa from, struct gpa to, uint64_t size);

/* Places the initrd, if there is one, as high as `limit` (exclusive) and the RAM that starts at 0 allow, on a page
 * boundary and not below `floor`. Gives its place; refuses when there is none. */
bool guest_place_initrd(struct guest_build *build, uint64_t floor, uint64_t limit, struct gpa *place);

/* One loader for each kernel format. Each adds the kernel's and the initrd's segments, fills BLOB_PARAMETERS and sets
 * the entry; on a finding, what it leaves behind is not used. */
void guest_linux_load(struct guest_build *build);
void guest_pvh_load(struct guest_build *build);
void guest_flat_load(struct guest_build *build);

/* Writes the PVH start info, its memory map and its module list into BLOB_PARAMETERS and sets a 32-bit entry at
 * `entry`. */
void guest_start_info_write(struct guest_build *build, struct gpa initrd, struct gpa entry);

#endif
