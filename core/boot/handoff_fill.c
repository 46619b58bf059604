/* SPDX-License-Identifier: Apache-2.0 */
/* Plan and tables → handoff. */
#include "core/boot/handoff_fill.h"

#include "core/boot/steps.h"

#include <string.h>

static struct hpa frame_address(const struct boot *boot, uint32_t frame)
{
    return hpa_add(boot->pool.base, (uint64_t)frame * PAGE_SIZE);
}

static uint32_t core_index_of(const struct machine *machine, uint32_t apic_id)
{
    uint32_t index = 0;
    while (index < machine->core_count && machine->cores[index].apic_id != apic_id)
        index++;
    return index;
}

static void fill_bars(const struct plan_device *from, struct handoff_device *to)
{
    for (uint32_t i = 0; i < from->bar_count; i++) {
        unsigned index = from->bars[i].index;
        to->bar_base[index] = from->bars[i].bar.base;
        to->bar_size[index] = from->bars[i].bar.size;
        to->bar_kind[index] = from->bars[i].bar.kind;
        to->bar_prefetchable[index] = from->bars[i].bar.prefetchable;
    }
}

static void fill_device(const struct boot *boot, const struct plan_device *from, uint32_t irt, struct handoff_device *to)
{
    const struct machine_function *function = &boot->machine.functions[from->function];
    memcpy(to->name, from->name, sizeof to->name);
    to->host = from->host;
    to->config = from->config;
    to->requester_id = from->requester_id;
    to->iommu = from->iommu;
    to->guest_devfn = from->guest_devfn;
    to->pm_cap = function->pm_cap;
    to->acs_cap = function->acs_cap;
    to->msi_cap = function->msi_cap;
    to->msix_cap = function->msix_cap;
    to->pcie_cap = function->pcie_cap;
    to->msi_64bit = function->msi_64bit;
    to->msi_maskable = function->msi_maskable;
    to->msi_log2_vectors = function->msi_log2_vectors;
    to->flr = function->flr;
    to->irt = frame_address(boot, irt);
    fill_bars(from, to);
    if (function->msix_cap != 0) {
        to->msix_entries = function->msix_entries;
        to->msix_table.v = function->bars[function->msix_table_bar].base + function->msix_table_offset;
        to->msix_pages = from->msix_table;
    }
}

static void fill_partition(const struct boot *boot, uint32_t p, struct handoff *handoff)
{
    const struct plan_partition *plan = &boot->plan.partitions[p];
    const struct system_partition *config = &boot->system.partitions[p];
    struct handoff_partition *to = &handoff->partitions[p];
    memcpy(to->name, plan->name, sizeof to->name);
    to->domain = plan->domain;
    to->console = config->console;
    to->restart = config->restart;
    to->restart_limit = config->restart_limit;
    to->restart_window_seconds = config->restart_window_seconds;
    to->core_count = plan->core_count;
    for (uint32_t i = 0; i < plan->core_count; i++) {
        to->apic_ids[i] = plan->apic_ids[i];
        to->core_index[i] = core_index_of(&boot->machine, plan->apic_ids[i]);
        handoff->cores[to->core_index[i]].partition = (uint8_t)p;
    }
    to->region_count = plan->region_count;
    memcpy(to->regions, plan->regions, sizeof to->regions);
    to->stage2_root = frame_address(boot, boot->tables.stage2_root[p]);
    to->image = boot->guests[p];
    to->device_count = plan->device_count;
    for (uint32_t i = 0; i < plan->device_count; i++)
        fill_device(boot, &plan->devices[i], boot->tables.irt[p][i], &to->devices[i]);
}

static void fill_wipes(const struct boot *boot, struct handoff *handoff)
{
    for (uint32_t i = 0; i < boot->machine.busy_count && i < HANDOFF_MAX_WIPES; i++)
        handoff->wipes[handoff->wipe_count++] = boot->machine.busy[i];
}

static void fill_iommus(const struct boot *boot, struct handoff *handoff)
{
    struct monitor_layout layout = monitor_layout(boot->machine.iommu_count);
    handoff->iommu_count = boot->machine.iommu_count;
    for (uint32_t i = 0; i < handoff->iommu_count; i++) {
        struct hpa commands = hpa_add(boot->plan.monitor.base, layout.iommu + i * 2 * PAGE_SIZE);
        handoff->iommus[i] = (struct handoff_iommu){boot->machine.iommus[i].kind, boot->machine.iommus[i].base, commands,
                                                    hpa_add(commands, PAGE_SIZE)};
    }
}

void handoff_fill(const struct boot *boot, struct hpa core_blocks, struct handoff *handoff)
{
    handoff->magic = HANDOFF_MAGIC;
    handoff->revision = HANDOFF_REVISION;
    handoff->vendor = boot->machine.vendor;
    handoff->tsc_hz = boot->machine.tsc_hz;
    handoff->apic_timer_hz = boot->machine.apic_timer_hz;
    handoff->wall_clock = boot->wall_clock;
    handoff->wall_clock_tsc = boot->wall_clock_tsc;
    handoff->core_count = boot->machine.core_count;
    for (uint32_t i = 0; i < handoff->core_count; i++)
        handoff->cores[i] = (struct handoff_core){boot->machine.cores[i].apic_id, HANDOFF_NO_PARTITION};
    handoff->core_blocks = core_blocks;
    handoff->msr_bitmap = frame_address(boot, boot->tables.msr_bitmap);
    handoff->io_bitmap = frame_address(boot, boot->tables.io_bitmap);
    fill_iommus(boot, handoff);
    fill_wipes(boot, handoff);
    handoff->tpm = (struct handoff_tpm){
        .present = boot->tpm_usable,
        .locality2 = boot->tpm_usable && boot->machine.tpm.locality2,
        .base = boot->machine.tpm.base,
        .bank_count = boot->tpm.bank_count,
        .log = boot->plan.event_log,
        .log_used = boot->event_log_used,
        .secret = boot->runtime_secret,
    };
    memcpy(handoff->tpm.banks, boot->tpm.banks, sizeof handoff->tpm.banks);
    handoff->rollback = boot->rollback;
    handoff->rollback.counter &= handoff->tpm.locality2; /* the monitor reaches the counter by that page alone */
    handoff->partition_count = boot->plan.partition_count;
    for (uint32_t p = 0; p < boot->plan.partition_count; p++)
        fill_partition(boot, p, handoff);
    memcpy(handoff->step_tsc, boot->step_tsc, sizeof handoff->step_tsc);
}
