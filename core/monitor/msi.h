/* SPDX-License-Identifier: Apache-2.0 */
/* The MSI capability as a partition sees it (PCI 3.0, 6.8.1). */
#ifndef CORE_MONITOR_MSI_H
#define CORE_MONITOR_MSI_H

#include "core/monitor/shared.h"

/* Bytes of the capability, by its flags: 10 to 24, rounded up to whole registers. */
unsigned msi_capability_size(const struct handoff_device *device);

/* The register at `offset` (0, 4, 8 ...) from the capability's start; the next pointer in it is the hardware's. */
uint32_t msi_read(const struct handoff_device *device, const struct device_state *state, unsigned offset);
void msi_write(const struct handoff_device *device, struct device_state *state, unsigned offset, uint32_t value);

#endif
