/* SPDX-License-Identifier: Apache-2.0 */
/* A partition's memory at its first instruction: the parts that every kernel format shares. */
#include "core/lib/format.h"
#include "core/lib/guest_ports.h"
#include "core/tables/guest_build.h"

#include <stdarg.h>
#include <string.h>

#define PAGE_PRESENT_WRITABLE 0x3ull
#define PAGE_LARGE 0x80ull
#define IDENTITY_GIB 4u

static const struct rule rule_initrd_place = {
    "IMG-509", "the initrd does not fit beside the kernel",
    "room between the kernel's end and the end of the partition's RAM below 2 GiB, where the kernel can reach it",
    "give the partition more memory, or make the initrd smaller",
};

static const struct rule rule_acpi_room = {
    "IMG-511", "the partition's ACPI tables do not fit", "84 KiB of tables",
    "report this configuration; it has more cores or devices than the tables were measured for",
};

static const struct rule rule_low_memory = {
    "IMG-512", "the partition's memory does not start at guest-physical 0 or ends too early",
    "at least 2 MiB from address 0",
    "report this configuration; the plan is wrong",
};

/* mov dx,0xcf9; mov al,6; out dx,al; hlt; jmp to the hlt. Runs in real mode, where a kernel that finds no other way
 * jumps. */
static const uint8_t reset_stub[] = {
    0xba, GUEST_PORT_RESET & 0xff, GUEST_PORT_RESET >> 8, 0xb0, GUEST_RESET_VALUE, 0xee, 0xf4, 0xeb, 0xfd,
};

/* Null, flat 32-bit code, 64-bit code, flat data: the selectors of guest_image.h. */
static const uint64_t gdt[] = {0, 0x00cf9b000000ffffull, 0x00af9b000000ffffull, 0x00cf93000000ffffull};

void guest_refuse_kernel(const struct guest_build *build, const struct rule *rule, const char *found_format, ...)
{
    char where[REPORT_WHERE_MAX];
    char found[REPORT_FOUND_MAX];
    va_list args;
    va_start(args, found_format);
    fmt_vprint(found, sizeof found, found_format, args);
    va_end(args);
    fmt_print(where, sizeof where, "partition %s, kernel %s", build->config->name, build->config->kernel.file);
    report_add(build->report, rule, where, "%s", found);
}

bool guest_add_segment(struct guest_build *build, struct hpa from, struct gpa to, uint64_t size)
{
    struct guest_image *image = build->image;
    if (image->segment_count == GUEST_MAX_SEGMENTS)
        return false;
    image->segments[image->segment_count++] = (struct guest_segment){from, to, size};
    return true;
}

bool guest_place_initrd(struct guest_build *build, uint64_t floor, uint64_t limit, struct gpa *place)
{
    const struct plan_image *initrd = &build->partition->initrd;
    uint64_t top = guest_low_ram_end(build) < limit ? guest_low_ram_end(build) : limit;
    *place = (struct gpa){0};
    if (initrd->size == 0)
        return true;
    uint64_t base = initrd->size <= top ? align_down(top - initrd->size, PAGE_SIZE) : 0;
    if (base < floor || !guest_add_segment(build, initrd->base, (struct gpa){base}, initrd->size)) {
        char where[REPORT_WHERE_MAX];
        fmt_print(where, sizeof where, "partition %s, initrd %s", build->config->name, build->config->initrd.file);
        report_add(build->report, &rule_initrd_place, where, "%llu bytes; free are 0x%llx to 0x%llx",
                   (unsigned long long)initrd->size, (unsigned long long)floor, (unsigned long long)top);
        return false;
    }
    place->v = base;
    return true;
}

static void add_range(struct guest_build *build, uint64_t base, uint64_t end, enum guest_range_type type)
{
    build->ranges[build->range_count++] = (struct guest_range){base, end - base, type};
}

/* The regions that start in [from, end), but for the first one. */
static void add_regions(struct guest_build *build, uint64_t from, uint64_t end)
{
    for (uint32_t i = 1; i < build->partition->region_count; i++) {
        const struct plan_region *region = &build->partition->regions[i];
        if (region->gpa.v >= from && region->gpa.v < end)
            add_range(build, region->gpa.v, region->gpa.v + region->size, GUEST_RANGE_RAM);
    }
}

static void fill_memory_map(struct guest_build *build)
{
    const struct plan_partition *partition = build->partition;
    build->range_count = 0;
    add_range(build, 0, GUEST_LOW_RAM_TOP, GUEST_RANGE_RAM);
    add_range(build, GUEST_BLOB_GPA, GUEST_BLOB_GPA + BLOB_ACPI, GUEST_RANGE_RESERVED);
    add_range(build, GUEST_BLOB_GPA + BLOB_ACPI, GUEST_BLOB_GPA + BLOB_ACPI_END, GUEST_RANGE_ACPI);
    add_range(build, GUEST_BLOB_GPA + BLOB_ACPI_END, GUEST_KERNEL_BASE, GUEST_RANGE_RESERVED);
    add_range(build, GUEST_KERNEL_BASE, guest_low_ram_end(build), GUEST_RANGE_RAM);
    add_regions(build, GUEST_KERNEL_BASE, PLAN_LOW_TOP);
    if (partition->tpm.present)
        add_range(build, partition->tpm.log.v, partition->tpm.log.v + partition->tpm.log_size, GUEST_RANGE_RESERVED);
    add_regions(build, PLAN_HIGH_BASE, UINT64_MAX);
}

/* Maps the first 4 GiB one to one with 2 MiB pages (boot.rst, 64-bit boot protocol). */
static void write_page_tables(uint8_t *blob)
{
    uint8_t *pml4 = blob + BLOB_PAGE_TABLES;
    uint8_t *pdpt = pml4 + PAGE_SIZE;
    uint8_t *directories = pdpt + PAGE_SIZE;
    uint64_t tables = blob_gpa(BLOB_PAGE_TABLES).v;
    store_le64(pml4, (tables + PAGE_SIZE) | PAGE_PRESENT_WRITABLE);
    for (uint64_t i = 0; i < IDENTITY_GIB; i++)
        store_le64(pdpt + 8 * i, (tables + (2 + i) * PAGE_SIZE) | PAGE_PRESENT_WRITABLE);
    for (uint64_t i = 0; i < IDENTITY_GIB * 512; i++)
        store_le64(directories + 8 * i, i * PAGE_2M | PAGE_LARGE | PAGE_PRESENT_WRITABLE);
}

static void write_fixed_parts(struct guest_build *build)
{
    uint8_t *blob = build->blob;
    write_page_tables(blob);
    for (uint32_t i = 0; i < sizeof gdt / sizeof gdt[0]; i++)
        store_le64(blob + BLOB_GDT + 8 * i, gdt[i]);
    memcpy(blob + BLOB_COMMAND_LINE, build->config->command_line, SYSTEM_COMMAND_LINE_MAX);
    blob[BLOB_COMMAND_LINE + SYSTEM_COMMAND_LINE_MAX - 1] = 0;
    memcpy(blob + BLOB_RESET_STUB, reset_stub, sizeof reset_stub);
    build->image->entry = (struct guest_entry){
        .rsp = blob_gpa(BLOB_STACK_TOP).v,
        .gdt = blob_gpa(BLOB_GDT),
        .gdt_limit = sizeof gdt - 1,
    };
}

static bool low_memory_is_usable(const struct guest_build *build)
{
    const struct plan_partition *partition = build->partition;
    if (partition->region_count > 0 && partition->regions[0].gpa.v == 0 && partition->regions[0].size >= PAGE_2M)
        return true;
    guest_refuse_kernel(build, &rule_low_memory, "%u regions, the first with 0x%llx bytes at 0x%llx",
                        partition->region_count, (unsigned long long)partition->regions[0].size,
                        (unsigned long long)partition->regions[0].gpa.v);
    return false;
}

static bool write_acpi(struct guest_build *build)
{
    uint32_t used = guest_acpi_build(build->partition, blob_gpa(BLOB_ACPI), build->blob + BLOB_ACPI,
                                     BLOB_ACPI_END - BLOB_ACPI, &build->rsdp);
    if (used == 0)
        guest_refuse_kernel(build, &rule_acpi_room, "%u cores, %u devices", build->partition->core_count,
                            build->partition->device_count);
    return used != 0;
}

static void load_kernel(struct guest_build *build)
{
    switch (build->config->kernel_format) {
    case KERNEL_LINUX:
        guest_linux_load(build);
        break;
    case KERNEL_PVH:
        guest_pvh_load(build);
        break;
    case KERNEL_FLAT:
        guest_flat_load(build);
        break;
    }
}

void guest_image_prepare(const struct system *system, const struct plan *plan, uint32_t index, const uint8_t *kernel,
                         uint8_t *blob, struct guest_image *image, struct report *report)
{
    struct guest_build build = {
        .config = &system->partitions[index],
        .partition = &plan->partitions[index],
        .kernel = kernel,
        .blob = blob,
        .image = image,
        .report = report,
    };
    uint32_t findings = report->count + report->dropped;
    *image = (struct guest_image){0};
    memset(blob, 0, GUEST_BLOB_SIZE);
    if (!low_memory_is_usable(&build))
        return;
    fill_memory_map(&build);
    write_fixed_parts(&build);
    guest_add_segment(&build, build.partition->boot_blob.base, (struct gpa){GUEST_BLOB_GPA}, GUEST_BLOB_SIZE);
    if (write_acpi(&build))
        load_kernel(&build);
    if (report->count + report->dropped != findings)
        *image = (struct guest_image){0};
}
