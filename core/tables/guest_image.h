/* SPDX-License-Identifier: Apache-2.0 */
/* How a partition's memory looks when it starts: which sealed bytes go to which guest-physical address, and the boot blob
 * (zero page, identity page tables, GDT, command line, ACPI tables). Pure. */
#ifndef CORE_TABLES_GUEST_IMAGE_H
#define CORE_TABLES_GUEST_IMAGE_H

#include "config/system.h"
#include "core/lib/address.h"
#include "core/lib/report.h"
#include "core/plan/plan.h"

#define GUEST_MAX_SEGMENTS 8
#define GUEST_BLOB_SIZE 0x20000ull /* bytes set aside for the boot blob of one partition */

/* Copy `size` bytes from host-physical `from` (inside the sealed region) to guest-physical `to`. All other guest memory is
 * zero when the partition starts. */
struct guest_segment {
    struct hpa from;
    struct gpa to;
    uint64_t size;
};

/* The state of the first core at its first instruction: flat 64-bit mode with the page tables at cr3 when long_mode, else
 * flat 32-bit protected mode without paging (PVH and flat binaries). */
struct guest_entry {
    bool long_mode;
    uint64_t rip, rsi, rbx, rsp;
    uint64_t cr3;
    struct gpa gdt;
    uint16_t gdt_limit;
};

struct guest_image {
    uint32_t segment_count;
    struct guest_segment segments[GUEST_MAX_SEGMENTS];
    struct guest_entry entry;
};

/* Prepares partition `index`. `kernel` and `initrd` point at the sealed copies (already hashed); `blob` is writable memory
 * of GUEST_BLOB_SIZE that stands at plan boot_blob.base. Refuses, with findings, a kernel whose header lies or asks for
 * what the partition does not have. Linux: 64-bit boot protocol (Documentation/arch/x86/boot.rst). */
void guest_image_prepare(const struct system *system, const struct machine *machine, const struct plan *plan,
                         uint32_t index, const uint8_t *kernel, const uint8_t *initrd, uint8_t *blob,
                         struct guest_image *image, struct report *report);

/* Writes RSDP, XSDT, FADT (hardware-reduced), MADT and DSDT (with AML for the UART and the PCI root) for partition `index`
 * into `buffer`, as they will stand at guest-physical `at`. Returns the bytes used, 0 when `size` is too small; *rsdp gets
 * the RSDP's guest-physical address. */
uint32_t guest_acpi_build(const struct machine *machine, const struct plan *plan, uint32_t index, struct gpa at,
                          uint8_t *buffer, uint32_t size, struct gpa *rsdp);

#endif
