/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, reading and adding up one ACPI table. */
#include "core/boot/acpi_table.h"

#include "core/lib/format.h"

static const struct rule rule_table_unreadable = {
    "BOOT-404", "an ACPI table lies where no memory can be read", "a pointer into readable memory",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_table_length = {
    "BOOT-405", "an ACPI table states an impossible length", "36 bytes to 1 MiB, all of it readable memory",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_table_checksum = {
    "BOOT-406", "an ACPI table's checksum is wrong", "all bytes of the table add up to 0 (modulo 256)",
    "update the firmware; the machine's ACPI tables are damaged",
};

static bool read_physical(const struct physical_reader *memory, struct hpa at, void *out, uint32_t size)
{
    return at.v <= UINT64_MAX - size && memory->read(memory->context, at, out, size);
}

static char printable(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f ? (char)byte : '?';
}

void acpi_where(char where[REPORT_WHERE_MAX], const struct acpi_table *table, uint32_t offset)
{
    fmt_print(where, REPORT_WHERE_MAX, "ACPI %s at 0x%llx, offset %u", table->signature,
              (unsigned long long)table->base.v, offset);
}

bool acpi_table_open(const struct physical_reader *memory, struct hpa at, struct acpi_table *table,
                     struct report *report)
{
    uint8_t header[ACPI_HEADER_SIZE];
    char where[REPORT_WHERE_MAX];
    if (!read_physical(memory, at, header, sizeof header)) {
        fmt_print(where, sizeof where, "ACPI table at 0x%llx", (unsigned long long)at.v);
        report_add(report, &rule_table_unreadable, where, "its header cannot be read");
        return false;
    }
    *table = (struct acpi_table){.memory = memory, .base = at, .length = load_le32(header + 4)};
    for (unsigned i = 0; i < 4; i++)
        table->signature[i] = printable(header[i]);
    if (table->length < ACPI_HEADER_SIZE || table->length > ACPI_TABLE_MAX) {
        acpi_where(where, table, 4);
        report_add(report, &rule_table_length, where, "length %u", table->length);
        return false;
    }
    return true;
}

bool acpi_sum(const struct physical_reader *memory, struct hpa at, uint32_t length, uint8_t *sum)
{
    uint8_t piece[256];
    *sum = 0;
    for (uint32_t done = 0; done < length;) {
        uint32_t size = length - done < sizeof piece ? length - done : (uint32_t)sizeof piece;
        if (!read_physical(memory, hpa_add(at, done), piece, size))
            return false;
        for (uint32_t i = 0; i < size; i++)
            *sum = (uint8_t)(*sum + piece[i]);
        done += size;
    }
    return true;
}

bool acpi_table_sums(const struct acpi_table *table, struct report *report)
{
    char where[REPORT_WHERE_MAX];
    uint8_t sum;
    acpi_where(where, table, 0);
    if (!acpi_sum(table->memory, table->base, table->length, &sum)) {
        report_add(report, &rule_table_length, where, "length %u, but not all of it can be read", table->length);
        return false;
    }
    if (sum != 0) {
        report_add(report, &rule_table_checksum, where, "the bytes add up to 0x%02x", (unsigned)sum);
        return false;
    }
    return true;
}

bool acpi_lies_in_ram(const struct machine *machine, struct hpa base, uint64_t size)
{
    for (uint32_t i = 0; i < machine->ram_count; i++)
        if (spans_overlap(machine->ram[i].base.v, machine->ram[i].size, base.v, size))
            return true;
    return false;
}

bool acpi_table_read(const struct acpi_table *table, uint32_t offset, void *out, uint32_t size)
{
    return offset <= table->length && size <= table->length - offset &&
           read_physical(table->memory, hpa_add(table->base, offset), out, size);
}
