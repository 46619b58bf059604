/* SPDX-License-Identifier: Apache-2.0 */
/* Devices: from paths in the configuration to PCI functions, their BARs and the pages of them a partition gets. */
#include "core/plan/planner.h"
#include "core/plan/rules.h"

#include <string.h>

static uint16_t find_function(const struct machine *machine, struct pci_address address)
{
    for (uint32_t f = 0; f < machine->function_count; f++)
        if (pci_address_equal(machine->functions[f].address, address))
            return (uint16_t)f;
    return MACHINE_NO_FUNCTION;
}

/* Follows the path; when it leads nowhere, *stop is the place where it ended and *stop_there whether something stands
 * there (which then is not a bridge). */
static uint16_t follow(const struct machine *machine, const struct pci_path *path, struct pci_address *stop,
                       bool *stop_there)
{
    *stop = path->root;
    uint16_t at = find_function(machine, *stop);
    for (uint32_t hop = 0; hop < path->hops && at != MACHINE_NO_FUNCTION; hop++) {
        const struct machine_function *bridge = &machine->functions[at];
        if (bridge->header_type != 1) {
            *stop_there = true;
            return MACHINE_NO_FUNCTION;
        }
        *stop = (struct pci_address){path->root.segment, bridge->secondary_bus, path->hop_devfn[hop]};
        at = find_function(machine, *stop);
    }
    *stop_there = at != MACHINE_NO_FUNCTION;
    return at;
}

/* Finds device d of partition p. False, with a finding, when it is not there or is another device. */
static bool find_device(const struct planner *planner, uint32_t p, uint32_t d, struct device_spot *spot)
{
    const struct system_device *wanted = &planner->system->partitions[p].devices[d];
    struct pci_address stop;
    bool stop_there;
    *spot = (struct device_spot){.planner = planner, .p = p, .d = d, .where = planner_where(planner, p, wanted->name)};
    spot->index = follow(planner->machine, &wanted->path, &stop, &stop_there);
    if (!rule_plan_device_there(spot, stop, stop_there))
        return false;
    spot->function = &planner->machine->functions[spot->index];
    return rule_plan_device_id(spot);
}

/* The function's page of configuration space (PCI firmware spec 4.1.2). False: no sound range covers it. */
static bool config_page(const struct planner *planner, struct pci_address address, struct hpa *page)
{
    const struct machine *machine = planner->machine;
    for (uint32_t i = 0; i < machine->ecam_count; i++) {
        const struct machine_ecam *ecam = &machine->ecams[i];
        if (ecam->segment != address.segment || address.bus < ecam->first_bus || address.bus > ecam->last_bus)
            continue;
        *page = hpa_add(ecam->base, (uint64_t)pci_requester_id(address) << 12);
        return is_aligned(page->v, PAGE_SIZE) && planner_is_device_memory(planner, page->v, PAGE_SIZE);
    }
    return false;
}

static bool is_memory(const struct machine_bar *bar)
{
    return (bar->kind == BAR_MEMORY32 || bar->kind == BAR_MEMORY64) && bar->size > 0;
}

static bool check_function(const struct device_spot *spot)
{
    struct hpa page;
    bool good = rule_plan_device_endpoint(spot);
    good &= rule_plan_device_not_system(spot);
    good &= rule_plan_device_translated(spot);
    good &= rule_plan_device_sound(spot);
    good &= rule_plan_device_config(spot, config_page(spot->planner, spot->function->address, &page));
    good &= rule_plan_device_messages(spot);
    good &= rule_plan_device_no_duty(spot);
    good &= rule_plan_msix_inside(spot);
    for (uint32_t b = 0; b < 6; b++)
        if (is_memory(&spot->function->bars[b]))
            good &= rule_plan_bar_assigned(spot, b) && rule_plan_bar_reachable(spot, b) &&
                    rule_plan_bar_alone(spot, b) && rule_plan_bar_beside_ram(spot, b);
    return good;
}

/* Every device that comes before this one in the configuration and is in the machine. */
static void check_against_earlier(const struct device_spot *spot)
{
    const struct planner *planner = spot->planner;
    for (uint32_t p = 0; p <= spot->p; p++) {
        uint32_t count = p < spot->p ? planner->system->partitions[p].device_count : spot->d;
        for (uint32_t d = 0; d < count; d++) {
            const struct system_device *earlier = &planner->system->partitions[p].devices[d];
            struct pci_address stop;
            bool stop_there;
            uint16_t index = follow(planner->machine, &earlier->path, &stop, &stop_there);
            if (index == MACHINE_NO_FUNCTION)
                continue;
            struct device_spot other = {planner, p, d, index, &planner->machine->functions[index],
                                        planner_where(planner, p, earlier->name)};
            if (rule_plan_device_once(spot, &other) && rule_plan_group_one_owner(spot, &other))
                rule_plan_requester_alone(spot, &other);
        }
    }
}

static struct hpa_range msix_pages(const struct machine_function *function)
{
    if (function->msix_cap == 0)
        return (struct hpa_range){{0}, 0};
    uint64_t table = function->bars[function->msix_table_bar].base + function->msix_table_offset;
    uint64_t end = align_up(table + (uint64_t)function->msix_entries * 16, PAGE_SIZE);
    return (struct hpa_range){{align_down(table, PAGE_SIZE)}, end - align_down(table, PAGE_SIZE)};
}

/* Adds whole pages to the windows, which stay ascending and disjoint: small BARs of one device may share a page. */
static void add_window(struct plan_device *device, uint64_t base, uint64_t end)
{
    uint32_t at = 0;
    while (at < device->window_count && device->windows[at].base.v + device->windows[at].size < base)
        at++;
    uint32_t merged = at;
    for (; merged < device->window_count && device->windows[merged].base.v <= end; merged++) {
        struct hpa_range window = device->windows[merged];
        base = window.base.v < base ? window.base.v : base;
        end = window.base.v + window.size > end ? window.base.v + window.size : end;
    }
    memmove(&device->windows[at + 1], &device->windows[merged],
            (device->window_count - merged) * sizeof device->windows[0]);
    device->window_count = device->window_count - (merged - at) + 1;
    device->windows[at] = (struct hpa_range){{base}, end - base};
}

/* All pages of all BARs but for those with the MSI-X table. */
static void write_windows(struct plan_device *device)
{
    uint64_t hole = device->msix_table.base.v;
    uint64_t hole_end = hole + device->msix_table.size;
    for (uint32_t b = 0; b < device->bar_count; b++) {
        uint64_t base = align_down(device->bars[b].bar.base, PAGE_SIZE);
        uint64_t end = align_up(device->bars[b].bar.base + device->bars[b].bar.size, PAGE_SIZE);
        if (hole == hole_end || hole >= end || hole_end <= base) {
            add_window(device, base, end);
            continue;
        }
        if (base < hole)
            add_window(device, base, hole);
        if (hole_end < end)
            add_window(device, hole_end, end);
    }
}

static void write_device(const struct device_spot *spot)
{
    struct plan_partition *partition = &spot->planner->plan->partitions[spot->p];
    struct plan_device *device = &partition->devices[partition->device_count];
    const struct machine_function *function = spot->function;
    memcpy(device->name, spot->planner->system->partitions[spot->p].devices[spot->d].name, sizeof device->name);
    device->function = spot->index;
    device->host = function->address;
    config_page(spot->planner, function->address, &device->config);
    device->requester_id = function->alias;
    device->iommu = function->iommu;
    device->guest_devfn = PCI_DEVFN(1 + partition->device_count, 0);
    for (uint32_t b = 0; b < 6; b++)
        if (is_memory(&function->bars[b]))
            device->bars[device->bar_count++] = (struct plan_bar){(uint8_t)b, function->bars[b]};
    device->msix_table = msix_pages(function);
    write_windows(device);
    partition->device_count++;
}

void planner_resolve_devices(struct planner *planner)
{
    for (uint32_t p = 0; p < planner->system->partition_count; p++) {
        for (uint32_t d = 0; d < planner->system->partitions[p].device_count; d++) {
            struct device_spot spot;
            if (!find_device(planner, p, d, &spot))
                continue;
            check_against_earlier(&spot);
            if (check_function(&spot))
                write_device(&spot);
        }
    }
}
