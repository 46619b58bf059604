/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a device's remapping entries at run time. */
#include "core/monitor/remap.h"

#include "core/lib/pci_regs.h"
#include "core/monitor/core.h"
#include "core/monitor/lifecycle.h"
#include "core/monitor/window.h"
#include "core/tables/irte.h"
#include "core/x86/apic.h"
#include "core/x86/iommu.h"

#define MSI_ADDRESS_MASK 0xfff00000u
#define MSI_ADDRESS_LOGICAL 0x4u
#define MSI_DATA_MODE(data) ((data) >> 8 & 7u)
#define MSI_DATA_LEVEL 0x8000u
#define MSI_MODE_NONE 7u /* ExtINT, which no message may ask for */

static struct hpa entry_at(const struct handoff_device *device, uint32_t index)
{
    return hpa_add(device->irt, (uint64_t)index * sizeof(struct irte));
}

static struct irte read_entry(const struct handoff_device *device, uint32_t index)
{
    const volatile struct irte *entry = window_open(entry_at(device, index), WINDOW_MEMORY);
    struct irte value = {entry->low, entry->high};
    window_close();
    return value;
}

/* Disabled first, so that the hardware never reads one half old and one half new. */
static void write_entry(const struct handoff_device *device, uint32_t index, struct irte value)
{
    volatile struct irte *entry = window_open(entry_at(device, index), WINDOW_MEMORY);
    entry->low = value.low & ~IRTE_REMAP_EN;
    entry->high = value.high;
    entry->low = value.low;
    window_close();
}

static bool invalidate(const struct handoff_device *device)
{
    struct shared *shared = monitor_shared();
    uint64_t pages = MONITOR_IOMMU + device->iommu * MONITOR_IOMMU_PAGES * PAGE_SIZE;
    struct iommu_queue queue = {
        .registers = (volatile void *)pages,
        .commands = (volatile uint64_t *)(pages + PAGE_SIZE),
        .state = (struct iommu_state *)(pages + 2 * PAGE_SIZE),
        .state_hpa = monitor_handoff()->iommus[device->iommu].state,
    };
    if (!lock_take(&shared->iommu_lock[device->iommu]))
        return false;
    bool done = amdvi_invalidate_interrupts(&queue, device->requester_id);
    lock_release(&shared->iommu_lock[device->iommu]);
    return done;
}

static bool partition_has_core(uint32_t apic_id)
{
    const struct handoff_partition *partition = this_partition();
    for (uint32_t i = 0; i < partition->core_count; i++)
        if (partition->apic_ids[i] == apic_id)
            return true;
    return false;
}

/* Physical destination, fixed or lowest priority (which has one candidate here), edge. */
static bool message_allowed(uint32_t address, uint32_t data)
{
    return (address & MSI_ADDRESS_MASK) == MSI_ADDRESS_BASE && !(address & MSI_ADDRESS_LOGICAL) &&
           MSI_DATA_MODE(data) <= ICR_MODE_LOWEST && !(data & MSI_DATA_LEVEL) && (data & 0xffu) >= MSI_VECTOR_FIRST &&
           partition_has_core(MSI_ADDRESS_DESTINATION(address));
}

/* An aborting entry that keeps why: the hardware reads nothing of it but its first bit, and a guest that writes address and
 * data one after the other must not shed the flaw of one by writing the other. */
static struct irte refused_entry(uint32_t address, uint32_t data)
{
    struct irte entry = irte_disable(irte_encode(MSI_ADDRESS_DESTINATION(address), (uint8_t)data));
    uint64_t mode = data & MSI_DATA_LEVEL ? MSI_MODE_NONE : MSI_DATA_MODE(data);
    bool physical = (address & MSI_ADDRESS_MASK) == MSI_ADDRESS_BASE && !(address & MSI_ADDRESS_LOGICAL);
    entry.low |= mode << IRTE_INT_TYPE_SHIFT | (physical ? 0 : IRTE_LOGICAL);
    return entry;
}

bool remap_set(const struct handoff_device *device, uint32_t index, uint32_t address, uint32_t data)
{
    struct irte entry = message_allowed(address, data) ? irte_encode(MSI_ADDRESS_DESTINATION(address), (uint8_t)data)
                                                       : refused_entry(address, data);
    struct irte old = read_entry(device, index);
    if (old.low == entry.low && old.high == entry.high)
        return true;
    write_entry(device, index, entry);
    if (invalidate(device))
        return true;
    lifecycle_stop(STOP_DEVICE, "%s: its IOMMU does not confirm a changed interrupt", device->name);
    return false;
}

uint32_t remap_read_address(const struct handoff_device *device, uint32_t index)
{
    struct irte entry = read_entry(device, index);
    return MSI_ADDRESS_BASE | (irte_apic_id(entry) & 0xffu) << 12 | (entry.low & IRTE_LOGICAL ? MSI_ADDRESS_LOGICAL : 0);
}

uint32_t remap_read_data(const struct handoff_device *device, uint32_t index)
{
    struct irte entry = read_entry(device, index);
    return irte_vector(entry) | (uint32_t)(entry.low >> IRTE_INT_TYPE_SHIFT & IRTE_INT_TYPE) << 8;
}

bool remap_clear(const struct handoff_device *device)
{
    for (uint32_t index = 0; index < PLAN_IRTES_PER_DEVICE; index++)
        write_entry(device, index, irte_absent());
    return invalidate(device);
}
