/* SPDX-License-Identifier: Apache-2.0 */
/* How a partition's memory looks when it starts: which sealed bytes go to which guest-physical address, and the boot
 * blob (zero page, identity page tables, GDT, command line, ACPI tables). Pure. */
#ifndef CORE_TABLES_GUEST_IMAGE_H
#define CORE_TABLES_GUEST_IMAGE_H

#include "config/system.h"
#include "core/lib/address.h"
#include "core/lib/report.h"
#include "core/plan/plan.h"
#include "core/tables/guest_entry.h"

#define GUEST_BLOB_SIZE 0x20000ull /* bytes set aside for the boot blob of one partition */
#define GUEST_BLOB_GPA 0xe0000ull  /* where the partition sees it: the last 128 KiB below 1 MiB, docs/guest-view.md */

/* Prepares partition `index` of the plan (the same index as in the configuration). `kernel` points at its sealed
 * copy, already hashed, plan kernel.size bytes; `blob` is writable memory of GUEST_BLOB_SIZE that stands at plan
 * boot_blob.base. The initrd is placed, not read. Refuses, with findings IMG-5xx, a kernel whose header lies or asks
 * for what the partition does not have; *image is then empty. Formats: Linux 64-bit boot protocol 2.12 and later
 * (Documentation/arch/x86/boot.rst), PVH ELF (xen/include/public/arch-x86/hvm/start_info.h), flat binary
 * (docs/guest-view.md). */
void guest_image_prepare(const struct system *system, const struct plan *plan, uint32_t index, const uint8_t *kernel,
                         uint8_t *blob, struct guest_image *image, struct report *report);

/* Writes DSDT (with AML for the UART, the TPM and the PCI root), FADT (hardware-reduced), MADT, TPM2 (where there is a TPM),
 * XSDT and RSDP for a partition into `buffer`, as they will stand at guest-physical `at` (a multiple of 64). Returns the
 * bytes used, 0 when `size` is too small; *rsdp gets the RSDP's guest-physical address. ACPI 6.4. */
uint32_t guest_acpi_build(const struct plan_partition *partition, struct gpa at, uint8_t *buffer, uint32_t size,
                          struct gpa *rsdp);

#endif
