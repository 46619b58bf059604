/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration space as a partition sees it: its own functions on bus 0, capabilities by allow-list, BARs fixed. */
#ifndef CORE_MONITOR_PCI_CONFIG_H
#define CORE_MONITOR_PCI_CONFIG_H

#include <stdint.h>

/* One access of `width` bytes at byte `lane` of the register that port 0xCF8 holds. */
uint32_t pci_config_read(unsigned lane, unsigned width);
void pci_config_write(unsigned lane, unsigned width, uint32_t value);

/* Takes a partition's devices down before it is loaded: bus mastering off, function-level reset (D3hot and back where there
 * is none), BARs and access control as they were, all remapping entries absent. Returns -1, or the index of a device that does
 * not come back. */
int pci_devices_reset(void);

#endif
