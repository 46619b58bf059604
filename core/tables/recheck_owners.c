/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's cores, domains and devices by themselves: each exists and has one owner. */
#include "core/tables/recheck.h"

static bool rule_core_one_owner(const struct recheck *recheck, uint32_t p, uint32_t apic_id, uint32_t owners,
                                bool exists)
{
    static const struct rule rule = {
        "WALL-354", "a core has two owners, or does not exist",
        "every planned core once, and in the machine",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    return report_unless(owners == 1 && exists, recheck->report, &rule, recheck->plan->partitions[p].name,
                         "x2APIC id %u: planned %u times%s", apic_id, owners, exists ? "" : ", not in the machine");
}

static uint32_t count_owners_of_core(const struct plan *plan, uint32_t apic_id)
{
    uint32_t owners = 0;
    for (uint32_t p = 0; p < plan->partition_count; p++)
        for (uint32_t c = 0; c < plan->partitions[p].core_count; c++)
            owners += plan->partitions[p].apic_ids[c] == apic_id;
    return owners;
}

static bool core_exists(const struct machine *machine, uint32_t apic_id)
{
    for (uint32_t c = 0; c < machine->core_count; c++)
        if (machine->cores[c].apic_id == apic_id)
            return true;
    return false;
}

static bool rule_domain_alone(const struct recheck *recheck, uint32_t p)
{
    static const struct rule rule = {
        "WALL-355", "two partitions share a domain",
        "a domain number, not 0, for each partition: it tags what the IOMMU and the processor cache",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    const struct plan *plan = recheck->plan;
    bool alone = plan->partitions[p].domain != 0;
    for (uint32_t other = 0; other < p; other++)
        alone &= plan->partitions[other].domain != plan->partitions[p].domain;
    if (!alone)
        report_add(recheck->report, &rule, plan->partitions[p].name, "domain %u", (unsigned)plan->partitions[p].domain);
    return alone;
}

static bool rule_device_one_owner(const struct recheck *recheck, uint32_t p, const struct plan_device *device,
                                  uint32_t owners)
{
    static const struct rule rule = {
        "WALL-356", "a device or a requester id has two owners",
        "every function and every requester id once",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    return report_unless(owners == 1, recheck->report, &rule, recheck->plan->partitions[p].name,
                         PCI_ADDRESS_FORMAT ", requester id %04x: planned %u times", PCI_ADDRESS_ARGS(device->host),
                         (unsigned)device->requester_id, owners);
}

static uint32_t count_owners_of_device(const struct plan *plan, const struct plan_device *device)
{
    uint32_t owners = 0;
    for (uint32_t p = 0; p < plan->partition_count; p++)
        for (uint32_t d = 0; d < plan->partitions[p].device_count; d++) {
            const struct plan_device *other = &plan->partitions[p].devices[d];
            owners += pci_address_equal(other->host, device->host) ||
                      (other->iommu == device->iommu && other->requester_id == device->requester_id);
        }
    return owners;
}

static bool rule_windows_right(const struct recheck *recheck, uint32_t p, const struct plan_device *device,
                               struct hpa_range window, bool right)
{
    static const struct rule rule = {
        "WALL-357", "a partition would reach memory of a device that it must not",
        "pages of the device's own BARs, and none that holds its MSI-X table",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    return report_unless(right, recheck->report, &rule, recheck->plan->partitions[p].name,
                         PCI_ADDRESS_FORMAT ": 0x%llx bytes at 0x%llx", PCI_ADDRESS_ARGS(device->host),
                         (unsigned long long)window.size, (unsigned long long)window.base.v);
}

/* Where the pages of the BAR that holds `address` end; 0 when no memory BAR of the function has a byte in that page. */
static uint64_t end_of_bar_at(const struct machine_function *function, uint64_t address)
{
    for (uint32_t b = 0; b < 6; b++) {
        const struct machine_bar *bar = &function->bars[b];
        if ((bar->kind == BAR_MEMORY32 || bar->kind == BAR_MEMORY64) && bar->size > 0 &&
            spans_overlap(address, PAGE_SIZE, bar->base, bar->size))
            return align_up(bar->base + bar->size, PAGE_SIZE);
    }
    return 0;
}

static bool holds_msix_table(const struct machine_function *function, struct hpa_range window)
{
    if (function->msix_cap == 0 || function->msix_table_bar > 5)
        return false;
    return spans_overlap(window.base.v, window.size,
                         function->bars[function->msix_table_bar].base + function->msix_table_offset,
                         (uint64_t)function->msix_entries * 16);
}

/* A window goes from BAR to BAR without a page that is none's. */
static bool is_window_of(const struct machine_function *function, struct hpa_range window)
{
    uint64_t end = window.base.v + window.size;
    uint64_t at = window.base.v;
    while (at < end) {
        uint64_t next = end_of_bar_at(function, at);
        if (next <= at)
            return false;
        at = next;
    }
    return is_aligned(window.base.v | window.size, PAGE_SIZE) && !holds_msix_table(function, window);
}

static void check_device(const struct recheck *recheck, uint32_t p, const struct plan_device *device)
{
    rule_device_one_owner(recheck, p, device, count_owners_of_device(recheck->plan, device));
    for (uint32_t w = 0; w < device->window_count; w++)
        rule_windows_right(recheck, p, device, device->windows[w],
                           is_window_of(&recheck->machine->functions[device->function], device->windows[w]));
}

void recheck_owners(const struct recheck *recheck)
{
    const struct plan *plan = recheck->plan;
    for (uint32_t p = 0; p < plan->partition_count; p++) {
        const struct plan_partition *partition = &plan->partitions[p];
        rule_domain_alone(recheck, p);
        for (uint32_t c = 0; c < partition->core_count; c++)
            rule_core_one_owner(recheck, p, partition->apic_ids[c], count_owners_of_core(plan, partition->apic_ids[c]),
                                core_exists(recheck->machine, partition->apic_ids[c]));
        for (uint32_t d = 0; d < partition->device_count; d++)
            check_device(recheck, p, &partition->devices[d]);
    }
}
