/* SPDX-License-Identifier: Apache-2.0 */
/* IVRS → AMD IOMMUs and memory duties (AMD I/O Virtualization Technology specification 48882, ch. 5.2). */
#include "core/boot/acpi_ivrs.h"

#define IVRS_FIRST_BLOCK 48u
#define IVRS_BLOCK_MIN 24u
#define IVMD_SIZE 32u

enum ivrs_block_type {
    IVHD_BASIC = 0x10,    /* 24-byte head */
    IVHD_EXTENDED = 0x11, /* 40-byte head with the extended feature register */
    IVHD_ACPI_HID = 0x40, /* as 0x11, and its device entries may name ACPI devices */
    IVMD_ALL = 0x20,
    IVMD_ONE = 0x21,
    IVMD_RANGE = 0x22,
};

#define IVHD_EXTENDED_HEAD 40u
#define IVHD_EFR_OFFSET 24u
#define IVHD_EFR_PC_SUP (1ull << 9) /* performance counters: the registers take 512 KiB, else 16 KiB (3.4) */
#define IVHD_ATTR_PN_COUNTERS 0x0001e000u /* type 10h says it here: bits 16:13 counters, 22:17 banks */
#define IVHD_ATTR_PN_BANKS 0x007e0000u
#define IOMMU_SIZE_SMALL 0x4000u
#define IOMMU_SIZE_LARGE 0x80000u

#define IVMD_FLAGS_DMA 0x0fu /* unity, read, write, exclusion: each means that the device may go on using the range */

static const struct rule rule_ivrs_block = {
    "BOOT-420", "a block of the IVRS states an impossible length",
    "24 bytes or more (40 for IVHD 11h and 40h, 32 for IVMD), inside the table",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_too_many_iommus = {
    "BOOT-423", "the machine has more IOMMUs than Bulkhead can name", "at most 8",
    "report this machine; the limit is MACHINE_MAX_IOMMUS",
};

static const struct rule rule_iommu_base = {
    "BOOT-426", "an IOMMU has no usable register address", "a multiple of 16 KiB, not 0, below the top of memory",
    "switch the IOMMU on in the firmware's set-up, or update the firmware",
};

static const struct rule rule_iommu_in_ram = {
    "BOOT-428", "an IOMMU's registers would lie in RAM", "addresses that the memory map does not call RAM",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_duty_range = {
    "BOOT-427", "a memory duty (IVMD) makes no sense", "a length above 0, no wrap, and first device <= last device",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_too_many_duties = {
    "BOOT-425", "the machine has more memory duties (IVMD) than Bulkhead can name", "at most 32",
    "report this machine; the limit is MACHINE_MAX_DUTIES",
};

/* The best block seen for each IOMMU: firmware repeats an IOMMU as 10h, 11h and 40h, the higher type saying more. */
struct best_blocks {
    struct ivrs_block block[MACHINE_MAX_IOMMUS];
};

static bool is_ivhd(uint8_t type)
{
    return type == IVHD_BASIC || type == IVHD_EXTENDED || type == IVHD_ACPI_HID;
}

static bool is_ivmd(uint8_t type)
{
    return type == IVMD_ALL || type == IVMD_ONE || type == IVMD_RANGE;
}

static uint32_t shortest_block(uint8_t type)
{
    return type == IVHD_EXTENDED || type == IVHD_ACPI_HID ? IVHD_EXTENDED_HEAD
           : is_ivmd(type)                                ? IVMD_SIZE
           : is_ivhd(type)                                ? IVRS_BLOCK_MIN
                                                          : 4;
}

static bool next_block(const struct acpi_table *table, uint32_t at, struct ivrs_block *block, struct report *report)
{
    uint8_t head[4] = {0};
    bool readable = acpi_table_read(table, at, head, sizeof head);
    *block = (struct ivrs_block){at, load_le16(head + 2), head[0]};
    if (readable && block->length >= shortest_block(block->type) && block->length <= table->length - at)
        return true;
    char where[REPORT_WHERE_MAX];
    acpi_where(where, table, at);
    report_add(report, &rule_ivrs_block, where, "type 0x%02x, length %u, %u bytes left", (unsigned)block->type,
               block->length, table->length - at);
    return false;
}

static uint32_t register_size(const uint8_t head[IVHD_EXTENDED_HEAD], uint8_t type)
{
    uint32_t attributes = load_le32(head + 20);
    bool counters = type == IVHD_BASIC
                        ? (attributes & IVHD_ATTR_PN_COUNTERS) != 0 && (attributes & IVHD_ATTR_PN_BANKS) != 0
                        : (load_le64(head + IVHD_EFR_OFFSET) & IVHD_EFR_PC_SUP) != 0;
    return counters ? IOMMU_SIZE_LARGE : IOMMU_SIZE_SMALL;
}

static struct machine_iommu decode_ivhd(const uint8_t head[IVHD_EXTENDED_HEAD], uint8_t type)
{
    uint16_t id = load_le16(head + 4);
    uint16_t segment = load_le16(head + 16);
    return (struct machine_iommu){
        .kind = IOMMU_AMDVI,
        .base = {load_le64(head + 8)},
        .size = register_size(head, type),
        .function = {segment, (uint8_t)(id >> 8), (uint8_t)id},
        .segment = segment,
    };
}

static uint32_t find_iommu(const struct machine *machine, struct pci_address function)
{
    uint32_t i = 0;
    while (i < machine->iommu_count && !pci_address_equal(machine->iommus[i].function, function))
        i++;
    return i;
}

static bool base_is_usable(const struct machine_iommu *iommu, const struct machine *machine, const char *where,
                           struct report *report)
{
    if (iommu->base.v == 0 || !is_aligned(iommu->base.v, IOMMU_SIZE_SMALL) ||
        iommu->base.v > UINT64_MAX - iommu->size) {
        report_add(report, &rule_iommu_base, where, "base 0x%llx", (unsigned long long)iommu->base.v);
        return false;
    }
    if (acpi_lies_in_ram(machine, iommu->base, iommu->size)) {
        report_add(report, &rule_iommu_in_ram, where, "base 0x%llx", (unsigned long long)iommu->base.v);
        return false;
    }
    return true;
}

static void take_ivhd(const struct acpi_table *table, const struct ivrs_block *block, struct machine *machine,
                      struct best_blocks *best, struct report *report)
{
    uint8_t head[IVHD_EXTENDED_HEAD] = {0};
    char where[REPORT_WHERE_MAX];
    acpi_where(where, table, block->offset);
    if (!acpi_table_read(table, block->offset, head, shortest_block(block->type)))
        return;
    struct machine_iommu iommu = decode_ivhd(head, block->type);
    uint32_t index = find_iommu(machine, iommu.function);
    if (!base_is_usable(&iommu, machine, where, report))
        return;
    if (index == MACHINE_MAX_IOMMUS) {
        report_add(report, &rule_too_many_iommus, where, "another IOMMU");
        return;
    }
    if (index == machine->iommu_count)
        machine->iommu_count++;
    else if (block->type <= best->block[index].type)
        return;
    machine->iommus[index] = iommu;
    best->block[index] = *block;
}

static struct acpi_duty decode_ivmd(const uint8_t ivmd[IVMD_SIZE], uint8_t type)
{
    uint16_t first = load_le16(ivmd + 4);
    return (struct acpi_duty){
        .range = {{load_le64(ivmd + 16)}, load_le64(ivmd + 24)},
        .segment = load_le16(ivmd + 8),
        .first_id = first,
        .last_id = type == IVMD_RANGE ? load_le16(ivmd + 6) : first,
        .all_functions = type == IVMD_ALL,
    };
}

static void take_ivmd(const struct acpi_table *table, const struct ivrs_block *block, struct acpi_scopes *scopes,
                      struct report *report)
{
    uint8_t ivmd[IVMD_SIZE];
    char where[REPORT_WHERE_MAX];
    acpi_where(where, table, block->offset);
    if (!acpi_table_read(table, block->offset, ivmd, sizeof ivmd) || (ivmd[1] & IVMD_FLAGS_DMA) == 0)
        return;
    struct acpi_duty duty = decode_ivmd(ivmd, block->type);
    if (duty.range.size == 0 || duty.range.base.v > UINT64_MAX - duty.range.size || duty.first_id > duty.last_id)
        report_add(report, &rule_duty_range, where, "start 0x%llx, length 0x%llx, devices 0x%04x to 0x%04x",
                   (unsigned long long)duty.range.base.v, (unsigned long long)duty.range.size,
                   (unsigned)duty.first_id, (unsigned)duty.last_id);
    else if (scopes->duty_count == MACHINE_MAX_DUTIES)
        report_add(report, &rule_too_many_duties, where, "another duty");
    else
        scopes->duties[scopes->duty_count++] = duty;
}

/* Two passes over the IOMMUs: first find each one's best block, then read that block's device entries. */
void acpi_ivrs_parse(const struct acpi_table *table, struct machine *machine, struct acpi_scopes *scopes,
                     struct report *report)
{
    struct best_blocks best = {0};
    struct ivrs_block block;
    for (uint32_t at = IVRS_FIRST_BLOCK; at < table->length; at += block.length) {
        if (!next_block(table, at, &block, report))
            break;
        if (is_ivhd(block.type))
            take_ivhd(table, &block, machine, &best, report);
        else if (is_ivmd(block.type))
            take_ivmd(table, &block, scopes, report);
    }
    for (uint32_t i = 0; i < machine->iommu_count; i++)
        acpi_ivhd_entries_parse(table, best.block[i].offset + shortest_block(best.block[i].type),
                                best.block[i].offset + best.block[i].length, (uint8_t)i,
                                machine->iommus[i].segment, scopes, report);
}
