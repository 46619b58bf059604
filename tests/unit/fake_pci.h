/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration space of a made-up machine: registers with write masks, as hardware has them. */
#ifndef TESTS_UNIT_FAKE_PCI_H
#define TESTS_UNIT_FAKE_PCI_H

#include "core/boot/discover.h"
#include "core/lib/bytes.h"
#include "core/lib/pci_regs.h"

#include <stdlib.h>
#include <string.h>

#define FAKE_MAX_FUNCTIONS 600u

struct fake_function {
    struct pci_address address;
    bool extended; /* has the space above 255 */
    uint8_t bytes[1024];
    uint8_t writable[1024];
};

struct fake_pci {
    uint32_t count;
    uint32_t strays; /* accesses that no hardware may see: not aligned, or too wide, or past the end */
    uint32_t sized_while_decoding;
    struct fake_function functions[FAKE_MAX_FUNCTIONS];
};

static inline struct fake_function *fake_find(struct fake_pci *pci, struct pci_address address)
{
    for (uint32_t i = 0; i < pci->count; i++)
        if (pci_address_equal(pci->functions[i].address, address))
            return &pci->functions[i];
    return NULL;
}

static inline bool fake_access_is_legal(struct fake_pci *pci, uint32_t offset, uint32_t width)
{
    bool legal = (width == 1 || width == 2 || width == 4) && offset % width == 0 && offset + width <= PCIE_CONFIG_SIZE;
    pci->strays += !legal;
    return legal;
}

static inline uint32_t fake_pci_read(void *context, struct pci_address address, uint32_t offset, uint32_t width)
{
    struct fake_pci *pci = context;
    const struct fake_function *function = fake_find(pci, address);
    uint32_t limit = function != NULL && function->extended ? (uint32_t)sizeof function->bytes : PCI_CONFIG_SIZE;
    uint32_t value = 0;
    if (!fake_access_is_legal(pci, offset, width) || function == NULL || offset + width > limit)
        return 0xffffffffu; /* some accessors do not cut it to the width */
    for (uint32_t i = 0; i < width; i++)
        value |= (uint32_t)function->bytes[offset + i] << (8 * i);
    return value;
}

static inline void fake_pci_write(void *context, struct pci_address address, uint32_t offset, uint32_t width,
                                  uint32_t value)
{
    struct fake_pci *pci = context;
    struct fake_function *function = fake_find(pci, address);
    if (!fake_access_is_legal(pci, offset, width) || function == NULL || offset + width > sizeof function->bytes)
        return;
    if (offset >= PCI_BAR0 && offset < 0x28 && (function->bytes[PCI_COMMAND] & 3) != 0)
        pci->sized_while_decoding++;
    for (uint32_t i = 0; i < width; i++) {
        uint8_t mask = function->writable[offset + i];
        uint8_t byte = (uint8_t)(value >> (8 * i));
        function->bytes[offset + i] = (uint8_t)((function->bytes[offset + i] & ~mask) | (byte & mask));
    }
}

static inline struct pci_access fake_access(struct fake_pci *pci)
{
    return (struct pci_access){fake_pci_read, fake_pci_write, pci};
}

static inline struct fake_function *fake_add(struct fake_pci *pci, uint8_t bus, uint8_t devfn, uint32_t ids,
                                             uint32_t class_code)
{
    struct fake_function *function = &pci->functions[pci->count++];
    memset(function, 0, sizeof *function);
    function->address = (struct pci_address){0, bus, devfn};
    store_le32(function->bytes, ids);
    store_le32(function->bytes + PCI_CLASS_REVISION, class_code << 8 | 1);
    store_le16(function->bytes + PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    store_le16(function->writable + PCI_COMMAND, 0x547);
    return function;
}

static inline void fake_multifunction(struct fake_function *function)
{
    function->bytes[PCI_HEADER_TYPE] |= PCI_HEADER_MULTIFUNCTION;
}

static inline struct fake_function *fake_bridge(struct fake_pci *pci, uint8_t bus, uint8_t devfn, uint8_t secondary,
                                                uint8_t subordinate)
{
    struct fake_function *bridge = fake_add(pci, bus, devfn, 0x000c1b36, 0x060400);
    bridge->bytes[PCI_HEADER_TYPE] = PCI_HEADER_BRIDGE;
    bridge->bytes[PCI_SECONDARY_BUS] = secondary;
    bridge->bytes[PCI_SUBORDINATE_BUS] = subordinate;
    return bridge;
}

/* A BAR of `size` bytes (a power of two, 16 or more) at `base`, with the type bits in `bits`. */
static inline void fake_bar(struct fake_function *function, uint32_t index, uint64_t base, uint64_t size, uint32_t bits)
{
    uint32_t offset = PCI_BAR0 + 4 * index;
    store_le32(function->bytes + offset, (uint32_t)base | bits);
    store_le32(function->writable + offset, (uint32_t)~(size - 1) & ~0xfu);
    if ((bits & PCI_BAR_TYPE) == PCI_BAR_TYPE_64) {
        store_le32(function->bytes + offset + 4, (uint32_t)(base >> 32));
        store_le32(function->writable + offset + 4, (uint32_t)(~(size - 1) >> 32));
    }
}

/* Puts a capability in front of the list. */
static inline uint8_t *fake_capability(struct fake_function *function, uint8_t at, uint8_t id)
{
    function->bytes[at] = id;
    function->bytes[at + 1] = function->bytes[PCI_CAPABILITY_LIST];
    function->bytes[PCI_CAPABILITY_LIST] = at;
    function->bytes[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
    return function->bytes + at;
}

static inline uint8_t *fake_pcie(struct fake_function *function, uint8_t at, uint32_t type)
{
    uint8_t *capability = fake_capability(function, at, PCI_CAP_ID_PCIE);
    store_le16(capability + PCIE_FLAGS, (uint16_t)(2 | type << 4));
    function->extended = true;
    return capability;
}

/* ACS as the only extended capability; `offered` features can be turned on. */
static inline void fake_acs(struct fake_function *function, uint16_t offered)
{
    store_le32(function->bytes + 0x100, PCIE_EXT_CAP_ID_ACS | 1u << 16);
    store_le16(function->bytes + 0x100 + PCIE_ACS_CAPABILITY, offered);
    store_le16(function->writable + 0x100 + PCIE_ACS_CONTROL, offered);
}

static inline void fake_msix(struct fake_function *function, uint8_t at, uint32_t entries, uint32_t table, uint32_t pba)
{
    uint8_t *capability = fake_capability(function, at, PCI_CAP_ID_MSIX);
    store_le16(capability + PCI_MSIX_CONTROL, (uint16_t)(entries - 1));
    store_le32(capability + PCI_MSIX_TABLE, table);
    store_le32(capability + PCI_MSIX_PBA, pba);
}

#endif
