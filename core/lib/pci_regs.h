/* SPDX-License-Identifier: Apache-2.0 */
/* PCI and PCIe configuration space, as far as Bulkhead reads it (PCI 3.0 ch. 6, PCIe base spec 4.0 ch. 7). */
#ifndef CORE_LIB_PCI_REGS_H
#define CORE_LIB_PCI_REGS_H

#define PCI_VENDOR_ID 0x00u
#define PCI_DEVICE_ID 0x02u
#define PCI_COMMAND 0x04u
#define PCI_COMMAND_IO 0x0001u
#define PCI_COMMAND_MEMORY 0x0002u
#define PCI_COMMAND_MASTER 0x0004u
#define PCI_COMMAND_INTX_DISABLE 0x0400u
#define PCI_STATUS 0x06u
#define PCI_STATUS_CAP_LIST 0x0010u
#define PCI_REVISION_ID 0x08u
#define PCI_CLASS_REVISION 0x08u
#define PCI_HEADER_TYPE 0x0eu
#define PCI_HEADER_TYPE_MASK 0x7fu
#define PCI_HEADER_MULTIFUNCTION 0x80u
#define PCI_HEADER_ENDPOINT 0u
#define PCI_HEADER_BRIDGE 1u
#define PCI_BAR0 0x10u
#define PCI_SECONDARY_BUS 0x19u
#define PCI_SUBORDINATE_BUS 0x1au
#define PCI_SUBSYSTEM_VENDOR_ID 0x2cu
#define PCI_SUBSYSTEM_ID 0x2eu
#define PCI_ROM_ADDRESS 0x30u
#define PCI_CAPABILITY_LIST 0x34u
#define PCI_INTERRUPT_LINE 0x3cu
#define PCI_INTERRUPT_PIN 0x3du
#define PCI_HEADER_SIZE 0x40u
#define PCI_CONFIG_SIZE 256u
#define PCIE_CONFIG_SIZE 4096u

/* Base address registers (PCI 3.0 6.2.5.1) */
#define PCI_BAR_IO 0x1u
#define PCI_BAR_IO_MASK 0xfffffffcu
#define PCI_BAR_TYPE 0x6u
#define PCI_BAR_TYPE_32 0x0u
#define PCI_BAR_TYPE_BELOW_1M 0x2u
#define PCI_BAR_TYPE_64 0x4u
#define PCI_BAR_PREFETCH 0x8u
#define PCI_BAR_MEMORY_MASK 0xfffffff0u

/* Capability ids and fields */
#define PCI_CAP_ID_PM 0x01u
#define PCI_CAP_ID_MSI 0x05u
#define PCI_CAP_ID_PCIE 0x10u
#define PCI_CAP_ID_MSIX 0x11u

#define PCI_PM_CONTROL 0x04u
#define PCI_PM_STATE_MASK 0x0003u
#define PCI_PM_STATE_D3HOT 0x0003u
#define PCI_PM_NO_SOFT_RESET 0x0008u

#define PCI_MSI_CONTROL 0x02u
#define PCI_MSI_ENABLE 0x0001u
#define PCI_MSI_MULTIPLE_CAPABLE 0x000eu
#define PCI_MSI_MULTIPLE_ENABLE 0x0070u
#define PCI_MSI_64BIT 0x0080u
#define PCI_MSI_MASKABLE 0x0100u
#define PCI_MSI_ADDRESS 0x04u

#define PCI_MSIX_CONTROL 0x02u
#define PCI_MSIX_TABLE_SIZE 0x07ffu
#define PCI_MSIX_MASK_ALL 0x4000u
#define PCI_MSIX_ENABLE 0x8000u
#define PCI_MSIX_TABLE 0x04u
#define PCI_MSIX_PBA 0x08u
#define PCI_MSIX_BIR 0x7u
#define PCI_MSIX_ENTRY_SIZE 16u

#define PCIE_FLAGS 0x02u
#define PCIE_FLAGS_TYPE 0x00f0u
#define PCIE_TYPE_ROOT_PORT 0x4u
#define PCIE_TYPE_UPSTREAM 0x5u
#define PCIE_TYPE_DOWNSTREAM 0x6u
#define PCIE_DEVICE_CAPABILITIES 0x04u
#define PCIE_DEVICE_CAP_FLR 0x10000000u
#define PCIE_DEVICE_CONTROL 0x08u
#define PCIE_DEVICE_CONTROL_REPORTING 0x000fu /* correctable, non-fatal, fatal errors, unsupported requests */
#define PCIE_DEVICE_CONTROL_FLR 0x8000u
#define PCIE_DEVICE_STATUS 0x0au
#define PCIE_DEVICE_STATUS_PENDING 0x0020u

/* Extended capabilities (PCIe 7.6.3): id in [15:0], version in [19:16], next in [31:20] */
#define PCIE_EXT_CAP_ID_ACS 0x000du
#define PCIE_ACS_CAPABILITY 0x04u
#define PCIE_ACS_CONTROL 0x06u
#define PCIE_ACS_SOURCE_VALIDATION 0x0001u
#define PCIE_ACS_TRANSLATION_BLOCKING 0x0002u
#define PCIE_ACS_REQUEST_REDIRECT 0x0004u
#define PCIE_ACS_COMPLETION_REDIRECT 0x0008u
#define PCIE_ACS_UPSTREAM_FORWARDING 0x0010u
/* What keeps requests on the way to the IOMMU. */
#define PCIE_ACS_ISOLATING                                                                                             \
    (PCIE_ACS_SOURCE_VALIDATION | PCIE_ACS_TRANSLATION_BLOCKING | PCIE_ACS_REQUEST_REDIRECT |                          \
     PCIE_ACS_COMPLETION_REDIRECT | PCIE_ACS_UPSTREAM_FORWARDING)

/* Configuration mechanism #1 (PCI 3.0 3.2.2.3.2) */
#define PCI_CONFIG_ADDRESS_ENABLE 0x80000000u

#endif
