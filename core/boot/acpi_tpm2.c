/* SPDX-License-Identifier: Apache-2.0 */
/* TPM2 → how the TPM is reached (TCG ACPI Specification 1.4, 8.3 and 8.4). */
#include "core/boot/acpi_table.h"

#define TPM2_START_METHOD 48u
#define TPM2_MINIMUM 52u
#define START_METHOD_FIFO 6u
/* Where the FIFO's registers are on every PC (PTP 1.05, 6.3.2); the table's address is that of a command buffer. */
#define FIFO_BASE 0xfed40000ull

static const struct rule rule_tpm2_length = {
    "BOOT-435", "the TPM2 table ends before it says how the TPM is reached", "at least 52 bytes",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_tpm2_in_ram = {
    "BOOT-436", "the memory map has RAM where the TPM's registers are", "no RAM from 0xfed40000 to 0xfed44fff",
    "update the firmware; its memory map is wrong",
};

void acpi_tpm2_parse(const struct acpi_table *table, struct machine *machine, struct report *report)
{
    uint8_t word[4];
    char where[REPORT_WHERE_MAX];
    acpi_where(where, table, TPM2_START_METHOD);
    if (table->length < TPM2_MINIMUM || !acpi_table_read(table, TPM2_START_METHOD, word, sizeof word)) {
        report_add(report, &rule_tpm2_length, where, "%u bytes", table->length);
        return;
    }
    machine->tpm.start_method = load_le32(word);
    machine->tpm.kind = machine->tpm.start_method == START_METHOD_FIFO ? TPM_TIS : TPM_OTHER;
    if (machine->tpm.kind != TPM_TIS)
        return;
    machine->tpm.base.v = FIFO_BASE;
    if (acpi_lies_in_ram(machine, machine->tpm.base, TPM_LOCALITIES * PAGE_SIZE))
        report_add(report, &rule_tpm2_in_ram, where, "start method %u", machine->tpm.start_method);
}
