/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the IVRS parser share: a block of the table, and the IVHD device entries. */
#ifndef CORE_BOOT_ACPI_IVRS_H
#define CORE_BOOT_ACPI_IVRS_H

#include "core/boot/acpi_table.h"

/* One IVHD or IVMD block: [offset, offset + length) of the table, already known to lie inside it. */
struct ivrs_block {
    uint32_t offset;
    uint32_t length;
    uint8_t type;
};

/* Reads the device entries that stand in [from, to) of the table, for IOMMU number `iommu` of `segment`. */
void acpi_ivhd_entries_parse(const struct acpi_table *table, uint32_t from, uint32_t to, uint8_t iommu,
                             uint16_t segment, struct acpi_scopes *scopes, struct report *report);

#endif
