/* SPDX-License-Identifier: Apache-2.0 */
/* PVH start info, which EBX points at (xen/include/public/arch-x86/hvm/start_info.h, version 1). */
#include "core/tables/guest_build.h"

#define START_INFO_MAGIC 0x336ec578u
#define START_INFO_VERSION 1u
#define START_INFO_SIZE 56u
#define MODULE_SIZE 32u
#define MEMORY_MAP_ENTRY_SIZE 24u

#define MODULE_OFFSET (BLOB_PARAMETERS + 0x100u)
#define MEMORY_MAP_OFFSET (BLOB_PARAMETERS + 0x200u)
static_assert(START_INFO_SIZE <= 0x100 && MODULE_SIZE <= 0x100, "the parts do not overlap");
static_assert(MEMORY_MAP_OFFSET + GUEST_MAX_RANGES * MEMORY_MAP_ENTRY_SIZE <= BLOB_PAGE_TABLES, "the map fits");

static void write_start_info(const struct guest_build *build, uint8_t *info, bool has_initrd)
{
    store_le32(info, START_INFO_MAGIC);
    store_le32(info + 4, START_INFO_VERSION);
    store_le32(info + 12, has_initrd ? 1 : 0);
    store_le64(info + 16, has_initrd ? blob_gpa(MODULE_OFFSET).v : 0);
    store_le64(info + 24, blob_gpa(BLOB_COMMAND_LINE).v);
    store_le64(info + 32, build->rsdp.v);
    store_le64(info + 40, blob_gpa(MEMORY_MAP_OFFSET).v);
    store_le32(info + 48, build->range_count);
}

void guest_start_info_write(struct guest_build *build, struct gpa initrd, struct gpa entry)
{
    uint64_t initrd_size = build->partition->initrd.size;
    uint8_t *blob = build->blob;
    write_start_info(build, blob + BLOB_PARAMETERS, initrd_size != 0);
    store_le64(blob + MODULE_OFFSET, initrd.v);
    store_le64(blob + MODULE_OFFSET + 8, initrd_size);
    for (uint32_t i = 0; i < build->range_count; i++) {
        uint8_t *range = blob + MEMORY_MAP_OFFSET + i * MEMORY_MAP_ENTRY_SIZE;
        store_le64(range, build->ranges[i].base);
        store_le64(range + 8, build->ranges[i].size);
        store_le32(range + 16, build->ranges[i].type);
    }
    build->image->entry.long_mode = false;
    build->image->entry.rip = entry.v;
    build->image->entry.rbx = blob_gpa(BLOB_PARAMETERS).v;
}
