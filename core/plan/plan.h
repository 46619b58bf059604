/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns which core, frame, device and vector: all of it, fixed size, no pointers. The plan is what resolve.c and
 * place.c decide, what the table writers turn into bits, and what recheck compares the finished bits with. */
#ifndef CORE_PLAN_PLAN_H
#define CORE_PLAN_PLAN_H

#include "config/system.h"
#include "core/lib/address.h"
#include "core/lib/report.h"
#include "core/plan/machine.h"

/* Where the attestation partition sees the event log: behind the TPM's pages, among addresses that PCs keep for the chipset. */
#define PLAN_EVENT_LOG_GPA 0xfed50000ull
#define PLAN_CORE_ID_MAX 254u /* an MSI that a guest composes has 8 bits of destination; 255 is the broadcast */
/* Where the log ring stands whenever that is free: a warm reset finds it again. */
#define PLAN_LOG_BASE 0x4000000ull
#define PLAN_MAX_WINDOWS 7 /* BAR windows of one device: six BARs, one of them split by the MSI-X table */

/* A memory BAR, mapped one to one (guest-physical = host-physical). Rounded out to whole pages. The page(s) that hold
 * the MSI-X table are left out of the stage-2 map, so that every access to them exits. */
struct plan_bar {
    uint8_t index;
    struct machine_bar bar;
};

struct plan_device {
    char name[SYSTEM_NAME_MAX];
    uint16_t function;         /* index into machine.functions */
    struct pci_address host;
    struct hpa config;         /* its page of memory-mapped configuration space */
    uint16_t requester_id;     /* what the IOMMU sees */
    uint8_t iommu;
    uint8_t guest_devfn;       /* the partition sees it on bus 0 at this place: device 1 + n, function 0 */
    uint32_t bar_count;
    struct plan_bar bars[6];   /* memory BARs only; I/O BARs are refused or hidden */
    struct hpa_range msix_table; /* whole pages; size 0 without MSI-X */
    uint32_t window_count;
    struct hpa_range windows[PLAN_MAX_WINDOWS]; /* what the stage-2 map gets: the pages of all bars without msix_table;
                                                   ascending, disjoint */
};

/* An image of a partition, copied and hashed at boot, kept where nobody can write. */
struct plan_image {
    struct hpa base; /* page-aligned */
    uint64_t size;   /* bytes as signed */
};

/* What the partition with `role = "attest"` gets of the TPM: the register page of locality 0, mapped one to one like a BAR,
 * and the event log, which it can read. */
struct plan_tpm {
    bool present;
    struct hpa registers;
    struct gpa log;    /* where it sees plan.event_log */
    uint64_t log_size; /* bytes */
};

struct plan_partition {
    char name[SYSTEM_NAME_MAX];
    uint16_t domain; /* 1 + index: AMD-Vi domain id and ASID */
    uint32_t core_count;
    uint32_t apic_ids[SYSTEM_MAX_CORES]; /* ascending; [0] starts the partition */
    uint32_t region_count;
    struct plan_region regions[PLAN_MAX_REGIONS]; /* ascending by gpa; regions[0].gpa = 0 */
    struct plan_image kernel, initrd;             /* initrd.size = 0: none */
    struct hpa_range boot_blob; /* sealed; what the loader prepares: zero page, tables, command line */
    uint32_t device_count;
    struct plan_device devices[SYSTEM_MAX_DEVICES];
    struct plan_tpm tpm;
};

struct plan {
    uint32_t partition_count;
    struct plan_partition partitions[SYSTEM_MAX_PARTITIONS];
    struct hpa_range monitor; /* the monitor's code, shared state and per-core state */
    struct hpa_range tables;  /* pool of the table writers */
    struct hpa_range sealed;  /* all plan_image and boot_blob ranges lie in here */
    struct hpa_range log;     /* the ring that survives a warm reset */
    struct hpa_range event_log; /* what is measured; no partition can write it, one may be given it to read */
};

/* What the boot stage needs beside the partitions; known when it is linked. Bytes. */
struct plan_needs {
    uint64_t monitor_fixed;    /* code, read-only data, shared state */
    uint64_t monitor_per_core;
    uint64_t boot_blob;        /* per partition */
    uint64_t log;
    uint64_t event_log;
};

/* Decides everything. Deterministic: the same system, machine and needs give the same plan. All findings are reported,
 * not only the first; *plan is meaningful only when report_ok(). Pure. */
void plan_make(const struct system *system, const struct machine *machine, const struct plan_needs *needs,
               struct plan *plan, struct report *report);

#endif
