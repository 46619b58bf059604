/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine has: filled by the boot stage's discovery (ACPI, PCI, memory map) or, on the host, from a machine
 * description in JSON. Fixed size, no pointers. */
#ifndef CORE_PLAN_MACHINE_H
#define CORE_PLAN_MACHINE_H

#include "core/lib/address.h"
#include "core/lib/pci_address.h"
#include "core/plan/parts.h"

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_MAX_RANGES 128
#define MACHINE_MAX_ECAMS 8
#define MACHINE_MAX_IOAPICS 16
#define MACHINE_MAX_FUNCTIONS 512
#define MACHINE_MAX_DUTIES 32
#define MACHINE_NO_IOMMU 0xff
#define MACHINE_NO_FUNCTION 0xffff

struct machine_core {
    uint32_t apic_id;   /* x2APIC id */
    uint32_t smt_group; /* cores with the same number are SMT siblings */
};

struct machine_iommu {
    enum machine_iommu_kind kind;
    struct hpa base;             /* MMIO registers */
    uint32_t size;               /* bytes of MMIO */
    struct pci_address function; /* AMD-Vi: the IOMMU's own PCI function */
    uint16_t segment;
};

struct machine_ecam {
    struct hpa base; /* of bus 0 of the segment, PCI firmware spec 4.1.2 */
    uint16_t segment;
    uint8_t first_bus, last_bus;
};

/* A memory duty that firmware lays on a device (AMD IVMD, Intel RMRR): the device must keep DMA access to the range. */
struct machine_duty {
    struct hpa_range range;
    struct pci_address function;
    bool all_functions;
};

struct machine_bar {
    enum bar_kind kind; /* the upper half of a 64-bit BAR is BAR_NONE */
    bool prefetchable;
    uint64_t base; /* host-physical address, or port number for BAR_IO */
    uint64_t size; /* a power of two */
};

struct machine_function {
    struct pci_address address;
    uint16_t vendor, device;
    uint16_t subsystem_vendor, subsystem_device;
    uint32_t class_code;     /* 24 bits: class, subclass, programming interface */
    uint8_t revision;
    uint8_t header_type;     /* without the multi-function bit: 0 endpoint, 1 bridge */
    bool multifunction;
    uint16_t parent;         /* index of the bridge above, or MACHINE_NO_FUNCTION on a root bus */
    uint8_t secondary_bus, subordinate_bus; /* bridges */
    uint8_t iommu;           /* index of the IOMMU that translates it, or MACHINE_NO_IOMMU */
    uint16_t alias;          /* requester id the IOMMU sees (IVRS alias entries), normally its own */
    uint8_t pm_cap, msi_cap, msix_cap, pcie_cap; /* offsets in configuration space; 0: absent */
    bool msi_64bit, msi_maskable;
    uint8_t msi_log2_vectors; /* multiple message capable: 0..5 */
    uint16_t msix_entries;    /* 1..2048, 0 without MSI-X */
    uint8_t msix_table_bar, msix_pba_bar;
    uint32_t msix_table_offset, msix_pba_offset;
    bool flr;                 /* function-level reset in PCIe device capabilities */
    uint8_t pcie_type;        /* device/port type (PCIe base spec 7.5.3.2): PCIE_TYPE_*; 0 for endpoints and PCI */
    bool acs;                 /* bridges, multifunction: ACS source validation, request and completion redirect on */
    uint16_t acs_cap;         /* offset of that capability in configuration space; 0: absent */
    struct machine_bar bars[6];
    bool flawed;              /* its configuration space contradicts itself: what stands above is not to be relied on */
};

/* How the TPM is reached (TCG ACPI specification 1.4, 8.4). TPM_OTHER: a command buffer (CRB), which is not driven yet. */
enum machine_tpm_kind { TPM_NONE, TPM_TIS, TPM_OTHER };

#define TPM_LOCALITIES 5u

struct machine_tpm {
    enum machine_tpm_kind kind;
    struct hpa base;      /* TPM_TIS: the register page of locality 0; locality n has the n-th page after it */
    uint32_t start_method; /* of the ACPI table TPM2 */
    bool locality2;       /* a request for locality 2 was granted: known once it was tried */
};

/* The register pages that no partition may have: those of localities 1 to 4. */
static inline struct hpa_range machine_tpm_own_localities(const struct machine_tpm *tpm)
{
    return (struct hpa_range){hpa_add(tpm->base, PAGE_SIZE), (TPM_LOCALITIES - 1) * PAGE_SIZE};
}

struct machine {
    enum machine_vendor vendor;
    bool has_svm, has_npt, has_1g_pages, has_x2apic;
    uint8_t physical_bits;  /* CPUID 8000_0008 EAX[7:0] */
    uint32_t processor;     /* CPUID 1 EAX: family, model, stepping */
    uint64_t microcode;     /* its patch level, MSR 0x8B */
    struct machine_tpm tpm;
    uint64_t tsc_hz;        /* 0: unknown */
    uint64_t apic_timer_hz; /* 0: unknown */
    uint32_t core_count;
    struct machine_core cores[MACHINE_MAX_CORES]; /* cores[0] is the boot core */
    uint32_t ram_count;
    struct hpa_range ram[MACHINE_MAX_RANGES]; /* usable after launch; sorted, disjoint, page-aligned, merged */
    uint32_t busy_count;
    struct hpa_range busy[MACHINE_MAX_RANGES]; /* RAM the boot stage lives in: fine for partitions (written only after
                                                  launch), not for what the boot stage itself fills */
    uint32_t iommu_count;
    struct machine_iommu iommus[MACHINE_MAX_IOMMUS];
    uint32_t ioapic_count;
    struct hpa ioapics[MACHINE_MAX_IOAPICS]; /* register pages; masked at boot, given to nobody */
    uint32_t ecam_count;
    struct machine_ecam ecams[MACHINE_MAX_ECAMS];
    uint32_t duty_count;
    struct machine_duty duties[MACHINE_MAX_DUTIES];
    uint32_t function_count;
    struct machine_function functions[MACHINE_MAX_FUNCTIONS]; /* sorted by address */
};

#endif
