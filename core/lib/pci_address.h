/* SPDX-License-Identifier: Apache-2.0 */
/* The name of a PCI function: segment, bus, device and function number. */
#ifndef CORE_LIB_PCI_ADDRESS_H
#define CORE_LIB_PCI_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

struct pci_address {
    uint16_t segment;
    uint8_t bus;
    uint8_t devfn; /* device << 3 | function */
};

#define PCI_DEVFN(device, function) ((uint8_t)(((device) << 3) | (function)))
#define PCI_DEVICE(devfn) ((unsigned)(devfn) >> 3)
#define PCI_FUNCTION(devfn) ((unsigned)(devfn) & 7u)

/* For printf and fmt_print: "0000:00:03.0". */
#define PCI_ADDRESS_FORMAT "%04x:%02x:%02x.%x"
#define PCI_ADDRESS_ARGS(a) (unsigned)(a).segment, (unsigned)(a).bus, PCI_DEVICE((a).devfn), PCI_FUNCTION((a).devfn)

/* The 16-bit id a function puts on its requests: bus << 8 | devfn (PCIe base spec 2.2.6.2). */
static inline uint16_t pci_requester_id(struct pci_address a)
{
    return (uint16_t)((unsigned)a.bus << 8 | a.devfn);
}

static inline bool pci_address_equal(struct pci_address a, struct pci_address b)
{
    return a.segment == b.segment && a.bus == b.bus && a.devfn == b.devfn;
}

#endif
