/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of the boot stage share. */
#ifndef CORE_BOOT_BOOT_H
#define CORE_BOOT_BOOT_H

#include "config/container.h"
#include "config/manifest.h"
#include "config/system.h"
#include "core/boot/discover.h"
#include "core/boot/memory_map.h"
#include "core/handoff.h"
#include "core/lib/report.h"
#include "core/plan/machine.h"
#include "core/plan/plan.h"
#include "core/tables/guest_image.h"
#include "core/tables/tables.h"
#include "core/x86/tpm.h"

#define BOOT_MAX_MEMORY 1024
#define BOOT_MAX_FILES 40
#define BOOT_MAX_IMAGE (1ull << 30) /* bytes of one kernel or initial RAM disk */

struct boot_file {
    char name[SYSTEM_FILE_MAX];
    const uint8_t *data;
    uint64_t size;
};

/* The event log that firmware has kept, copied. No bytes: it kept none. */
struct boot_firmware_log {
    const uint8_t *bytes;
    uint32_t size;
    const char *flaw; /* why it cannot be gone on with; NULL: it can */
};

/* The firmware or loader that started us, behind its two operations. */
struct boot_source {
    const char *name; /* "UEFI", "Multiboot2" */
    uint64_t entry_tsc;
    struct hpa rsdp;
    struct hpa low_pages; /* two pages below 1 MiB for starting the other cores */
    uint32_t memory_count;
    struct boot_memory memory[BOOT_MAX_MEMORY];
    uint32_t file_count;
    struct boot_file files[BOOT_MAX_FILES];
    struct boot_firmware_log firmware_log; /* complete when finish() returned */
    /* Finds a file of at most `limit` bytes and adds it to files; NULL when it is missing, larger or unreadable. */
    const struct boot_file *(*load)(struct boot_source *source, const char *name, uint64_t limit);
    /* Ends the firmware's services and fills the memory map; false when the firmware refuses. */
    bool (*finish)(struct boot_source *source);
};

/* Everything the boot stage knows. One static instance; wiped by the monitor. */
struct boot {
    struct boot_source *source;
    struct manifest manifest;
    struct container container;
    struct system system;
    struct machine machine;
    struct acpi_scopes scopes;
    struct plan_needs needs;
    struct plan plan;
    struct table_pool pool;
    struct tables tables;
    struct guest_image guests[SYSTEM_MAX_PARTITIONS];
    uint8_t tables_digest[SHA384_SIZE]; /* of every table built, for the measured boot */
    struct handoff_rollback rollback;
    bool tpm_usable;                    /* the machine is measured with it */
    struct tpm tpm;                     /* at locality 2 where that is open, else 0 */
    uint32_t event_log_used; /* bytes of plan.event_log */
    struct tpm_secret runtime_secret; /* what PCR 22 asks for, once everything is measured */
    struct report report;
    struct report flaws; /* of PCI functions: no reason to refuse, unless a partition is to have one */
    uint64_t wall_clock, wall_clock_tsc; /* seconds since 1970 at a time stamp */
    uint64_t step_tsc[HANDOFF_STEPS];
};

/* Firmware's services are still there: verify and decode the configuration, load the files it names, end the services. Returns
 * only on success. */
struct boot *boot_prepare(struct boot_source *source);

/* From discovery to launch; never returns. */
void boot_main(struct boot *boot) __attribute__((noreturn));

/* Moves to the boot stage's own stack and goes on in boot_main (entry.S). */
void boot_continue(struct boot *boot) __attribute__((noreturn));

/* Goes on when the report is empty; else prints every finding and stops the machine: nothing was started. */
void boot_check(const struct boot *boot, const char *step);

/* Prints the findings and goes on. */
void boot_note(const struct report *report);

/* Prints one finding that needs no report and stops the machine. */
void boot_refuse(const struct rule *rule, const char *where, const char *found_format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

void boot_step_done(struct boot *boot, enum boot_step step);

#endif
