/* SPDX-License-Identifier: Apache-2.0 */
/* One ACPI table in physical memory, read piece by piece and never beyond its stated length. Shared by the acpi*.c
 * files. */
#ifndef CORE_BOOT_ACPI_TABLE_H
#define CORE_BOOT_ACPI_TABLE_H

#include "core/boot/discover.h"
#include "core/lib/cursor.h"

#define ACPI_HEADER_SIZE 36u      /* ACPI 6.4 table 5.4 */
#define ACPI_TABLE_MAX (1u << 20) /* no table that is read here comes near; bounds the work on a lying length */

struct acpi_table {
    const struct physical_reader *memory;
    struct hpa base;
    uint32_t length; /* ACPI_HEADER_SIZE..ACPI_TABLE_MAX */
    char signature[5];
};

/* Reads the header at `at` and checks that the stated length is possible. The checksum is left to acpi_table_sums(),
 * so that a fuzzer need not get it right. */
bool acpi_table_open(const struct physical_reader *memory, struct hpa at, struct acpi_table *table,
                     struct report *report);

/* True when all bytes of the table can be read and add up to 0. */
bool acpi_table_sums(const struct acpi_table *table, struct report *report);

/* Copies bytes [offset, offset + size) of the table; false when they are not all inside it or not readable. */
bool acpi_table_read(const struct acpi_table *table, uint32_t offset, void *out, uint32_t size);

/* Adds up `length` bytes of physical memory modulo 256; false when they are not all readable. */
bool acpi_sum(const struct physical_reader *memory, struct hpa at, uint32_t length, uint8_t *sum);

/* True when registers at [base, base + size) would lie in RAM: a table that says so is wrong, and writing there is
 * worse. The span must not wrap. */
bool acpi_lies_in_ram(const struct machine *machine, struct hpa base, uint64_t size);

/* Names a place for a finding: "ACPI MADT at 0x7ffe23fd, offset 44". */
void acpi_where(char where[REPORT_WHERE_MAX], const struct acpi_table *table, uint32_t offset);

/* The parsers of the single tables. Each takes an opened table, whatever its checksum, and may add findings. */
void acpi_madt_parse(const struct acpi_table *table, uint32_t boot_apic_id, struct machine *machine,
                     struct report *report);
void acpi_ivrs_parse(const struct acpi_table *table, struct machine *machine, struct acpi_scopes *scopes,
                     struct report *report);
void acpi_mcfg_parse(const struct acpi_table *table, struct machine *machine, struct report *report);
void acpi_tpm2_parse(const struct acpi_table *table, struct machine *machine, struct report *report);

#endif
