/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any bytes as MADT, IVRS, MCFG or TPM2 (the first byte chooses), without checksums in the way. */
#include "core/boot/acpi_table.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct span {
    const uint8_t *bytes;
    size_t size;
};

#define TABLE_BASE 0x1000u

static bool read_span(void *context, struct hpa address, void *out, uint32_t size)
{
    const struct span *span = context;
    if (address.v < TABLE_BASE || address.v - TABLE_BASE > span->size || size > span->size - (address.v - TABLE_BASE))
        return false;
    memcpy(out, span->bytes + (address.v - TABLE_BASE), size);
    return true;
}

static void check_limits(const struct machine *machine, const struct acpi_scopes *scopes)
{
    if (machine->core_count > MACHINE_MAX_CORES || machine->iommu_count > MACHINE_MAX_IOMMUS ||
        machine->ecam_count > MACHINE_MAX_ECAMS || scopes->count > ACPI_MAX_SCOPES ||
        scopes->duty_count > MACHINE_MAX_DUTIES)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct machine machine;
    static struct acpi_scopes scopes;
    static struct report report;
    if (size == 0)
        return 0;
    struct span span = {data + 1, size - 1};
    struct physical_reader reader = {read_span, &span};
    struct acpi_table table;
    memset(&machine, 0, sizeof machine);
    scopes.count = scopes.duty_count = 0;
    report_init(&report);
    if (!acpi_table_open(&reader, (struct hpa){TABLE_BASE}, &table, &report))
        return 0;
    if (data[0] % 4 == 0)
        acpi_madt_parse(&table, 0, &machine, &report);
    else if (data[0] % 4 == 1)
        acpi_ivrs_parse(&table, &machine, &scopes, &report);
    else if (data[0] % 4 == 2)
        acpi_tpm2_parse(&table, &machine, &report);
    else
        acpi_mcfg_parse(&table, &machine, &report);
    check_limits(&machine, &scopes);
    return 0;
}
