/* SPDX-License-Identifier: Apache-2.0 */
/* MSI by capability registers: the guest's message is kept and turned into remapping entries 0..n-1; the device gets
 * index 0. */
#include "core/monitor/msi.h"

#include "core/lib/pci_regs.h"
#include "core/monitor/remap.h"
#include "core/monitor/window.h"

#define MSI_UPPER_ADDRESS 0x08u
#define MULTIPLE_ENABLE(control) ((control) >> 4 & 7u)

static unsigned data_offset(const struct handoff_device *device)
{
    return device->msi_64bit ? 0x0c : 0x08;
}

unsigned msi_capability_size(const struct handoff_device *device)
{
    return data_offset(device) + (device->msi_maskable ? 12 : 4);
}

uint32_t msi_read(const struct handoff_device *device, const struct device_state *state, unsigned offset)
{
    if (offset == PCI_MSI_ADDRESS)
        return state->msi_address;
    if (offset == data_offset(device))
        return state->msi_data;
    if (device->msi_64bit && offset == MSI_UPPER_ADDRESS)
        return 0;
    return device_read(hpa_add(device->config, device->msi_cap + offset), 4);
}

/* Entries first, then the device: it never sends an index whose entry is stale. False when the partition had to stop. */
static bool program(const struct handoff_device *device, const struct device_state *state, unsigned log2_vectors)
{
    uint32_t base = state->msi_data & ~((1u << log2_vectors) - 1);
    for (uint32_t i = 0; i < 1u << log2_vectors; i++)
        if (!remap_set(device, i, state->msi_address, base + i))
            return false;
    device_write(hpa_add(device->config, device->msi_cap + PCI_MSI_ADDRESS), 4, MSI_ADDRESS_BASE);
    if (device->msi_64bit)
        device_write(hpa_add(device->config, device->msi_cap + MSI_UPPER_ADDRESS), 4, 0);
    device_write(hpa_add(device->config, device->msi_cap + data_offset(device)), 2, 0);
    return true;
}

static void write_control(const struct handoff_device *device, struct device_state *state, uint32_t control)
{
    unsigned log2_vectors = MULTIPLE_ENABLE(control);
    if (log2_vectors > device->msi_log2_vectors)
        log2_vectors = device->msi_log2_vectors;
    state->msi_enabled = control & PCI_MSI_ENABLE;
    state->msi_log2_vectors = (uint8_t)log2_vectors;
    if (state->msi_enabled && !program(device, state, log2_vectors))
        return;
    device_write(hpa_add(device->config, device->msi_cap + PCI_MSI_CONTROL), 2,
                 (control & PCI_MSI_ENABLE) | log2_vectors << 4);
}

void msi_write(const struct handoff_device *device, struct device_state *state, unsigned offset, uint32_t value)
{
    if (offset == 0) {
        write_control(device, state, value >> 16);
        return;
    }
    if (offset == PCI_MSI_ADDRESS)
        state->msi_address = value & ~3u;
    else if (offset == data_offset(device))
        state->msi_data = (uint16_t)value;
    else if (device->msi_maskable && offset == data_offset(device) + 4)
        device_write(hpa_add(device->config, device->msi_cap + offset), 4, value);
    if (state->msi_enabled)
        program(device, state, state->msi_log2_vectors);
}
