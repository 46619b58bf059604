/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of boot_main, each in the file named behind it. A step that cannot go on says why and stops the machine. */
#ifndef CORE_BOOT_STEPS_H
#define CORE_BOOT_STEPS_H

#include "core/boot/boot.h"

void processor_take_over(void);             /* processor.c: interrupts off, own descriptor tables */
void clocks_survey(struct boot *boot);      /* survey.c: before the local APIC changes its mode */
void wall_clock_survey(struct boot *boot);  /* wall_clock.c */
void machine_survey(struct boot *boot);     /* survey.c: processor, memory, ACPI → struct machine */
void paging_build(const struct boot *boot); /* paging.c: identity map, writable or executable, never both */
void legacy_interrupts_off(const struct boot *boot); /* legacy.c: PICs and I/O APICs masked */
void pci_survey(struct boot *boot);         /* survey.c: the PCI tree; bus mastering goes off */
void tpm_survey(struct boot *boot);         /* tpm_survey.c: is there one that can be measured into? */
void machine_print(const struct boot *boot); /* machine_print.c: for debugging alone */
void rollback_check(struct boot *boot);     /* rollback.c: older configurations than the TPM's counter allows are refused */
void plan_decide(struct boot *boot);        /* steps.c */
void tables_write(struct boot *boot);       /* steps.c */
void tables_check(struct boot *boot);       /* steps.c */
void iommus_enable(struct boot *boot);      /* iommus.c */
void images_seal(struct boot *boot);        /* seal.c: copy, hash the copy, use the copy */
void guests_prepare(struct boot *boot);     /* seal.c */
void measure(struct boot *boot);            /* measure.c: all that was decided, into TPM and event log */
void cores_start(struct boot *boot);        /* smp.c: every other core waits in the boot stage */
void monitor_place(struct boot *boot);      /* monitor_place.c: image, handoff, page tables of every core */
void launch(struct boot *boot) __attribute__((noreturn)); /* smp.c: all cores enter the monitor */

/* What the monitor's region holds, in this order; offsets from plan.monitor.base (monitor_place.c). */
struct monitor_layout {
    uint64_t image, handoff, shared, iommu, cores, size_fixed;
};
struct monitor_layout monitor_layout(uint32_t iommu_count);

/* Page tables and entry address for core `index` (monitor_place.c). */
uint64_t monitor_page_tables(const struct boot *boot, uint32_t index);
uint64_t monitor_entry_address(void);

/* There is no TPM to measure with: refuses when the configuration requires one, else says why nothing is measured
 * (tpm_survey.c). */
void tpm_give_up(struct boot *boot, const struct rule *rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
const char *tpm_result_text(enum tpm_result result); /* as the end of a sentence */

/* Sets this core's control registers as the monitor wants them and switches the local APIC to x2APIC (processor.c). */
void processor_set_up(void);
void processor_load_idt(void);

#endif
