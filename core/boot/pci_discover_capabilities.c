/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities of one function: power management, MSI, MSI-X, PCIe, ACS (PCI 3.0 6.7-6.8, PCIe base spec ch. 7). */
#include "core/boot/pci_discover.h"

#define CAPABILITIES_MAX 48u   /* 192 bytes of 4 each: a longer list has a loop */
#define EXTENDED_MAX 960u      /* 3,840 bytes of 4 each */
#define EXTENDED_FIRST 0x100u

static const struct rule rule_capability_list = {
    "BOOT-442", "a PCI function's capability list has a loop or leaves configuration space",
    "at most 48 capabilities, each at 0x40 to 0xfc", "remove the card or update its firmware",
};

static const struct rule rule_capability_size = {
    "BOOT-443", "a PCI capability runs past the end of configuration space", "all of its registers below 0x100",
    "remove the card or update its firmware",
};

static const struct rule rule_msix_table = {
    "BOOT-446", "a PCI function's MSI-X table or pending bits lie outside its memory",
    "inside one memory BAR of the function", "remove the card or update its firmware",
};

static const struct rule rule_extended_list = {
    "BOOT-447", "a PCI function's extended capability list has a loop or points into the first 256 bytes",
    "at most 960 capabilities, each at 0x100 to 0xffc", "remove the card or update its firmware",
};

/* Registers that are read of each kind, in bytes. */
static uint32_t capability_size(uint8_t id)
{
    switch (id) {
    case PCI_CAP_ID_PM:
        return 8;
    case PCI_CAP_ID_MSI:
        return 10;
    case PCI_CAP_ID_PCIE:
    case PCI_CAP_ID_MSIX:
        return 12;
    default:
        return 2;
    }
}

static void read_msi(const struct pci_probe *probe, uint8_t at, struct machine_function *function)
{
    uint32_t control = pci_read(probe, at + PCI_MSI_CONTROL, 2);
    function->msi_cap = at;
    function->msi_64bit = (control & PCI_MSI_64BIT) != 0;
    function->msi_maskable = (control & PCI_MSI_MASKABLE) != 0;
    function->msi_log2_vectors = (uint8_t)((control & PCI_MSI_MULTIPLE_CAPABLE) >> 1);
}

static bool inside_memory_bar(const struct machine_function *function, uint32_t index, uint32_t offset, uint64_t size)
{
    if (index >= 6)
        return false;
    const struct machine_bar *bar = &function->bars[index];
    return (bar->kind == BAR_MEMORY32 || bar->kind == BAR_MEMORY64) && size <= bar->size && offset <= bar->size - size;
}

static void read_msix(const struct pci_probe *probe, uint8_t at, struct machine_function *function)
{
    uint32_t entries = (pci_read(probe, at + PCI_MSIX_CONTROL, 2) & PCI_MSIX_TABLE_SIZE) + 1;
    uint32_t table = pci_read(probe, at + PCI_MSIX_TABLE, 4);
    uint32_t pba = pci_read(probe, at + PCI_MSIX_PBA, 4);
    uint64_t pba_size = (entries + 63) / 64 * 8;
    if (!inside_memory_bar(function, table & PCI_MSIX_BIR, table & ~PCI_MSIX_BIR, entries * PCI_MSIX_ENTRY_SIZE)) {
        pci_refuse(probe, &rule_msix_table, at + PCI_MSIX_TABLE, table);
        return;
    }
    if (!inside_memory_bar(function, pba & PCI_MSIX_BIR, pba & ~PCI_MSIX_BIR, pba_size)) {
        pci_refuse(probe, &rule_msix_table, at + PCI_MSIX_PBA, pba);
        return;
    }
    function->msix_cap = at;
    function->msix_entries = (uint16_t)entries;
    function->msix_table_bar = (uint8_t)(table & PCI_MSIX_BIR);
    function->msix_table_offset = table & ~PCI_MSIX_BIR;
    function->msix_pba_bar = (uint8_t)(pba & PCI_MSIX_BIR);
    function->msix_pba_offset = pba & ~PCI_MSIX_BIR;
}

static void read_pcie(const struct pci_probe *probe, uint8_t at, struct machine_function *function)
{
    function->pcie_cap = at;
    function->pcie_type = (uint8_t)((pci_read(probe, at + PCIE_FLAGS, 2) & PCIE_FLAGS_TYPE) >> 4);
    function->flr = (pci_read(probe, at + PCIE_DEVICE_CAPABILITIES, 4) & PCIE_DEVICE_CAP_FLR) != 0;
}

/* The first capability of a kind counts, as for every driver. */
static void take_capability(const struct pci_probe *probe, uint8_t id, uint8_t at, struct machine_function *function)
{
    if (at + capability_size(id) > PCI_CONFIG_SIZE)
        pci_refuse(probe, &rule_capability_size, at, id);
    else if (id == PCI_CAP_ID_PM && function->pm_cap == 0)
        function->pm_cap = at;
    else if (id == PCI_CAP_ID_MSI && function->msi_cap == 0)
        read_msi(probe, at, function);
    else if (id == PCI_CAP_ID_MSIX && function->msix_cap == 0)
        read_msix(probe, at, function);
    else if (id == PCI_CAP_ID_PCIE && function->pcie_cap == 0)
        read_pcie(probe, at, function);
}

static void walk_capabilities(const struct pci_probe *probe, struct machine_function *function)
{
    if ((pci_read(probe, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST) == 0)
        return;
    uint8_t at = (uint8_t)(pci_read(probe, PCI_CAPABILITY_LIST, 1) & 0xfcu);
    for (uint32_t step = 0; at != 0; step++) {
        if (at < PCI_HEADER_SIZE || step == CAPABILITIES_MAX) {
            pci_refuse(probe, &rule_capability_list, at, step);
            return;
        }
        uint32_t head = pci_read(probe, at, 2);
        if (head == 0xffff) /* the function is gone or asleep: nothing to be learned from it */
            return;
        take_capability(probe, (uint8_t)head, at, function);
        at = (uint8_t)(head >> 8 & 0xfcu);
    }
}

/* Offset of an extended capability, 0 when there is none. */
static uint32_t find_extended(const struct pci_probe *probe, uint32_t id)
{
    uint32_t at = EXTENDED_FIRST;
    for (uint32_t step = 0; at != 0; step++) {
        if (at < EXTENDED_FIRST || step == EXTENDED_MAX) {
            pci_refuse(probe, &rule_extended_list, at, step);
            return 0;
        }
        uint32_t head = pci_read(probe, at, 4);
        if (head == 0 || head == 0xffffffffu)
            return 0;
        if ((head & 0xffffu) == id)
            return at;
        at = head >> 20 & 0xffcu;
    }
    return 0;
}

/* An upstream port alone on its link has no neighbour to forward to, so it needs no ACS of its own (PCIe 6.12.1.1). */
static bool is_lone_upstream_port(const struct machine_function *function)
{
    return function->pcie_type == PCIE_TYPE_UPSTREAM && !function->multifunction;
}

/* Turns on every ACS feature that keeps requests on the way to the IOMMU, and believes only what reads back. A
 * feature that the capability does not offer is not needed there (PCIe 7.7.8.2: required wherever peer-to-peer is
 * possible). */
static bool enable_acs(const struct pci_probe *probe, struct machine_function *function)
{
    uint32_t at = find_extended(probe, PCIE_EXT_CAP_ID_ACS);
    if (at == 0)
        return false;
    function->acs_cap = (uint16_t)at;
    uint32_t wanted = pci_read(probe, at + PCIE_ACS_CAPABILITY, 2) & PCIE_ACS_ISOLATING;
    uint32_t control = pci_read(probe, at + PCIE_ACS_CONTROL, 2);
    pci_write(probe, at + PCIE_ACS_CONTROL, 2, control | wanted);
    return (pci_read(probe, at + PCIE_ACS_CONTROL, 2) & wanted) == wanted;
}

void pci_capabilities_read(const struct pci_probe *probe, struct machine_function *function)
{
    walk_capabilities(probe, function);
    if (function->pcie_cap == 0)
        return;
    bool is_bridge = function->header_type == PCI_HEADER_BRIDGE;
    if (is_bridge && is_lone_upstream_port(function))
        function->acs = true;
    else if (probe->extended && (is_bridge || function->multifunction))
        function->acs = enable_acs(probe, function);
}
