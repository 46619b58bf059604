/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one PCI function. Shared by pci_discover.c (the tree) and its parts: _bars, _capabilities (one function),
 * _duties. */
#ifndef CORE_BOOT_PCI_DISCOVER_H
#define CORE_BOOT_PCI_DISCOVER_H

#include "core/boot/discover.h"
#include "core/lib/pci_regs.h"

/* One function being looked at. */
struct pci_probe {
    const struct pci_access *access;
    struct pci_address address;
    bool extended; /* configuration space above 255 can be reached (ECAM) */
    struct report *report;
};

/* Reads `width` bytes; what an accessor may leave above them does not count. */
static inline uint32_t pci_read(const struct pci_probe *probe, uint32_t offset, uint32_t width)
{
    return probe->access->read(probe->access->context, probe->address, offset, width) & (0xffffffffu >> (32 - 8 * width));
}

static inline void pci_write(const struct pci_probe *probe, uint32_t offset, uint32_t width, uint32_t value)
{
    probe->access->write(probe->access->context, probe->address, offset, width, value);
}

/* Adds a finding about this function: "PCI 0000:00:03.0, register 0x40". */
void pci_refuse(const struct pci_probe *probe, const struct rule *rule, uint32_t offset, uint32_t found);

/* Sizes the BARs and turns bus mastering off (endpoints). Fills function->bars. */
void pci_bars_read(const struct pci_probe *probe, struct machine_function *function);

/* Reads the capabilities that a plan needs. Call after pci_bars_read(): MSI-X tables are checked against their BAR. */
void pci_capabilities_read(const struct pci_probe *probe, struct machine_function *function);

/* Fills machine->duties from the IVMD blocks, once the functions are known. */
void pci_duties_apply(const struct acpi_scopes *scopes, struct machine *machine, struct report *report);

#endif
