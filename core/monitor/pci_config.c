/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration space of a partition's functions: what reads show and what writes reach (PCI 3.0 ch. 6, PCIe ch. 7). */
#include "core/monitor/pci_config.h"

#include "core/lib/pci_regs.h"
#include "core/monitor/core.h"
#include "core/monitor/msi.h"
#include "core/monitor/window.h"

/* Memory decoding stays on: an access to a BAR that nobody answers is an error that some platforms call fatal. Of error
 * messages to the root complex a partition switches on none, for the same reason. */
#define COMMAND_WRITABLE (PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE | 0x0040u /* parity */)
#define COMMAND_STATUS_CLEAR 0xf9000000u /* status bits that software clears by writing ones */
#define DEVICE_CONTROL_WRITABLE 0x00007810u /* relaxed ordering, no snoop, read request size */
#define DEVICE_STATUS_CLEAR 0x000f0000u
#define CAPABILITY_NEXT_SHIFT 8
#define CAPABILITY_NEXT_MASK 0x0000ff00u
#define PCIE_CAPABILITY_SIZE 0x3cu

/* A host bridge at 00:00.0: kernels without other hints believe in configuration space only when they find one. */
#define HOST_BRIDGE_ID 0x00081b36u /* the id of generic virtual host bridges */
#define HOST_BRIDGE_CLASS 0x06000000u

struct target {
    const struct handoff_device *device;
    struct device_state *state;
};

/* The function that port 0xCF8 selects, or device == NULL: bus 0 only, enable bit set. */
static struct target selected(void)
{
    uint32_t address = this_partition_shared()->pci_address;
    const struct handoff_partition *partition = this_partition();
    if ((address & PCI_CONFIG_ADDRESS_ENABLE) && (address >> 16 & 0xffu) == 0)
        for (uint32_t i = 0; i < partition->device_count; i++)
            if (partition->devices[i].guest_devfn == (address >> 8 & 0xffu))
                return (struct target){&partition->devices[i], &this_partition_shared()->devices[i]};
    return (struct target){NULL, NULL};
}

static uint32_t hardware_read(const struct handoff_device *device, unsigned reg)
{
    return device_read(hpa_add(device->config, reg), 4);
}

static void hardware_write(const struct handoff_device *device, unsigned reg, uint32_t value)
{
    device_write(hpa_add(device->config, reg), 4, value);
}

/* The allowed capability that follows offset `after` in the partition's list; 0 at its end. */
static uint32_t next_capability(const struct handoff_device *device, unsigned after)
{
    const uint8_t shown[] = {device->msi_cap, device->msix_cap, device->pcie_cap};
    unsigned next = 0x100;
    for (unsigned i = 0; i < sizeof shown; i++)
        if (shown[i] > after && shown[i] < next)
            next = shown[i];
    return next == 0x100 ? 0 : next;
}

static bool inside(unsigned reg, unsigned capability, unsigned size)
{
    return capability != 0 && reg >= capability && reg < capability + size;
}

static uint32_t read_bar(struct target t, unsigned index)
{
    const struct handoff_device *device = t.device;
    uint64_t low_bits = device->bar_kind[index] == BAR_MEMORY64 ? PCI_BAR_TYPE_64 : 0;
    if (device->bar_prefetchable[index])
        low_bits |= PCI_BAR_PREFETCH;
    bool upper = index > 0 && device->bar_kind[index - 1] == BAR_MEMORY64;
    unsigned low = upper ? index - 1 : index;
    if (device->bar_size[low] == 0)
        return 0;
    uint64_t value = t.state->bar_sizing & 1u << index ? ~(device->bar_size[low] - 1) : device->bar_base[low];
    return upper ? (uint32_t)(value >> 32) : (uint32_t)(value | low_bits);
}

/* With the list's next pointer replaced by our own. */
static uint32_t with_next(const struct handoff_device *device, unsigned reg, uint32_t value)
{
    return (value & ~CAPABILITY_NEXT_MASK) | next_capability(device, reg) << CAPABILITY_NEXT_SHIFT;
}

static uint32_t shown_pcie(unsigned offset, uint32_t value)
{
    if (offset == PCIE_DEVICE_CAPABILITIES)
        return value & ~PCIE_DEVICE_CAP_FLR; /* resets are the monitor's: they would lose the BARs */
    return value;
}

static uint32_t read_capability(struct target t, unsigned reg)
{
    const struct handoff_device *device = t.device;
    if (inside(reg, device->msi_cap, msi_capability_size(device)))
        return reg == device->msi_cap ? with_next(device, reg, msi_read(device, t.state, 0))
                                      : msi_read(device, t.state, reg - device->msi_cap);
    uint32_t value = hardware_read(device, reg);
    if (reg == device->msix_cap || reg == device->pcie_cap)
        return with_next(device, reg, value);
    if (inside(reg, device->msix_cap, 12))
        return value;
    if (inside(reg, device->pcie_cap, PCIE_CAPABILITY_SIZE))
        return shown_pcie(reg - device->pcie_cap, value);
    return 0;
}

static uint32_t read_register(struct target t, unsigned reg)
{
    if (reg >= PCI_HEADER_SIZE)
        return read_capability(t, reg);
    if (reg >= PCI_BAR0 && reg < PCI_BAR0 + 24)
        return read_bar(t, (reg - PCI_BAR0) / 4);
    switch (reg) {
    case PCI_VENDOR_ID:
    case PCI_COMMAND:
    case PCI_CLASS_REVISION:
    case PCI_SUBSYSTEM_VENDOR_ID:
        return hardware_read(t.device, reg);
    case PCI_CAPABILITY_LIST:
        return next_capability(t.device, 0);
    default: /* one function of header type 0, no ROM, no interrupt pin */
        return 0;
    }
}

static void write_bar(struct target t, unsigned index, uint32_t value)
{
    uint8_t bit = (uint8_t)(1u << index);
    if (value >= PCI_BAR_MEMORY_MASK)
        t.state->bar_sizing |= bit;
    else
        t.state->bar_sizing &= (uint8_t)~bit;
}

static void write_capability(struct target t, unsigned reg, uint32_t value)
{
    const struct handoff_device *device = t.device;
    if (inside(reg, device->msi_cap, msi_capability_size(device))) {
        msi_write(device, t.state, reg - device->msi_cap, value);
    } else if (reg == device->msix_cap && reg != 0) {
        uint32_t writable = (PCI_MSIX_ENABLE | PCI_MSIX_MASK_ALL) << 16;
        hardware_write(device, reg, (hardware_read(device, reg) & ~writable) | (value & writable));
    } else if (device->pcie_cap != 0 && reg == device->pcie_cap + PCIE_DEVICE_CONTROL) {
        uint32_t kept = hardware_read(device, reg) & ~(DEVICE_CONTROL_WRITABLE | DEVICE_STATUS_CLEAR);
        hardware_write(device, reg, (kept & 0xffffu) | (value & (DEVICE_CONTROL_WRITABLE | DEVICE_STATUS_CLEAR)));
    }
}

static void write_register(struct target t, unsigned reg, uint32_t value)
{
    if (reg >= PCI_HEADER_SIZE)
        write_capability(t, reg, value);
    else if (reg >= PCI_BAR0 && reg < PCI_BAR0 + 24)
        write_bar(t, (reg - PCI_BAR0) / 4, value);
    else if (reg == PCI_COMMAND)
        hardware_write(t.device, reg, (value & (COMMAND_WRITABLE | COMMAND_STATUS_CLEAR)) | PCI_COMMAND_MEMORY);
}

static uint32_t lane_mask(unsigned lane, unsigned width)
{
    uint32_t ones = width == 4 ? 0xffffffffu : width == 2 ? 0xffffu : 0xffu;
    return ones << 8 * lane;
}

/* What a function that is not a device of the partition reads as. */
static uint32_t read_without_device(uint32_t address)
{
    if ((address & ~0xfcu) != PCI_CONFIG_ADDRESS_ENABLE)
        return 0xffffffffu;
    return (address & 0xfcu) == PCI_VENDOR_ID        ? HOST_BRIDGE_ID
           : (address & 0xfcu) == PCI_CLASS_REVISION ? HOST_BRIDGE_CLASS
                                                     : 0;
}

uint32_t pci_config_read(unsigned lane, unsigned width)
{
    struct target t = selected();
    uint32_t address = this_partition_shared()->pci_address;
    uint32_t value = t.device == NULL ? read_without_device(address) : read_register(t, address & 0xfcu);
    return (value & lane_mask(lane, width)) >> 8 * lane;
}

/* Control in the lower half, in the upper one bits that are cleared by writing ones. */
static bool has_status(const struct handoff_device *device, unsigned reg)
{
    return reg == PCI_COMMAND || (device->pcie_cap != 0 && reg == device->pcie_cap + PCIE_DEVICE_CONTROL);
}

void pci_config_write(unsigned lane, unsigned width, uint32_t value)
{
    struct target t = selected();
    if (t.device == NULL)
        return;
    unsigned reg = this_partition_shared()->pci_address & 0xfcu;
    uint32_t mask = lane_mask(lane, width);
    uint32_t old = read_register(t, reg);
    if (has_status(t.device, reg)) /* untouched status bits must not clear themselves */
        old &= 0xffffu;
    write_register(t, reg, (old & ~mask) | (value << 8 * lane & mask));
}
