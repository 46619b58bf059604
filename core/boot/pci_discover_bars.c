/* SPDX-License-Identifier: Apache-2.0 */
/* Base address registers of one function: where its windows are and how large (PCI 3.0 6.2.5.1). */
#include "core/boot/pci_discover.h"

#define BARS_ENDPOINT 6u
#define BARS_BRIDGE 2u

static const struct rule rule_bar_type = {
    "BOOT-444", "a BAR has a type that does not exist", "32-bit, or 64-bit and not in the last slot",
    "remove the card or update its firmware; the function cannot be given to a partition safely",
};

static const struct rule rule_bar_size = {
    "BOOT-445", "a BAR's size or address makes no sense",
    "a size that is a power of two, an address that is a multiple of it",
    "remove the card or update its firmware; the function cannot be given to a partition safely",
};

/* Writes ones, reads which bits stick, puts the old value back. */
static uint32_t probe_mask(const struct pci_probe *probe, uint32_t offset, uint32_t value)
{
    pci_write(probe, offset, 4, 0xffffffffu);
    uint32_t mask = pci_read(probe, offset, 4);
    pci_write(probe, offset, 4, value);
    return mask;
}

/* The size that a mask of writable address bits stands for; 0 when the BAR is not there. */
static uint64_t mask_size(uint64_t mask)
{
    return mask & (0 - mask);
}

/* Address bits must be writable from the size bit up without a hole, as far as the hardware decodes at all: a BAR may
 * leave the top bits of its register at 0. */
static bool size_makes_sense(uint64_t mask, uint64_t base)
{
    uint64_t size = mask_size(mask);
    uint64_t above = mask + size; /* contiguous ones carry into a single bit, or out of the top */
    return (above & mask) == 0 && (base & (size - 1)) == 0 && base <= UINT64_MAX - size;
}

static void read_io_bar(const struct pci_probe *probe, uint32_t offset, uint32_t value, struct machine_bar *bar)
{
    uint32_t mask = probe_mask(probe, offset, value) & PCI_BAR_IO_MASK;
    uint32_t base = value & PCI_BAR_IO_MASK;
    if (mask == 0)
        return;
    if (!size_makes_sense(mask, base))
        pci_refuse(probe, &rule_bar_size, offset, mask);
    else
        *bar = (struct machine_bar){BAR_IO, false, base, mask_size(mask)};
}

static void read_memory_bar(const struct pci_probe *probe, uint32_t offset, uint32_t value, bool wide,
                            struct machine_bar *bar)
{
    uint32_t high = wide ? pci_read(probe, offset + 4, 4) : 0;
    uint64_t base = (uint64_t)high << 32 | (value & PCI_BAR_MEMORY_MASK);
    uint64_t mask = probe_mask(probe, offset, value) & PCI_BAR_MEMORY_MASK;
    mask |= wide ? (uint64_t)probe_mask(probe, offset + 4, high) << 32 : 0;
    if (mask == 0)
        return;
    if (!size_makes_sense(mask, base))
        pci_refuse(probe, &rule_bar_size, offset, (uint32_t)mask);
    else
        *bar = (struct machine_bar){
            .kind = wide ? BAR_MEMORY64 : BAR_MEMORY32,
            .prefetchable = (value & PCI_BAR_PREFETCH) != 0,
            .base = base,
            .size = mask_size(mask),
        };
}

/* Reads the BAR in slot `index` and returns how many slots it takes. */
static uint32_t read_bar(const struct pci_probe *probe, uint32_t index, uint32_t count, struct machine_bar *bar)
{
    uint32_t offset = PCI_BAR0 + 4 * index;
    uint32_t value = pci_read(probe, offset, 4);
    uint32_t type = value & PCI_BAR_TYPE;
    if ((value & PCI_BAR_IO) != 0) {
        read_io_bar(probe, offset, value, bar);
        return 1;
    }
    bool wide = type == PCI_BAR_TYPE_64;
    if (type == PCI_BAR_TYPE || (wide && index + 1 == count)) {
        pci_refuse(probe, &rule_bar_type, offset, value);
        return 1;
    }
    read_memory_bar(probe, offset, value, wide, bar);
    return wide ? 2 : 1;
}

void pci_bars_read(const struct pci_probe *probe, struct machine_function *function)
{
    uint32_t command = pci_read(probe, PCI_COMMAND, 2);
    uint32_t count = 0;
    if (function->header_type == PCI_HEADER_ENDPOINT) {
        command &= ~PCI_COMMAND_MASTER;
        count = BARS_ENDPOINT;
    } else if (function->header_type == PCI_HEADER_BRIDGE) {
        count = BARS_BRIDGE;
    }
    /* A BAR that holds all-ones while it decodes would answer for other devices' addresses. */
    pci_write(probe, PCI_COMMAND, 2, command & ~(PCI_COMMAND_MEMORY | PCI_COMMAND_IO));
    for (uint32_t index = 0; index < count;)
        index += read_bar(probe, index, count, &function->bars[index]);
    pci_write(probe, PCI_COMMAND, 2, command);
}
