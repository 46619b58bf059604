/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of a partition's devices: the message the guest wrote becomes a remapping entry of that device, checked against
 * the partition's own cores; the device itself only ever sends the entry's index. */
#ifndef CORE_MONITOR_REMAP_H
#define CORE_MONITOR_REMAP_H

#include "core/handoff.h"

#define MSI_ADDRESS_BASE 0xfee00000u /* AMD64 APM vol. 2, 16.11 */
#define MSI_ADDRESS_DESTINATION(address) ((address) >> 12 & 0xffu)
#define MSI_VECTOR_FIRST 16u

/* Points entry `index` of the device at the core and vector that address and data name. A message that names a foreign core,
 * another delivery mode than fixed, or a reserved vector makes the entry absent, so that the interrupt goes nowhere. False
 * when the IOMMU does not confirm that it forgot the old entry: the partition is then stopped. */
bool remap_set(const struct handoff_device *device, uint32_t index, uint32_t address, uint32_t data);

/* The message a guest would read back: what decides whether the entry is present, nothing of the message beyond that. */
uint32_t remap_read_address(const struct handoff_device *device, uint32_t index);
uint32_t remap_read_data(const struct handoff_device *device, uint32_t index);

/* Makes every entry of the device absent. False when the IOMMU does not confirm. */
bool remap_clear(const struct handoff_device *device);

#endif
