/* SPDX-License-Identifier: Apache-2.0 */
/* RSDP → XSDT or RSDT → the tables that describe cores, IOMMUs, configuration space and TPM (ACPI 6.4 ch. 5). */
#include "core/boot/acpi_table.h"
#include "core/lib/format.h"

#define RSDP_V1_SIZE 20u
#define RSDP_V2_SIZE 36u
#define RSDP_MAX_SIZE 4096u

static const struct rule rule_rsdp_absent = {
    "BOOT-401", "there is no ACPI root pointer", "\"RSD PTR \" at the address that firmware or boot loader names",
    "boot through UEFI, or a Multiboot2 loader that passes the ACPI root pointer",
};

static const struct rule rule_rsdp_checksum = {
    "BOOT-402", "the ACPI root pointer's checksum is wrong",
    "its first 20 bytes, and from revision 2 all bytes (36 to 4096), add up to 0 (modulo 256)",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_root_table = {
    "BOOT-403", "the ACPI root pointer does not lead to a root table", "an XSDT, or an RSDT when there is none",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_madt_missing = {
    "BOOT-407", "there is no MADT, so the machine's cores are unknown", "one table with the signature APIC",
    "switch ACPI on in the firmware's set-up, or update the firmware",
};

static const struct rule rule_dmar_only = {
    "BOOT-408", "the machine's IOMMU is Intel VT-d", "an IVRS table, which describes AMD-Vi",
    "this release drives AMD-Vi only; use an AMD server",
};

/* The first table of each kind counts; firmware that carries a second one means it as a variant. */
struct tables_found {
    bool madt, ivrs, mcfg, tpm2, dmar;
};

struct discovery {
    uint32_t boot_apic_id;
    struct machine *machine;
    struct acpi_scopes *scopes;
    struct report *report;
    struct tables_found found;
};

struct root {
    struct hpa table;
    uint32_t pointer_size; /* 8 in an XSDT, 4 in an RSDT */
};

static bool rsdp_sums(const struct physical_reader *memory, struct hpa at, const uint8_t *rsdp)
{
    uint8_t sum;
    if (!acpi_sum(memory, at, RSDP_V1_SIZE, &sum) || sum != 0)
        return false;
    if (rsdp[15] < 2)
        return true;
    uint32_t length = load_le32(rsdp + 20);
    return length >= RSDP_V2_SIZE && length <= RSDP_MAX_SIZE && acpi_sum(memory, at, length, &sum) && sum == 0;
}

/* Reads the root pointer (ACPI 6.4 5.2.5.3): revision 0 ends before the XSDT's address. */
static bool read_rsdp(const struct physical_reader *memory, struct hpa at, struct root *root, struct report *report)
{
    uint8_t rsdp[RSDP_V2_SIZE] = {0};
    char where[REPORT_WHERE_MAX];
    fmt_print(where, sizeof where, "ACPI root pointer at 0x%llx", (unsigned long long)at.v);
    if (at.v == 0 || at.v > UINT64_MAX - RSDP_MAX_SIZE || !memory->read(memory->context, at, rsdp, RSDP_V1_SIZE) ||
        memcmp(rsdp, "RSD PTR ", 8) != 0) {
        report_add(report, &rule_rsdp_absent, where, "no signature there");
        return false;
    }
    bool whole = rsdp[15] < 2 || memory->read(memory->context, at, rsdp, RSDP_V2_SIZE);
    if (!whole || !rsdp_sums(memory, at, rsdp)) {
        report_add(report, &rule_rsdp_checksum, where, "revision %u, length %u", (unsigned)rsdp[15],
                   load_le32(rsdp + 20));
        return false;
    }
    uint64_t xsdt = load_le64(rsdp + 24); /* stays 0 below revision 2 */
    root->pointer_size = xsdt != 0 ? 8 : 4;
    root->table.v = xsdt != 0 ? xsdt : load_le32(rsdp + 16);
    return true;
}

static bool open_root(const struct physical_reader *memory, const struct root *root, struct acpi_table *table,
                      struct report *report)
{
    const char *signature = root->pointer_size == 8 ? "XSDT" : "RSDT";
    if (!acpi_table_open(memory, root->table, table, report))
        return false;
    if (memcmp(table->signature, signature, 4) != 0) {
        char where[REPORT_WHERE_MAX];
        acpi_where(where, table, 0);
        report_add(report, &rule_root_table, where, "signature \"%s\", not %s", table->signature, signature);
        return false;
    }
    return acpi_table_sums(table, report);
}

static bool take_first(bool *found)
{
    bool first = !*found;
    *found = true;
    return first;
}

static void parse_table(struct discovery *discovery, const struct acpi_table *table)
{
    struct tables_found *found = &discovery->found;
    struct report *report = discovery->report;
    if (memcmp(table->signature, "APIC", 4) == 0 && take_first(&found->madt) && acpi_table_sums(table, report))
        acpi_madt_parse(table, discovery->boot_apic_id, discovery->machine, report);
    else if (memcmp(table->signature, "IVRS", 4) == 0 && take_first(&found->ivrs) && acpi_table_sums(table, report))
        acpi_ivrs_parse(table, discovery->machine, discovery->scopes, report);
    else if (memcmp(table->signature, "MCFG", 4) == 0 && take_first(&found->mcfg) && acpi_table_sums(table, report))
        acpi_mcfg_parse(table, discovery->machine, report);
    else if (memcmp(table->signature, "TPM2", 4) == 0 && take_first(&found->tpm2) && acpi_table_sums(table, report))
        acpi_tpm2_parse(table, discovery->machine, report);
    else if (memcmp(table->signature, "DMAR", 4) == 0)
        found->dmar = true;
}

/* Empty slots in the root table are common on real machines and mean nothing. */
static void parse_entries(struct discovery *discovery, const struct acpi_table *root, uint32_t pointer_size)
{
    for (uint32_t at = ACPI_HEADER_SIZE; root->length - at >= pointer_size; at += pointer_size) {
        uint8_t pointer[8] = {0};
        struct acpi_table table;
        if (!acpi_table_read(root, at, pointer, pointer_size))
            return;
        struct hpa address = {load_le64(pointer)};
        if (address.v != 0 && acpi_table_open(root->memory, address, &table, discovery->report))
            parse_table(discovery, &table);
    }
}

static void check_found(const struct discovery *discovery, const struct acpi_table *root)
{
    char where[REPORT_WHERE_MAX];
    acpi_where(where, root, 0);
    if (!discovery->found.madt)
        report_add(discovery->report, &rule_madt_missing, where, "no entry leads to an APIC table");
    if (discovery->found.dmar && !discovery->found.ivrs)
        report_add(discovery->report, &rule_dmar_only, where, "a DMAR table and no IVRS table");
}

void acpi_discover(const struct physical_reader *memory, struct hpa rsdp, uint32_t boot_apic_id,
                   struct machine *machine, struct acpi_scopes *scopes, struct report *report)
{
    struct discovery discovery = {boot_apic_id, machine, scopes, report, {0}};
    struct acpi_table root_table;
    struct root root;
    machine->core_count = 0;
    machine->iommu_count = 0;
    machine->ecam_count = 0;
    machine->duty_count = 0;
    machine->tpm = (struct machine_tpm){.kind = TPM_NONE};
    scopes->count = 0;
    scopes->duty_count = 0;
    if (!read_rsdp(memory, rsdp, &root, report) || !open_root(memory, &root, &root_table, report))
        return;
    parse_entries(&discovery, &root_table, root.pointer_size);
    check_found(&discovery, &root_table);
}
