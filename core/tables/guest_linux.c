/* SPDX-License-Identifier: Apache-2.0 */
/* Linux bzImage by the 64-bit boot protocol (Linux Documentation/arch/x86/boot.rst; offsets there). */
#include "core/lib/cursor.h"
#include "core/tables/guest_build.h"

#include <string.h>

#define SECTOR 512u
#define HEADER_START 0x1f1u
#define HEADER_MIN_END 0x264u /* init_size is the last field that is read */
#define HEADER_MAX_END 0x290u /* the zero page keeps the setup header's place up to here */
#define BOOT_FLAG 0xaa55u
#define HEADER_MAGIC 0x53726448u /* "HdrS" */
#define VERSION_MIN 0x020cu      /* 2.12: xloadflags */
#define XLF_KERNEL_64 0x0001u
#define ENTRY_64 0x200u

/* Zero page (boot.rst and zero-page.rst) */
#define ZERO_ACPI_RSDP 0x070u
#define ZERO_E820_ENTRIES 0x1e8u
#define ZERO_TYPE_OF_LOADER 0x210u
#define ZERO_RAMDISK_IMAGE 0x218u
#define ZERO_RAMDISK_SIZE 0x21cu
#define ZERO_CMD_LINE_PTR 0x228u
#define ZERO_SETUP_DATA 0x250u
#define ZERO_E820_TABLE 0x2d0u
#define E820_ENTRY_SIZE 20u
#define LOADER_UNREGISTERED 0xffu

static const struct rule rule_header_short = {
    "IMG-501", "the kernel is too short to be one", "a bzImage: its setup header ends at byte 612 or later",
    "check the file; it may be truncated",
};

static const struct rule rule_header_magic = {
    "IMG-502", "the kernel is not a Linux bzImage", "0xaa55 at byte 510 and \"HdrS\" at byte 514",
    "name a bzImage (Debian: /boot/vmlinuz-*), or state format = \"pvh\" or \"flat\"",
};

static const struct rule rule_version = {
    "IMG-503", "the kernel's boot protocol is too old", "version 2.12 (Linux 3.8) or later", "use a newer kernel",
};

static const struct rule rule_not_64bit = {
    "IMG-504", "the kernel has no 64-bit entry point", "XLF_KERNEL_64 in xloadflags", "use a kernel built for x86-64",
};

static const struct rule rule_truncated = {
    "IMG-505", "the kernel is shorter than its header says", "the whole file", "copy the file again and sign it anew",
};

static const struct rule rule_load_address = {
    "IMG-506", "the kernel's preferred address makes no sense",
    "1 MiB or above, a multiple of the kernel's own alignment, which is a power of two",
    "use a kernel with CONFIG_PHYSICAL_START as its maker set it",
};

static const struct rule rule_init_size = {
    "IMG-507", "the kernel does not fit into the partition's memory",
    "preferred address + init_size inside the RAM below 2 GiB, and init_size not below the file's own size",
    "give the partition more memory",
};

static const struct rule rule_command_line = {
    "IMG-508", "the command line is longer than the kernel takes", "at most cmdline_size bytes, as the kernel states",
    "shorten the command line",
};

static const struct rule rule_header_end = {
    "IMG-510", "the kernel's setup header states an impossible length", "an end (byte 513 + 514) of 612 to 656",
    "use a kernel from a trusted source; this one is damaged",
};

/* The fields that decide anything; numbers as they stand in the file. */
struct linux_header {
    uint32_t payload; /* file offset of the protected-mode kernel */
    uint32_t payload_stated; /* bytes it claims to have, a multiple of 16 */
    uint32_t end;     /* of the setup header */
    uint16_t boot_flag, version, xloadflags;
    uint32_t magic, initrd_addr_max, alignment, cmdline_size, init_size;
    uint64_t pref_address;
};

static uint32_t header_u32(struct cursor *file, uint32_t offset)
{
    cursor_seek(file, offset);
    return cursor_u32(file);
}

static uint16_t header_u16(struct cursor *file, uint32_t offset)
{
    cursor_seek(file, offset);
    return cursor_u16(file);
}

/* False when the file ends inside the header. */
static bool read_header(const struct guest_build *build, struct linux_header *header)
{
    struct cursor file = cursor_over(build->kernel, build->partition->kernel.size);
    uint32_t setup_sectors = header_u16(&file, HEADER_START) & 0xffu;
    header->payload = (setup_sectors == 0 ? 5 : setup_sectors + 1) * SECTOR; /* 0 stands for 4, for old loaders' sake */
    uint32_t paragraphs = header_u32(&file, 0x1f4);
    header->payload_stated = paragraphs > UINT32_MAX / 16 ? UINT32_MAX : paragraphs * 16;
    header->boot_flag = header_u16(&file, 0x1fe);
    header->end = 0x202u + (header_u16(&file, 0x200) >> 8);
    header->magic = header_u32(&file, 0x202);
    header->version = header_u16(&file, 0x206);
    header->initrd_addr_max = header_u32(&file, 0x22c);
    header->alignment = header_u32(&file, 0x230);
    header->xloadflags = header_u16(&file, 0x236);
    header->cmdline_size = header_u32(&file, 0x238);
    header->pref_address = header_u32(&file, 0x258) | (uint64_t)header_u32(&file, 0x25c) << 32;
    header->init_size = header_u32(&file, 0x260);
    return !file.overrun;
}

static void check_magic(const struct guest_build *build, const struct linux_header *header)
{
    if (header->boot_flag != BOOT_FLAG || header->magic != HEADER_MAGIC)
        guest_refuse_kernel(build, &rule_header_magic, "0x%04x and 0x%08x", (unsigned)header->boot_flag, header->magic);
}

static void check_version(const struct guest_build *build, const struct linux_header *header)
{
    if (header->version < VERSION_MIN)
        guest_refuse_kernel(build, &rule_version, "version %u.%02u", header->version >> 8, header->version & 0xffu);
}

static void check_64bit(const struct guest_build *build, const struct linux_header *header)
{
    if ((header->xloadflags & XLF_KERNEL_64) == 0)
        guest_refuse_kernel(build, &rule_not_64bit, "xloadflags 0x%04x", (unsigned)header->xloadflags);
}

static void check_header_end(const struct guest_build *build, const struct linux_header *header)
{
    if (header->end < HEADER_MIN_END || header->end > HEADER_MAX_END)
        guest_refuse_kernel(build, &rule_header_end, "end at byte %u", header->end);
}

static void check_whole(const struct guest_build *build, const struct linux_header *header)
{
    uint64_t size = build->partition->kernel.size;
    uint64_t payload = size > header->payload ? size - header->payload : 0;
    if (payload <= ENTRY_64 || align_up(payload, 16) < header->payload_stated)
        guest_refuse_kernel(build, &rule_truncated, "%llu bytes; the kernel proper should be %u from byte %u on",
                            (unsigned long long)size, header->payload_stated, header->payload);
}

static void check_load_address(const struct guest_build *build, const struct linux_header *header)
{
    uint64_t alignment = header->alignment;
    bool power = alignment != 0 && (alignment & (alignment - 1)) == 0;
    if (!power || header->pref_address < GUEST_KERNEL_BASE || !is_aligned(header->pref_address, alignment))
        guest_refuse_kernel(build, &rule_load_address, "0x%llx, alignment 0x%llx",
                            (unsigned long long)header->pref_address, (unsigned long long)alignment);
}

static void check_init_size(const struct guest_build *build, const struct linux_header *header)
{
    uint64_t end = guest_low_ram_end(build);
    uint64_t file = build->partition->kernel.size;
    uint64_t payload = file > header->payload ? file - header->payload : 0;
    if (header->pref_address > end || header->init_size > end - header->pref_address || header->init_size < payload)
        guest_refuse_kernel(build, &rule_init_size,
                            "0x%x bytes at 0x%llx for a kernel of 0x%llx bytes; RAM ends at 0x%llx", header->init_size,
                            (unsigned long long)header->pref_address, (unsigned long long)payload,
                            (unsigned long long)end);
}

static void check_command_line(const struct guest_build *build, const struct linux_header *header)
{
    size_t length = strlen((const char *)build->blob + BLOB_COMMAND_LINE);
    if (length > header->cmdline_size)
        guest_refuse_kernel(build, &rule_command_line, "%llu bytes, the kernel takes %u", (unsigned long long)length,
                            header->cmdline_size);
}

static void check_header(const struct guest_build *build, const struct linux_header *header)
{
    check_version(build, header);
    check_64bit(build, header);
    check_header_end(build, header);
    check_whole(build, header);
    check_load_address(build, header);
    check_init_size(build, header);
    check_command_line(build, header);
}

static void write_zero_page(struct guest_build *build, const struct linux_header *header, struct gpa initrd)
{
    uint8_t *zero_page = build->blob + BLOB_PARAMETERS;
    memcpy(zero_page + HEADER_START, build->kernel + HEADER_START, header->end - HEADER_START);
    store_le64(zero_page + ZERO_ACPI_RSDP, build->rsdp.v);
    zero_page[ZERO_TYPE_OF_LOADER] = LOADER_UNREGISTERED;
    store_le32(zero_page + ZERO_RAMDISK_IMAGE, (uint32_t)initrd.v); /* below 2 GiB, as all of the first region */
    store_le32(zero_page + ZERO_RAMDISK_SIZE, (uint32_t)build->partition->initrd.size);
    store_le64(zero_page + ZERO_SETUP_DATA, 0); /* the loader's to fill: whatever the file says, there is none */
    store_le32(zero_page + ZERO_CMD_LINE_PTR, (uint32_t)blob_gpa(BLOB_COMMAND_LINE).v);
    zero_page[ZERO_E820_ENTRIES] = (uint8_t)build->range_count;
    for (uint32_t i = 0; i < build->range_count; i++) {
        uint8_t *entry = zero_page + ZERO_E820_TABLE + i * E820_ENTRY_SIZE;
        store_le64(entry, build->ranges[i].base);
        store_le64(entry + 8, build->ranges[i].size);
        store_le32(entry + 16, build->ranges[i].type);
    }
}

/* The kernel is put where it prefers to be: nothing is relocated, and what runs is what was signed. */
static void place_kernel(struct guest_build *build, const struct linux_header *header)
{
    const struct plan_image *kernel = &build->partition->kernel;
    struct guest_entry *entry = &build->image->entry;
    guest_add_segment(build, hpa_add(kernel->base, header->payload), (struct gpa){header->pref_address},
                      kernel->size - header->payload);
    entry->long_mode = true;
    entry->rip = header->pref_address + ENTRY_64;
    entry->rsi = blob_gpa(BLOB_PARAMETERS).v;
    entry->cr3 = blob_gpa(BLOB_PAGE_TABLES).v;
}

void guest_linux_load(struct guest_build *build)
{
    struct linux_header header;
    struct gpa initrd;
    uint32_t findings = build->report->count + build->report->dropped;
    if (!read_header(build, &header)) {
        guest_refuse_kernel(build, &rule_header_short, "%llu bytes", (unsigned long long)build->partition->kernel.size);
        return;
    }
    check_magic(build, &header);
    if (build->report->count + build->report->dropped == findings)
        check_header(build, &header);
    if (build->report->count + build->report->dropped != findings)
        return;
    place_kernel(build, &header);
    uint64_t kernel_end = header.pref_address + header.init_size;
    if (guest_place_initrd(build, kernel_end, (uint64_t)header.initrd_addr_max + 1, &initrd))
        write_zero_page(build, &header, initrd);
}
