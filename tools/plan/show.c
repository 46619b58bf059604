/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as tables for a person. */
#include "tools/plan/show.h"

#include "tools/common/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 256
#define ROWS_MAX (SYSTEM_MAX_PARTITIONS * (PLAN_MAX_REGIONS + SYSTEM_MAX_DEVICES * (PLAN_MAX_WINDOWS + 1)) + 6)

/* "0-3, 8" from ascending numbers. */
static void cores_text(const struct plan_partition *partition, char text[TEXT_MAX])
{
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t c = 0; c < partition->core_count && used < TEXT_MAX - 1;) {
        uint32_t last = c;
        while (last + 1 < partition->core_count && partition->apic_ids[last + 1] == partition->apic_ids[last] + 1)
            last++;
        used += (size_t)snprintf(text + used, TEXT_MAX - used, last > c ? "%s%u-%u" : "%s%u", c == 0 ? "" : ", ",
                                 partition->apic_ids[c], partition->apic_ids[last]);
        c = last + 1;
    }
}

static void devices_text(const struct plan_partition *partition, char text[TEXT_MAX])
{
    size_t used = 0;
    snprintf(text, TEXT_MAX, "none");
    for (uint32_t d = 0; d < partition->device_count && used < TEXT_MAX - 1; d++)
        used += (size_t)snprintf(text + used, TEXT_MAX - used, "%s%s " PCI_ADDRESS_FORMAT, d == 0 ? "" : ", ",
                                 partition->devices[d].name, PCI_ADDRESS_ARGS(partition->devices[d].host));
}

static uint64_t memory_of(const struct plan_partition *partition)
{
    uint64_t bytes = 0;
    for (uint32_t r = 0; r < partition->region_count; r++)
        bytes += partition->regions[r].size;
    return bytes;
}

static void show_partitions(const struct plan *plan)
{
    struct print_colours colour = print_colours(stdout);
    printf("%s%-15s  %-12s  %11s  %s%s\n", colour.strong, "partition", "cores", "memory", "devices", colour.end);
    for (uint32_t p = 0; p < plan->partition_count; p++) {
        const struct plan_partition *partition = &plan->partitions[p];
        char cores[TEXT_MAX], devices[TEXT_MAX];
        cores_text(partition, cores);
        devices_text(partition, devices);
        printf("%-15s  %-12s  %7llu MiB  %s\n", partition->name, cores,
               (unsigned long long)(memory_of(partition) >> 20), devices);
    }
}

static void show_parked(const struct machine *machine, const struct plan *plan)
{
    struct plan_partition parked = {.core_count = 0}; /* borrows the way cores are written */
    char cores[TEXT_MAX];
    for (uint32_t id = 0; id <= PLAN_CORE_ID_MAX; id++) {
        bool there = false;
        for (uint32_t c = 0; c < machine->core_count; c++)
            there |= machine->cores[c].apic_id == id;
        for (uint32_t p = 0; p < plan->partition_count; p++)
            for (uint32_t c = 0; c < plan->partitions[p].core_count; c++)
                there &= plan->partitions[p].apic_ids[c] != id;
        if (there && parked.core_count < SYSTEM_MAX_CORES)
            parked.apic_ids[parked.core_count++] = id;
    }
    cores_text(&parked, cores);
    if (parked.core_count > 0)
        printf("%-15s  %-12s\n", "(parked)", cores);
}

struct row {
    struct hpa_range range;
    const char *owner, *what;
    bool has_guest;
    struct gpa guest;
};

struct rows {
    uint32_t count;
    struct row rows[ROWS_MAX];
};

static void add_row(struct rows *rows, struct row row)
{
    if (row.range.size > 0 && rows->count < ROWS_MAX)
        rows->rows[rows->count++] = row;
}

static int by_address(const void *a, const void *b)
{
    const struct row *one = a;
    const struct row *two = b;
    return (one->range.base.v > two->range.base.v) - (one->range.base.v < two->range.base.v);
}

static void collect_rows(const struct plan *plan, struct rows *rows)
{
    add_row(rows, (struct row){plan->monitor, "Bulkhead", "monitor", false, {0}});
    add_row(rows, (struct row){plan->tables, "Bulkhead", "tables", false, {0}});
    add_row(rows, (struct row){plan->sealed, "Bulkhead", "sealed images", false, {0}});
    add_row(rows, (struct row){plan->log, "Bulkhead", "log", false, {0}});
    add_row(rows, (struct row){plan->event_log, "Bulkhead", "event log", false, {0}});
    for (uint32_t p = 0; p < plan->partition_count; p++) {
        const struct plan_partition *partition = &plan->partitions[p];
        for (uint32_t r = 0; r < partition->region_count; r++) {
            const struct plan_region *region = &partition->regions[r];
            add_row(rows, (struct row){{region->hpa, region->size}, partition->name, "RAM", true, region->gpa});
        }
        for (uint32_t d = 0; d < partition->device_count; d++) {
            const struct plan_device *device = &partition->devices[d];
            add_row(rows, (struct row){device->msix_table, "Bulkhead", "trapped MSI-X table", false, {0}});
            for (uint32_t w = 0; w < device->window_count; w++)
                add_row(rows, (struct row){device->windows[w], partition->name, device->name, true,
                                           {device->windows[w].base.v}});
        }
        if (partition->tpm.present)
            add_row(rows, (struct row){{partition->tpm.registers, PAGE_SIZE}, partition->name, "TPM locality 0", true,
                                       {partition->tpm.registers.v}});
    }
    qsort(rows->rows, rows->count, sizeof rows->rows[0], by_address);
}

static void show_map(const struct plan *plan)
{
    static struct rows rows; /* large */
    struct print_colours colour = print_colours(stdout);
    rows.count = 0;
    collect_rows(plan, &rows);
    printf("\n%s%-27s  %12s  %-15s  %-20s  %s%s\n", colour.strong, "host-physical", "size", "owner", "what",
           "guest-physical", colour.end);
    for (uint32_t i = 0; i < rows.count; i++) {
        const struct row *row = &rows.rows[i];
        printf("0x%012llx-%012llx  %8llu KiB  %-15s  %s", (unsigned long long)row->range.base.v,
               (unsigned long long)(row->range.base.v + row->range.size - 1),
               (unsigned long long)(row->range.size >> 10), row->owner, row->what);
        if (row->has_guest)
            printf("%*s0x%llx", 22 - (int)strlen(row->what), "", (unsigned long long)row->guest.v);
        putchar('\n');
    }
}

void plan_show(const struct machine *machine, const struct plan *plan, const struct plan_figures *figures)
{
    struct print_colours colour = print_colours(stdout);
    show_partitions(plan);
    show_parked(machine, plan);
    show_map(plan);
    printf("\n%stables%s: %u frames of %u planned, rechecked against the plan\n", colour.good, colour.end,
           figures->frames_used, figures->frames_planned);
}
