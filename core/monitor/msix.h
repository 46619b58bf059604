/* SPDX-License-Identifier: Apache-2.0 */
/* The trapped pages around a device's MSI-X table (PCI 3.0, 6.8.2). */
#ifndef CORE_MONITOR_MSIX_H
#define CORE_MONITOR_MSIX_H

#include "core/handoff.h"

/* One aligned 32-bit access at `address`, inside device->msix_pages. Table entries go through remapping; other registers that
 * share the page are the device's own and reach it. */
uint32_t msix_read(const struct handoff_device *device, struct gpa address);
void msix_write(const struct handoff_device *device, struct gpa address, uint32_t value);

#endif
