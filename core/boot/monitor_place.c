/* SPDX-License-Identifier: Apache-2.0 */
/* Placing the monitor: its image, the handoff, and for every core a private block and page tables that map just what
 * core/handoff.h lists. */
#include "core/boot/boot.h"
#include "core/boot/handoff_fill.h"
#include "core/boot/paging.h"
#include "core/boot/steps.h"
#include "core/x86/cpu.h"
#include "core/x86/iommu.h"
#include "core/x86/registers.h"
#include "core/x86/tpm_tis.h"

#include <string.h>

#define ENTRIES 512u
#define READ_ONLY (PTE_PRESENT | PTE_NO_EXECUTE)
#define READ_WRITE (PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE)
#define DEVICE (READ_WRITE | PTE_UNCACHED)
#define SHARED_ROOM MONITOR_SHARED_MAX

extern const uint8_t monitor_image[], monitor_image_end[];

static const struct monitor_header *header(void)
{
    return (const struct monitor_header *)monitor_image;
}

struct monitor_layout monitor_layout(uint32_t iommu_count)
{
    struct monitor_layout layout = {.image = 0};
    layout.handoff = header()->size;
    layout.shared = layout.handoff + align_up(sizeof(struct handoff), PAGE_SIZE);
    layout.iommu = layout.shared + SHARED_ROOM;
    layout.cores = layout.iommu + 2 * PAGE_SIZE * iommu_count;
    layout.size_fixed = layout.cores;
    return layout;
}

static uint64_t core_block(const struct boot *boot, uint32_t index)
{
    uint64_t cores = boot->plan.monitor.base.v + monitor_layout(boot->machine.iommu_count).cores;
    return cores + (uint64_t)index * CORE_FRAMES * PAGE_SIZE;
}

static void map(uint64_t *table, uint64_t virtual, uint64_t physical, uint64_t size, uint64_t bits)
{
    for (uint64_t done = 0; done < size; done += PAGE_SIZE)
        table[(virtual + done) >> 12 & (ENTRIES - 1)] = (physical + done) | bits;
}

/* Of the TPM the page of locality 2 alone. */
static void map_tpm(uint64_t *table, const struct handoff *handoff)
{
    const struct handoff_tpm *tpm = &handoff->tpm;
    if (!tpm->present || !tpm->locality2)
        return;
    map(table, MONITOR_TPM, TPM_TIS_PAGE(tpm->base.v, 2u), PAGE_SIZE, DEVICE);
    map(table, MONITOR_EVENT_LOG, tpm->log.base.v, tpm->log.size, READ_WRITE);
}

static void map_common(const struct boot *boot, uint64_t *table)
{
    struct monitor_layout layout = monitor_layout(boot->machine.iommu_count);
    uint64_t base = boot->plan.monitor.base.v;
    uint64_t code = header()->rodata_offset;
    map(table, MONITOR_IMAGE, base, code, PTE_PRESENT);
    map(table, MONITOR_IMAGE + code, base + code, header()->size - code, READ_ONLY);
    map(table, MONITOR_HANDOFF, base + layout.handoff, layout.shared - layout.handoff, READ_ONLY);
    map(table, MONITOR_SHARED, base + layout.shared, SHARED_ROOM, READ_WRITE);
    map(table, MONITOR_LOG, boot->plan.log.base.v, LOG_RING_SIZE, READ_WRITE);
    map_tpm(table, (const struct handoff *)(base + layout.handoff));
    for (uint32_t i = 0; i < boot->machine.iommu_count; i++) {
        uint64_t at = MONITOR_IOMMU + i * MONITOR_IOMMU_PAGES * PAGE_SIZE;
        map(table, at, boot->machine.iommus[i].base.v + IOMMU_QUEUE_REGISTERS, PAGE_SIZE, DEVICE);
        map(table, at + PAGE_SIZE, base + layout.iommu + i * 2 * PAGE_SIZE, 2 * PAGE_SIZE, READ_WRITE);
    }
}

static void map_private(uint64_t *table, uint64_t block)
{
    static const struct {
        unsigned frame, page, count;
    } pages[] = {
        {CORE_FRAME_PML4, CORE_PAGE_PML4, 1},           {CORE_FRAME_PD, CORE_PAGE_PD, 1},
        {CORE_FRAME_PT, CORE_PAGE_PT, 1},               {CORE_FRAME_STATE, CORE_PAGE_STATE, 2},
        {CORE_FRAME_IDT, CORE_PAGE_IDT, 1},             {CORE_FRAME_VMCB, CORE_PAGE_VMCB, 1},
        {CORE_FRAME_STACK0, CORE_PAGE_STACK, 2},        {CORE_FRAME_NMI_STACK, CORE_PAGE_NMI_STACK, 1},
        {CORE_FRAME_FAULT_STACK, CORE_PAGE_FAULT_STACK, 1},
    };
    for (unsigned i = 0; i < sizeof pages / sizeof pages[0]; i++)
        map(table, MONITOR_CORE + pages[i].page * PAGE_SIZE, block + pages[i].frame * PAGE_SIZE,
            pages[i].count * PAGE_SIZE, READ_WRITE);
}

/* The top-level table also holds the boot stage's identity map, for the one instruction between two worlds; the monitor
 * empties that half first (core_init.c). */
static void build_core(const struct boot *boot, uint32_t index)
{
    uint64_t block = core_block(boot, index);
    uint64_t *pml4 = (uint64_t *)(block + CORE_FRAME_PML4 * PAGE_SIZE);
    uint64_t *pdpt = (uint64_t *)(block + CORE_FRAME_PDPT * PAGE_SIZE);
    uint64_t *pd = (uint64_t *)(block + CORE_FRAME_PD * PAGE_SIZE);
    uint64_t *pt = (uint64_t *)(block + CORE_FRAME_PT * PAGE_SIZE);
    memset((void *)block, 0, CORE_FRAMES * PAGE_SIZE);
    for (unsigned i = 0; i < ENTRIES - 1; i++)
        pml4[i] = paging_top_entry(i);
    pml4[MONITOR_BASE >> 39 & (ENTRIES - 1)] = (uint64_t)pdpt | PTE_PRESENT | PTE_WRITE;
    pdpt[MONITOR_BASE >> 30 & (ENTRIES - 1)] = (uint64_t)pd | PTE_PRESENT | PTE_WRITE;
    pd[MONITOR_BASE >> 21 & (ENTRIES - 1)] = (uint64_t)pt | PTE_PRESENT | PTE_WRITE;
    map_common(boot, pt);
    map_private(pt, block);
}

void monitor_place(struct boot *boot)
{
    struct monitor_layout layout = monitor_layout(boot->machine.iommu_count);
    uint64_t base = boot->plan.monitor.base.v;
    memcpy((void *)base, monitor_image, (size_t)(monitor_image_end - monitor_image));
    memset((void *)(base + layout.handoff), 0, layout.iommu - layout.handoff);
    handoff_fill(boot, (struct hpa){core_block(boot, 0)}, (struct handoff *)(base + layout.handoff));
    for (uint32_t i = 0; i < boot->machine.core_count; i++)
        build_core(boot, i);
}

uint64_t monitor_page_tables(const struct boot *boot, uint32_t index)
{
    return core_block(boot, index) + CORE_FRAME_PML4 * PAGE_SIZE;
}

uint64_t monitor_entry_address(void)
{
    return header()->entry;
}
