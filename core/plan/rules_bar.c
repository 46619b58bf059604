/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about one memory BAR of a device that has an owner. */
#include "core/plan/rules.h"

#include <stddef.h>

/* Writes there are interrupts, not memory (AMD APM volume 2, 16.14; PCI 3.0 6.8). */
#define MESSAGE_WINDOW_BASE 0xfee00000ull
#define MESSAGE_WINDOW_SIZE 0x100000ull

bool rule_plan_bar_assigned(const struct device_spot *spot, uint32_t bar)
{
    static const struct rule rule = {
        "PLAN-232", "firmware gave a BAR no address",
        "an address for every memory BAR, a multiple of its size",
        "set the firmware to assign all PCI resources (\"above 4G decoding\", \"PCI 64-bit resources\")",
    };
    const struct machine_bar *what = &spot->function->bars[bar];
    return report_unless(what->base != 0 && what->base % what->size == 0, spot->planner->report, &rule,
                         spot->where.text, PCI_ADDRESS_FORMAT " BAR %u: 0x%llx bytes at 0x%llx",
                         PCI_ADDRESS_ARGS(spot->function->address), bar, (unsigned long long)what->size,
                         (unsigned long long)what->base);
}

bool rule_plan_bar_reachable(const struct device_spot *spot, uint32_t bar)
{
    static const struct rule rule = {
        "PLAN-233", "a BAR lies where page tables of four levels cannot name it",
        "an address within the processor's physical address bits, 48 at most, outside 0xfd00000000-0xffffffffff",
        "set the firmware to place PCI memory lower",
    };
    const struct machine_bar *what = &spot->function->bars[bar];
    uint64_t limit = planner_address_limit(spot->planner->machine);
    bool reachable = what->base < limit && what->size <= limit - what->base &&
                     !spans_overlap(what->base, what->size, HYPERTRANSPORT_BASE,
                                    HYPERTRANSPORT_END - HYPERTRANSPORT_BASE);
    return report_unless(reachable, spot->planner->report, &rule, spot->where.text,
                         PCI_ADDRESS_FORMAT " BAR %u: 0x%llx bytes at 0x%llx",
                         PCI_ADDRESS_ARGS(spot->function->address), bar, (unsigned long long)what->size,
                         (unsigned long long)what->base);
}

/* Whole pages of a BAR: what the stage-2 map can give away. */
static struct hpa_range pages_of(const struct machine_bar *bar)
{
    uint64_t base = align_down(bar->base, PAGE_SIZE);
    return (struct hpa_range){{base}, align_up(bar->base + bar->size, PAGE_SIZE) - base};
}

static bool hits(struct hpa_range pages, uint64_t base, uint64_t size)
{
    return spans_overlap(pages.base.v, pages.size, base, size);
}

static bool hits_function(struct hpa_range pages, const struct machine_function *function)
{
    for (uint32_t b = 0; b < 6; b++) {
        const struct machine_bar *bar = &function->bars[b];
        if ((bar->kind == BAR_MEMORY32 || bar->kind == BAR_MEMORY64) && bar->base != 0 &&
            hits(pages, bar->base, bar->size))
            return true;
    }
    return false;
}

/* What else claims one of the pages: a few words, or NULL. *other gets the function when it is one. */
static const char *other_claim(const struct device_spot *spot, struct hpa_range pages, struct pci_address *other)
{
    const struct machine *machine = spot->planner->machine;
    *other = spot->function->address;
    for (uint32_t f = 0; f < machine->function_count; f++) {
        if (f != spot->index && hits_function(pages, &machine->functions[f])) {
            *other = machine->functions[f].address;
            return "another function's BAR";
        }
    }
    for (uint32_t i = 0; i < machine->ram_count; i++)
        if (hits(pages, machine->ram[i].base.v, machine->ram[i].size))
            return "RAM";
    for (uint32_t i = 0; i < machine->iommu_count; i++)
        if (hits(pages, machine->iommus[i].base.v, machine->iommus[i].size))
            return "an IOMMU's registers";
    for (uint32_t i = 0; i < machine->ioapic_count; i++)
        if (hits(pages, machine->ioapics[i].v, PAGE_SIZE))
            return "an I/O APIC's registers";
    if (machine->tpm.kind == TPM_TIS && hits(pages, machine->tpm.base.v, TPM_LOCALITIES * PAGE_SIZE))
        return "the TPM's registers";
    if (planner_hits_config_space(machine, pages.base.v, pages.size))
        return "PCI configuration space";
    return hits(pages, MESSAGE_WINDOW_BASE, MESSAGE_WINDOW_SIZE) ? "the interrupt message window" : NULL;
}

bool rule_plan_bar_alone(const struct device_spot *spot, uint32_t bar)
{
    static const struct rule rule = {
        "PLAN-234", "the pages of a BAR hold something else too",
        "4 KiB pages that only this device answers to",
        "set the firmware to place PCI memory at page boundaries, or use another device",
    };
    const struct machine_bar *what = &spot->function->bars[bar];
    struct pci_address other;
    const char *claim = other_claim(spot, pages_of(what), &other);
    if (claim == NULL)
        return true;
    report_add(spot->planner->report, &rule, spot->where.text,
               "BAR %u, 0x%llx bytes at 0x%llx, shares a page with %s (" PCI_ADDRESS_FORMAT ")", bar,
               (unsigned long long)what->size, (unsigned long long)what->base, claim, PCI_ADDRESS_ARGS(other));
    return false;
}

bool rule_plan_bar_beside_ram(const struct device_spot *spot, uint32_t bar)
{
    static const struct rule rule = {
        "PLAN-235", "a BAR stands where the partition's own RAM would be",
        "BARs outside guest RAM, which is 0 - 2 GiB and from 4 GiB up: devices keep their addresses in the guest",
        "give the partition less memory, or set the firmware to place PCI memory elsewhere",
    };
    struct hpa_range pages = pages_of(&spot->function->bars[bar]);
    uint64_t ram = spot->planner->system->partitions[spot->p].memory_size;
    return report_unless(!hits(pages, 0, planner_low_size(ram)) && !hits(pages, PLAN_HIGH_BASE, planner_high_size(ram)),
                         spot->planner->report, &rule, spot->where.text,
                         "BAR %u at guest-physical 0x%llx, %llu MiB of RAM", bar, (unsigned long long)pages.base.v,
                         (unsigned long long)(ram >> 20));
}
