/* SPDX-License-Identifier: Apache-2.0 */
/* MCFG → where PCI configuration space is mapped (PCI firmware specification 3.2, 4.1.2). */
#include "core/boot/acpi_table.h"

#define MCFG_FIRST_ENTRY 44u
#define MCFG_ENTRY_SIZE 16u
#define ECAM_BUS_SIZE 0x100000ull

static const struct rule rule_mcfg_length = {
    "BOOT-430", "the MCFG ends in the middle of an entry", "a 44-byte head and 16 bytes an entry",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_mcfg_entry = {
    "BOOT-431", "an MCFG entry makes no sense",
    "a base that is a multiple of 1 MiB and not 0, below the top of memory, and first bus <= last bus",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_mcfg_overlap = {
    "BOOT-432", "two MCFG entries claim the same bus", "one entry for a bus of a segment",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_too_many_ecams = {
    "BOOT-433", "the machine has more PCI segments than Bulkhead can name", "at most 8 MCFG entries",
    "report this machine; the limit is MACHINE_MAX_ECAMS",
};

static const struct rule rule_mcfg_in_ram = {
    "BOOT-434", "an MCFG entry puts PCI configuration space into RAM", "addresses that the memory map does not call RAM",
    "update the firmware; the machine's ACPI tables are damaged",
};

static struct machine_ecam decode_entry(const uint8_t entry[MCFG_ENTRY_SIZE])
{
    return (struct machine_ecam){
        .base = {load_le64(entry)},
        .segment = load_le16(entry + 8),
        .first_bus = entry[10],
        .last_bus = entry[11],
    };
}

static bool entry_makes_sense(const struct machine_ecam *ecam)
{
    return ecam->base.v != 0 && is_aligned(ecam->base.v, ECAM_BUS_SIZE) && ecam->first_bus <= ecam->last_bus &&
           ecam->base.v <= UINT64_MAX - 256 * ECAM_BUS_SIZE;
}

static bool in_ram(const struct machine *machine, const struct machine_ecam *ecam)
{
    struct hpa first = hpa_add(ecam->base, ecam->first_bus * ECAM_BUS_SIZE);
    return acpi_lies_in_ram(machine, first, (ecam->last_bus - ecam->first_bus + 1u) * ECAM_BUS_SIZE);
}

static bool overlaps_another(const struct machine *machine, const struct machine_ecam *ecam)
{
    for (uint32_t i = 0; i < machine->ecam_count; i++) {
        const struct machine_ecam *other = &machine->ecams[i];
        if (other->segment == ecam->segment && ecam->first_bus <= other->last_bus && other->first_bus <= ecam->last_bus)
            return true;
    }
    return false;
}

static void add_entry(const struct machine_ecam *ecam, struct machine *machine, const char *where,
                      struct report *report)
{
    if (!entry_makes_sense(ecam))
        report_add(report, &rule_mcfg_entry, where, "base 0x%llx, buses %u to %u", (unsigned long long)ecam->base.v,
                   (unsigned)ecam->first_bus, (unsigned)ecam->last_bus);
    else if (overlaps_another(machine, ecam))
        report_add(report, &rule_mcfg_overlap, where, "segment %u, buses %u to %u", (unsigned)ecam->segment,
                   (unsigned)ecam->first_bus, (unsigned)ecam->last_bus);
    else if (in_ram(machine, ecam))
        report_add(report, &rule_mcfg_in_ram, where, "base 0x%llx, buses %u to %u", (unsigned long long)ecam->base.v,
                   (unsigned)ecam->first_bus, (unsigned)ecam->last_bus);
    else if (machine->ecam_count == MACHINE_MAX_ECAMS)
        report_add(report, &rule_too_many_ecams, where, "another entry, segment %u", (unsigned)ecam->segment);
    else
        machine->ecams[machine->ecam_count++] = *ecam;
}

void acpi_mcfg_parse(const struct acpi_table *table, struct machine *machine, struct report *report)
{
    char where[REPORT_WHERE_MAX];
    for (uint32_t at = MCFG_FIRST_ENTRY; at < table->length; at += MCFG_ENTRY_SIZE) {
        uint8_t entry[MCFG_ENTRY_SIZE];
        acpi_where(where, table, at);
        if (!acpi_table_read(table, at, entry, sizeof entry)) {
            report_add(report, &rule_mcfg_length, where, "%u bytes left", table->length - at);
            return;
        }
        struct machine_ecam ecam = decode_entry(entry);
        add_entry(&ecam, machine, where, report);
    }
}
