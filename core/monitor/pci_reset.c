/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a partition's devices down before it is loaded (PCIe base spec 6.6.2, function-level reset; 5.3.1.4, D3hot). */
#include "core/lib/pci_regs.h"
#include "core/monitor/core.h"
#include "core/monitor/pci_config.h"
#include "core/monitor/remap.h"
#include "core/monitor/window.h"

#include <string.h>

#define FLR_MILLISECONDS 100u   /* the device may be silent for this long ... */
#define READY_MILLISECONDS 1000u /* ... and ask for a retry for this long (PCIe 6.6.1) */
#define POWER_MILLISECONDS 10u
#define DRAIN_MILLISECONDS 100u

static void wait_milliseconds(uint64_t milliseconds)
{
    uint64_t start = cpu_rdtsc();
    uint64_t ticks = monitor_handoff()->tsc_hz / 1000 * milliseconds;
    while (cpu_rdtsc() - start < ticks)
        this_core()->backend->take_signals();
}

static uint32_t read16(const struct handoff_device *device, unsigned reg)
{
    return device_read(hpa_add(device->config, reg), 2);
}

static void write16(const struct handoff_device *device, unsigned reg, uint32_t value)
{
    device_write(hpa_add(device->config, reg), 2, value);
}

static void restore_bars(const struct handoff_device *device)
{
    for (unsigned i = 0; i < 6; i++) {
        if (device->bar_size[i] == 0)
            continue;
        device_write(hpa_add(device->config, PCI_BAR0 + 4 * i), 4, (uint32_t)device->bar_base[i]);
        if (device->bar_kind[i] == BAR_MEMORY64)
            device_write(hpa_add(device->config, PCI_BAR0 + 4 * i + 4), 4, (uint32_t)(device->bar_base[i] >> 32));
    }
}

static void function_level_reset(const struct handoff_device *device)
{
    unsigned control = device->pcie_cap + PCIE_DEVICE_CONTROL;
    for (unsigned i = 0; i < DRAIN_MILLISECONDS; i++) {
        if (!(read16(device, device->pcie_cap + PCIE_DEVICE_STATUS) & PCIE_DEVICE_STATUS_PENDING))
            break;
        wait_milliseconds(1);
    }
    write16(device, control, read16(device, control) | PCIE_DEVICE_CONTROL_FLR);
    wait_milliseconds(FLR_MILLISECONDS);
}

/* What a device without function-level reset may offer instead: most of its state is lost on the way from D3hot to D0. */
static void power_cycle(const struct handoff_device *device)
{
    unsigned control = device->pm_cap + PCI_PM_CONTROL;
    uint32_t on = read16(device, control) & ~PCI_PM_STATE_MASK;
    if (on & PCI_PM_NO_SOFT_RESET)
        return;
    write16(device, control, on | PCI_PM_STATE_D3HOT);
    wait_milliseconds(POWER_MILLISECONDS);
    write16(device, control, on);
    wait_milliseconds(POWER_MILLISECONDS);
}

/* Absent functions read all-ones; 1 is the vendor id of a function that is not ready yet (PCIe 2.3.2). */
static bool wait_ready(const struct handoff_device *device)
{
    for (unsigned i = 0; i < READY_MILLISECONDS; i++) {
        uint32_t vendor = read16(device, PCI_VENDOR_ID);
        if (vendor != 0xffffu && vendor != 1)
            return true;
        wait_milliseconds(1);
    }
    return false;
}

/* What a reset takes away and isolation rests on, and what firmware may have switched on. */
static void restore_isolation(const struct handoff_device *device)
{
    if (device->acs_cap != 0)
        write16(device, device->acs_cap + PCIE_ACS_CONTROL,
                read16(device, device->acs_cap + PCIE_ACS_CAPABILITY) & PCIE_ACS_ISOLATING);
    if (device->pcie_cap != 0)
        write16(device, device->pcie_cap + PCIE_DEVICE_CONTROL,
                read16(device, device->pcie_cap + PCIE_DEVICE_CONTROL) & ~PCIE_DEVICE_CONTROL_REPORTING);
}

static bool reset_device(const struct handoff_device *device)
{
    write16(device, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE);
    bool cleared = remap_clear(device);
    if (device->flr)
        function_level_reset(device);
    else if (device->pm_cap != 0)
        power_cycle(device);
    if (!wait_ready(device))
        return false;
    if (device->msi_cap != 0)
        write16(device, device->msi_cap + PCI_MSI_CONTROL, 0);
    if (device->msix_cap != 0)
        write16(device, device->msix_cap + PCI_MSIX_CONTROL, 0);
    restore_bars(device);
    restore_isolation(device);
    write16(device, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_DISABLE);
    return cleared;
}

int pci_devices_reset(void)
{
    const struct handoff_partition *partition = this_partition();
    int failed = -1;
    for (uint32_t i = 0; i < partition->device_count; i++) {
        memset(&this_partition_shared()->devices[i], 0, sizeof(struct device_state));
        if (!reset_device(&partition->devices[i]))
            failed = (int)i;
    }
    return failed;
}
