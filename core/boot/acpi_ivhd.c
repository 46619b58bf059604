/* SPDX-License-Identifier: Apache-2.0 */
/* IVHD device entries → which requester ids an IOMMU translates, and under which id it sees them (48882, 5.2.2.2). */
#include "core/boot/acpi_ivrs.h"

enum ivhd_entry_type {
    IVHD_ALL = 1,
    IVHD_SELECT = 2,
    IVHD_RANGE_START = 3,
    IVHD_RANGE_END = 4,
    IVHD_ALIAS_SELECT = 0x42,
    IVHD_ALIAS_RANGE_START = 0x43,
    IVHD_EXTENDED_SELECT = 0x46,
    IVHD_EXTENDED_RANGE_START = 0x47,
    IVHD_SPECIAL = 0x48, /* IOAPIC or HPET: the id it puts on its requests stands at offset 5 */
    IVHD_ACPI_DEVICE = 0xf0,
};

#define IVHD_ACPI_DEVICE_HEAD 22u /* followed by a unique id of (byte 21) bytes */
#define IVHD_ENTRY_HEAD 8u        /* all that is read of any entry but the length of an ACPI device */
#define REQUESTER_ID_MAX 0xffffu

static const struct rule rule_entry_length = {
    "BOOT-421", "an IVHD device entry has an unknown type or an impossible length",
    "types below 80h or F0h, inside their block", "report this machine; the IOMMU's devices cannot be told",
};

static const struct rule rule_entry_range = {
    "BOOT-422", "an IVHD device range is not a range", "a start, then an end with the same or a higher id",
    "update the firmware; the machine's ACPI tables are damaged",
};

static const struct rule rule_too_many_scopes = {
    "BOOT-424", "the IVRS has more device entries than Bulkhead can keep", "at most 512",
    "report this machine; the limit is ACPI_MAX_SCOPES",
};

struct entries {
    const struct acpi_table *table;
    uint32_t at, end;
    struct acpi_scope range; /* what a range start said, until its end comes */
    bool in_range;
    struct acpi_scopes *scopes;
    struct report *report;
};

/* Length of the entry at `at`, 0 when nobody can tell. Types 0-63 have 4 bytes, 64-127 have 8 (5.2.2.1). */
static uint32_t entry_length(const struct entries *entries, uint8_t type)
{
    uint8_t unique_id_length;
    if (type < 0x80)
        return type < 0x40 ? 4 : 8;
    if (type != IVHD_ACPI_DEVICE || entries->end - entries->at < IVHD_ACPI_DEVICE_HEAD ||
        !acpi_table_read(entries->table, entries->at + IVHD_ACPI_DEVICE_HEAD - 1, &unique_id_length, 1))
        return 0;
    return IVHD_ACPI_DEVICE_HEAD + unique_id_length;
}

static void refuse(struct entries *entries, const struct rule *rule, const uint8_t entry[IVHD_ENTRY_HEAD])
{
    char where[REPORT_WHERE_MAX];
    acpi_where(where, entries->table, entries->at);
    report_add(entries->report, rule, where, "type 0x%02x, device 0x%04x, %u bytes left in the block",
               (unsigned)entry[0], (unsigned)load_le16(entry + 1), entries->end - entries->at);
}

static void add_scope(struct entries *entries, const uint8_t entry[IVHD_ENTRY_HEAD], struct acpi_scope scope)
{
    if (scope.first_id > scope.last_id)
        refuse(entries, &rule_entry_range, entry);
    else if (entries->scopes->count == ACPI_MAX_SCOPES)
        refuse(entries, &rule_too_many_scopes, entry);
    else
        entries->scopes->scopes[entries->scopes->count++] = scope;
}

static void start_range(struct entries *entries, const uint8_t entry[IVHD_ENTRY_HEAD], struct acpi_scope scope)
{
    if (entries->in_range)
        refuse(entries, &rule_entry_range, entry);
    entries->in_range = true;
    entries->range = scope;
}

static void end_range(struct entries *entries, const uint8_t entry[IVHD_ENTRY_HEAD], uint16_t last_id)
{
    if (!entries->in_range) {
        refuse(entries, &rule_entry_range, entry);
        return;
    }
    entries->in_range = false;
    entries->range.last_id = last_id;
    add_scope(entries, entry, entries->range);
}

static void take_entry(struct entries *entries, const uint8_t entry[IVHD_ENTRY_HEAD], struct acpi_scope scope)
{
    uint16_t id = load_le16(entry + 1);
    uint16_t source = load_le16(entry + 5);
    scope.first_id = scope.last_id = id;
    switch (entry[0]) {
    case IVHD_ALL:
        scope.first_id = 0;
        scope.last_id = REQUESTER_ID_MAX;
        add_scope(entries, entry, scope);
        break;
    case IVHD_SELECT:
    case IVHD_EXTENDED_SELECT:
    case IVHD_ACPI_DEVICE:
        add_scope(entries, entry, scope);
        break;
    case IVHD_RANGE_START:
    case IVHD_EXTENDED_RANGE_START:
        start_range(entries, entry, scope);
        break;
    case IVHD_RANGE_END:
        end_range(entries, entry, id);
        break;
    case IVHD_ALIAS_SELECT:
        scope.has_alias = true;
        scope.alias = source;
        add_scope(entries, entry, scope);
        break;
    case IVHD_ALIAS_RANGE_START:
        scope.has_alias = true;
        scope.alias = source;
        start_range(entries, entry, scope);
        break;
    case IVHD_SPECIAL:
        scope.first_id = scope.last_id = source;
        add_scope(entries, entry, scope);
        break;
    default: /* padding and reserved types */
        break;
    }
}

void acpi_ivhd_entries_parse(const struct acpi_table *table, uint32_t from, uint32_t to, uint8_t iommu,
                             uint16_t segment, struct acpi_scopes *scopes, struct report *report)
{
    struct entries entries = {.table = table, .at = from, .end = to, .scopes = scopes, .report = report};
    struct acpi_scope plain = {.iommu = iommu, .segment = segment};
    uint8_t entry[IVHD_ENTRY_HEAD] = {0};
    while (entries.at < entries.end) {
        memset(entry, 0, sizeof entry);
        uint32_t left = entries.end - entries.at;
        uint32_t length = acpi_table_read(table, entries.at, entry, 1) ? entry_length(&entries, entry[0]) : 0;
        uint32_t head = length < IVHD_ENTRY_HEAD ? length : IVHD_ENTRY_HEAD;
        if (length == 0 || length > left || !acpi_table_read(table, entries.at, entry, head)) {
            refuse(&entries, &rule_entry_length, entry);
            return;
        }
        take_entry(&entries, entry, plain);
        entries.at += length;
    }
    if (entries.in_range)
        refuse(&entries, &rule_entry_range, entry);
}
