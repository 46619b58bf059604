/* SPDX-License-Identifier: Apache-2.0 */
/* MADT → cores (ACPI 6.4 5.2.12). */
#include "core/boot/acpi_table.h"

#define MADT_FIRST_RECORD 44u
#define MADT_TYPE_LOCAL_APIC 0u   /* 8 bytes: uid, 8-bit id, flags */
#define MADT_TYPE_IOAPIC 1u       /* 12 bytes: id, reserved, 32-bit address, first interrupt */
#define MADT_TYPE_LOCAL_X2APIC 9u /* 16 bytes: 32-bit id, flags, uid */
#define MADT_FLAG_ENABLED 1u      /* "online capable" (bit 1) marks an empty socket: not a core we can start */
#define MADT_NO_APIC_ID 0xffu     /* type 0 entries with this id are place holders */
#define MADT_NO_X2APIC_ID 0xffffffffu

static const struct rule rule_madt_record = {
    "BOOT-410", "a record of the MADT states an impossible length",
    "at least 2 bytes (8 for a local APIC, 16 for a local x2APIC) and inside the table",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_too_many_cores = {
    "BOOT-411", "the machine has more cores than Bulkhead can name", "at most 256 cores",
    "switch SMT off or disable cores in the firmware's set-up",
};

static const struct rule rule_boot_core_missing = {
    "BOOT-412", "the MADT does not list the core that boots", "an enabled entry with the boot core's APIC id",
    "update the firmware; the machine's ACPI tables are damaged",
};

/* Adds a core once: machines with ids above 254 list the lower ones as type 9 too. SMT siblings are not known here; the
 * boot stage fills smt_group from CPUID, until then every core stands alone. */
static bool add_core(struct machine *machine, uint32_t apic_id)
{
    for (uint32_t i = 0; i < machine->core_count; i++)
        if (machine->cores[i].apic_id == apic_id)
            return true;
    if (machine->core_count == MACHINE_MAX_CORES)
        return false;
    machine->cores[machine->core_count++] = (struct machine_core){apic_id, apic_id};
    return true;
}

/* Gives the id of an enabled core, or MADT_NO_X2APIC_ID for any other record. `record` holds 16 bytes, zeroes behind
 * its end. */
static uint32_t record_core(const uint8_t record[16])
{
    if (record[0] == MADT_TYPE_LOCAL_APIC && (load_le32(record + 4) & MADT_FLAG_ENABLED) != 0 &&
        record[3] != MADT_NO_APIC_ID)
        return record[3];
    if (record[0] == MADT_TYPE_LOCAL_X2APIC && (load_le32(record + 8) & MADT_FLAG_ENABLED) != 0)
        return load_le32(record + 4);
    return MADT_NO_X2APIC_ID;
}

/* Machines with more I/O APICs than can be kept leave the last ones as firmware set them up. */
static void add_ioapic(struct machine *machine, const uint8_t record[16])
{
    if (record[0] == MADT_TYPE_IOAPIC && machine->ioapic_count < MACHINE_MAX_IOAPICS)
        machine->ioapics[machine->ioapic_count++] = (struct hpa){load_le32(record + 4)};
}

static uint32_t shortest_record(uint8_t type)
{
    switch (type) {
    case MADT_TYPE_LOCAL_APIC:
        return 8;
    case MADT_TYPE_IOAPIC:
        return 12;
    case MADT_TYPE_LOCAL_X2APIC:
        return 16;
    default:
        return 2;
    }
}

/* Ascending ids make the choice of cores the same whatever order firmware lists them in. */
static void sort_cores(struct machine_core *cores, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct machine_core core = cores[i];
        uint32_t at = i;
        for (; at > 0 && cores[at - 1].apic_id > core.apic_id; at--)
            cores[at] = cores[at - 1];
        cores[at] = core;
    }
}

static bool boot_core_first(struct machine *machine, uint32_t boot_apic_id)
{
    for (uint32_t i = 0; i < machine->core_count; i++) {
        if (machine->cores[i].apic_id != boot_apic_id)
            continue;
        struct machine_core boot = machine->cores[i];
        machine->cores[i] = machine->cores[0];
        machine->cores[0] = boot;
        sort_cores(machine->cores + 1, machine->core_count - 1);
        return true;
    }
    return false;
}

/* Reads the record at `at`; 0 when it cannot be one, else its length. */
static uint32_t read_record(const struct acpi_table *table, uint32_t at, uint8_t record[16])
{
    memset(record, 0, 16);
    if (!acpi_table_read(table, at, record, 2))
        return 0;
    uint32_t length = record[1];
    if (length < shortest_record(record[0]) || length > table->length - at)
        return 0;
    return acpi_table_read(table, at, record, length < 16 ? length : 16) ? length : 0;
}

void acpi_madt_parse(const struct acpi_table *table, uint32_t boot_apic_id, struct machine *machine,
                     struct report *report)
{
    char where[REPORT_WHERE_MAX];
    uint8_t record[16];
    for (uint32_t at = MADT_FIRST_RECORD; at < table->length;) {
        uint32_t length = read_record(table, at, record);
        acpi_where(where, table, at);
        if (length == 0) {
            report_add(report, &rule_madt_record, where, "type %u, length %u, %u bytes left", (unsigned)record[0],
                       (unsigned)record[1], table->length - at);
            break;
        }
        add_ioapic(machine, record);
        uint32_t apic_id = record_core(record);
        if (apic_id != MADT_NO_X2APIC_ID && !add_core(machine, apic_id)) {
            report_add(report, &rule_too_many_cores, where, "another core, APIC id %u", apic_id);
            break;
        }
        at += length;
    }
    if (!boot_core_first(machine, boot_apic_id)) {
        acpi_where(where, table, 0);
        report_add(report, &rule_boot_core_missing, where, "%u cores, none with APIC id %u", machine->core_count,
                   boot_apic_id);
    }
}
