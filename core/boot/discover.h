/* SPDX-License-Identifier: Apache-2.0 */
/* Finding out what the machine has: ACPI tables and the PCI tree → struct machine. Pure over `struct physical_reader`
 * and `struct pci_access`, so that the host tests and fuzzers run what the machine runs. */
#ifndef CORE_BOOT_DISCOVER_H
#define CORE_BOOT_DISCOVER_H

#include "core/lib/address.h"
#include "core/lib/report.h"
#include "core/plan/machine.h"

/* Reads `size` bytes of physical memory at `address` into `out`; false when the span is not readable memory (never
 * faults). */
struct physical_reader {
    bool (*read)(void *context, struct hpa address, void *out, uint32_t size);
    void *context;
};

/* Configuration-space access; width 1, 2 or 4, offset aligned to it, below 4096. Absent functions read all-ones.
 * write is needed to size BARs (with decoding off). */
struct pci_access {
    uint32_t (*read)(void *context, struct pci_address function, uint32_t offset, uint32_t width);
    void (*write)(void *context, struct pci_address function, uint32_t offset, uint32_t width, uint32_t value);
    void *context;
};

/* What IVRS says about requester ids, kept between acpi_discover() and pci_discover(): only the walk of the PCI tree
 * knows which functions there are. */
struct acpi_scope { /* IVHD device entries, flattened; a later entry for the same id overrides an earlier one */
    uint8_t iommu;
    uint16_t segment;
    uint16_t first_id, last_id; /* requester ids, inclusive */
    bool has_alias;
    uint16_t alias;
};
struct acpi_duty { /* IVMD blocks: these functions must keep DMA access to the range */
    struct hpa_range range;
    uint16_t segment;
    uint16_t first_id, last_id; /* requester ids, inclusive */
    bool all_functions;         /* of every segment; first_id and last_id mean nothing */
};
#define ACPI_MAX_SCOPES 512
struct acpi_scopes {
    uint32_t count;
    struct acpi_scope scopes[ACPI_MAX_SCOPES];
    uint32_t duty_count;
    struct acpi_duty duties[MACHINE_MAX_DUTIES];
};

/* Call with machine->ram filled: registers that tables put into RAM are refused.
 * Reads RSDP → XSDT (RSDT when there is no XSDT) → MADT, IVRS, MCFG, TPM2 (DMAR is recognised and named, not parsed yet).
 * Fills cores (boot_apic_id first, the others ascending; smt_group = apic_id, for the boot stage to better from
 * CPUID), iommus, ecams and tpm of *machine, and *scopes for pci_discover(). Bounds every read, verifies checksums,
 * accepts what is legal, names what it refuses (docs/boot-discovery.md). A machine without IVRS has iommu_count 0,
 * one without MCFG ecam_count 0: both are legal here, the plan decides whether they will do. `rsdp` 0 means that
 * nobody named one. */
void acpi_discover(const struct physical_reader *memory, struct hpa rsdp, uint32_t boot_apic_id,
                   struct machine *machine, struct acpi_scopes *scopes, struct report *report);

/* Walks every bus named by machine->ecams (bus 0..255 of segment 0 through ports when there is no MCFG), sizes BARs,
 * reads capabilities, and fills machine->functions, sorted by address, and machine->duties. Turns memory and port
 * decoding off while it sizes and restores it; turns bus mastering OFF for good on every endpoint (not on bridges);
 * turns on the ACS features that a bridge or multi-function device has. A BAR that firmware left without an address has
 * base 0 and a size. Call it when firmware no longer uses its devices.
 * Bounded: contradictory bridges and more than MACHINE_MAX_FUNCTIONS are findings. A function whose own configuration
 * space makes no sense (capability loops, odd BARs) harms nobody as long as nobody owns it: it is marked flawed, which
 * a plan refuses to give away, and *flaws says why. */
void pci_discover(const struct pci_access *access, const struct acpi_scopes *scopes, struct machine *machine,
                  struct report *flaws, struct report *report);

#endif
