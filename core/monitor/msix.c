/* SPDX-License-Identifier: Apache-2.0 */
/* MSI-X table entries: message → remapping entry; the real entry holds the remapping index and nothing of the guest's. */
#include "core/monitor/msix.h"

#include "core/lib/pci_regs.h"
#include "core/monitor/remap.h"
#include "core/monitor/window.h"

enum { ENTRY_ADDRESS = 0, ENTRY_UPPER_ADDRESS = 4, ENTRY_DATA = 8, ENTRY_CONTROL = 12 };

/* Of a message's data an IOMMU takes 9 bits for the index, unless it is set to more (NumIntRemapMode): the bits above would be
 * the message's type, SMI for one. Entries beyond stay as the reset left them, masked. */
#define INDEXES 512u

static bool in_table(const struct handoff_device *device, struct gpa address)
{
    return address.v - device->msix_table.v < (uint64_t)device->msix_entries * PCI_MSIX_ENTRY_SIZE;
}

/* The BAR is mapped one to one, so a guest-physical register address is its host-physical one. */
static struct hpa register_at(struct gpa address)
{
    return (struct hpa){address.v};
}

uint32_t msix_read(const struct handoff_device *device, struct gpa address)
{
    uint64_t offset = address.v - device->msix_table.v;
    uint32_t index = (uint32_t)(offset / PCI_MSIX_ENTRY_SIZE);
    if (!in_table(device, address) || offset % PCI_MSIX_ENTRY_SIZE == ENTRY_CONTROL)
        return device_read(register_at(address), 4);
    switch (offset % PCI_MSIX_ENTRY_SIZE) {
    case ENTRY_ADDRESS:
        return remap_read_address(device, index);
    case ENTRY_DATA:
        return remap_read_data(device, index);
    default:
        return 0;
    }
}

static void write_real_entry(const struct handoff_device *device, uint32_t index)
{
    struct gpa entry = gpa_add(device->msix_table, (uint64_t)index * PCI_MSIX_ENTRY_SIZE);
    device_write(register_at(gpa_add(entry, ENTRY_ADDRESS)), 4, MSI_ADDRESS_BASE);
    device_write(register_at(gpa_add(entry, ENTRY_UPPER_ADDRESS)), 4, 0);
    device_write(register_at(gpa_add(entry, ENTRY_DATA)), 4, index);
}

void msix_write(const struct handoff_device *device, struct gpa address, uint32_t value)
{
    uint64_t offset = address.v - device->msix_table.v;
    uint32_t index = (uint32_t)(offset / PCI_MSIX_ENTRY_SIZE);
    if (in_table(device, address) && index >= INDEXES)
        return;
    if (!in_table(device, address) || offset % PCI_MSIX_ENTRY_SIZE == ENTRY_CONTROL) {
        device_write(register_at(address), 4, value);
        return;
    }
    bool set = true;
    if (offset % PCI_MSIX_ENTRY_SIZE == ENTRY_ADDRESS)
        set = remap_set(device, index, value, remap_read_data(device, index));
    else if (offset % PCI_MSIX_ENTRY_SIZE == ENTRY_DATA)
        set = remap_set(device, index, remap_read_address(device, index), value);
    if (set) /* the upper address changes nothing: guests have no extended destinations */
        write_real_entry(device, index);
}
