/* SPDX-License-Identifier: Apache-2.0 */
/* 64-bit ELF files with a PVH entry note (ELF-64 object file format; xen/include/public/elfnote.h). */
#include "core/lib/cursor.h"
#include "core/tables/guest_build.h"

#include <string.h>

#define ELF_MAGIC 0x464c457fu
#define ELF_CLASS_64_LE 0x0102u /* EI_CLASS 2, EI_DATA 1, as a little-endian number */
#define ELF_MACHINE_X86_64 62u
#define ELF_PROGRAM_HEADER_SIZE 56u
#define ELF_PROGRAM_HEADERS_MAX 64u
#define PT_LOAD 1u
#define PT_NOTE 4u
#define NOTE_PHYS32_ENTRY 18u

static const struct rule rule_not_elf = {
    "IMG-520", "the kernel is not a 64-bit x86 ELF file", "ELF class 64, little-endian, machine x86-64",
    "name an ELF file (Linux: vmlinux), or leave format away for a bzImage",
};

static const struct rule rule_program_headers = {
    "IMG-521", "the ELF file's program headers make no sense", "1 to 64 of 56 bytes, inside the file",
    "check the file; it may be truncated",
};

static const struct rule rule_segment_file = {
    "IMG-522", "an ELF segment is not in the file", "offset + file size inside the file, file size <= memory size",
    "check the file; it may be truncated",
};

static const struct rule rule_segment_memory = {
    "IMG-523", "an ELF segment does not fit into the partition's memory",
    "a physical address of 1 MiB or above, its end inside the RAM below 2 GiB",
    "give the partition more memory, or link the kernel at 1 MiB or above",
};

static const struct rule rule_no_pvh_note = {
    "IMG-524", "the ELF file has no PVH entry point", "a \"Xen\" note of type 18 with a 32-bit address",
    "build the kernel with CONFIG_PVH, or use its bzImage",
};

static const struct rule rule_too_many_segments = {
    "IMG-525", "the ELF file has more segments than Bulkhead loads", "at most 6 with bytes in the file",
    "link the kernel with fewer segments",
};

static const struct rule rule_pvh_entry = {
    "IMG-526", "the PVH entry point is not in a loaded segment", "an address inside a PT_LOAD segment's file bytes",
    "use a kernel from a trusted source; this one is damaged",
};

static const struct rule rule_segments_overlap = {
    "IMG-527", "two ELF segments overlap in memory", "segments apart from each other",
    "use a kernel from a trusted source; this one is damaged",
};

struct program_header {
    uint32_t type;
    uint64_t offset, physical, file_size, memory_size;
};

/* What the segments seen so far amount to. */
struct pvh {
    struct cursor file;
    uint64_t headers; /* file offset */
    uint32_t count;
    uint64_t end;     /* of the highest segment */
    uint64_t entry;
    bool has_entry;
};

static struct program_header read_program_header(struct pvh *pvh, uint32_t index)
{
    struct program_header header;
    cursor_seek(&pvh->file, pvh->headers + (uint64_t)index * ELF_PROGRAM_HEADER_SIZE);
    header.type = cursor_u32(&pvh->file);
    cursor_skip(&pvh->file, 4);
    header.offset = cursor_u64(&pvh->file);
    cursor_skip(&pvh->file, 8);
    header.physical = cursor_u64(&pvh->file);
    header.file_size = cursor_u64(&pvh->file);
    header.memory_size = cursor_u64(&pvh->file);
    return header;
}

static bool read_elf_header(const struct guest_build *build, struct pvh *pvh)
{
    struct cursor *file = &pvh->file;
    uint32_t magic = cursor_u32(file);
    uint16_t class = cursor_u16(file);
    cursor_seek(file, 18);
    uint16_t machine = cursor_u16(file);
    cursor_seek(file, 32);
    pvh->headers = cursor_u64(file);
    cursor_seek(file, 54);
    uint16_t header_size = cursor_u16(file);
    pvh->count = cursor_u16(file);
    if (file->overrun || magic != ELF_MAGIC || class != ELF_CLASS_64_LE || machine != ELF_MACHINE_X86_64) {
        guest_refuse_kernel(build, &rule_not_elf, "magic 0x%08x, class 0x%04x, machine %u, %llu bytes", magic,
                            (unsigned)class, (unsigned)machine, (unsigned long long)file->size);
        return false;
    }
    uint64_t table = (uint64_t)pvh->count * ELF_PROGRAM_HEADER_SIZE;
    if (header_size != ELF_PROGRAM_HEADER_SIZE || pvh->count == 0 || pvh->count > ELF_PROGRAM_HEADERS_MAX ||
        pvh->headers > file->size || table > file->size - pvh->headers) {
        guest_refuse_kernel(build, &rule_program_headers, "%u of %u bytes at byte %llu of %llu", pvh->count,
                            (unsigned)header_size, (unsigned long long)pvh->headers, (unsigned long long)file->size);
        return false;
    }
    return true;
}

static bool check_in_file(const struct guest_build *build, const struct pvh *pvh, const struct program_header *header)
{
    if (header->offset <= pvh->file.size && header->file_size <= pvh->file.size - header->offset &&
        header->file_size <= header->memory_size)
        return true;
    guest_refuse_kernel(build, &rule_segment_file, "%llu bytes at byte %llu, %llu in memory; the file has %llu",
                        (unsigned long long)header->file_size, (unsigned long long)header->offset,
                        (unsigned long long)header->memory_size, (unsigned long long)pvh->file.size);
    return false;
}

static bool check_in_memory(const struct guest_build *build, const struct program_header *header)
{
    uint64_t end = guest_low_ram_end(build);
    if (header->physical >= GUEST_KERNEL_BASE && header->physical <= end &&
        header->memory_size <= end - header->physical)
        return true;
    guest_refuse_kernel(build, &rule_segment_memory, "0x%llx bytes at 0x%llx; RAM ends at 0x%llx",
                        (unsigned long long)header->memory_size, (unsigned long long)header->physical,
                        (unsigned long long)end);
    return false;
}

/* All segments but the first one, which is the boot blob's and lies below 1 MiB. */
static bool check_apart(const struct guest_build *build, const struct program_header *header)
{
    for (uint32_t i = 1; i < build->image->segment_count; i++) {
        const struct guest_segment *other = &build->image->segments[i];
        if (!spans_overlap(header->physical, header->file_size, other->to.v, other->size))
            continue;
        guest_refuse_kernel(build, &rule_segments_overlap, "0x%llx and 0x%llx", (unsigned long long)other->to.v,
                            (unsigned long long)header->physical);
        return false;
    }
    return true;
}

/* Memory behind a segment's file bytes is zero already: all of a partition's memory is when it starts. One place
 * stays free for the initrd. */
static bool load_segment(struct guest_build *build, struct pvh *pvh, const struct program_header *header)
{
    if (!check_in_file(build, pvh, header) || !check_in_memory(build, header))
        return false;
    if (header->physical + header->memory_size > pvh->end)
        pvh->end = header->physical + header->memory_size;
    if (header->file_size == 0)
        return true;
    if (!check_apart(build, header))
        return false;
    if (build->image->segment_count < GUEST_MAX_SEGMENTS - 1)
        return guest_add_segment(build, hpa_add(build->partition->kernel.base, header->offset),
                                 (struct gpa){header->physical}, header->file_size);
    guest_refuse_kernel(build, &rule_too_many_segments, "another one at 0x%llx", (unsigned long long)header->physical);
    return false;
}

/* Notes are a name and a description, each filled up to 4 bytes. */
static void read_notes(struct pvh *pvh, const uint8_t *bytes, uint64_t size)
{
    struct cursor notes = cursor_over(bytes, size);
    while (cursor_left(&notes) >= 12 && !pvh->has_entry) {
        uint32_t name_size = cursor_u32(&notes);
        uint32_t value_size = cursor_u32(&notes);
        uint32_t type = cursor_u32(&notes);
        const uint8_t *name = cursor_take(&notes, align_up(name_size, 4));
        const uint8_t *value = cursor_take(&notes, align_up(value_size, 4));
        if (notes.overrun || value == NULL)
            return;
        if (type != NOTE_PHYS32_ENTRY || name_size != 4 || memcmp(name, "Xen", 4) != 0)
            continue;
        pvh->has_entry = value_size == 4 || value_size == 8;
        pvh->entry = value_size == 8 ? load_le64(value) : value_size == 4 ? load_le32(value) : 0;
    }
}

static bool check_entry(const struct guest_build *build, const struct pvh *pvh)
{
    if (!pvh->has_entry) {
        guest_refuse_kernel(build, &rule_no_pvh_note, "%u program headers, none with the note", pvh->count);
        return false;
    }
    for (uint32_t i = 1; i < build->image->segment_count; i++) {
        const struct guest_segment *segment = &build->image->segments[i];
        if (pvh->entry >= segment->to.v && pvh->entry - segment->to.v < segment->size)
            return true;
    }
    guest_refuse_kernel(build, &rule_pvh_entry, "0x%llx", (unsigned long long)pvh->entry);
    return false;
}

static bool load_program(struct guest_build *build, struct pvh *pvh)
{
    for (uint32_t i = 0; i < pvh->count; i++) {
        struct program_header header = read_program_header(pvh, i);
        if (header.type == PT_LOAD && !load_segment(build, pvh, &header))
            return false;
        if (header.type != PT_NOTE)
            continue;
        if (!check_in_file(build, pvh, &header))
            return false;
        read_notes(pvh, build->kernel + header.offset, header.file_size);
    }
    return check_entry(build, pvh);
}

void guest_pvh_load(struct guest_build *build)
{
    struct pvh pvh = {.file = cursor_over(build->kernel, build->partition->kernel.size)};
    struct gpa initrd;
    if (read_elf_header(build, &pvh) && load_program(build, &pvh) &&
        guest_place_initrd(build, pvh.end, guest_low_ram_end(build), &initrd))
        guest_start_info_write(build, initrd, (struct gpa){pvh.entry});
}
