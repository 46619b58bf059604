/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot stage hands to the monitor: one struct of constants, read-only for ever after, and the addresses at which
 * the two meet. The only header that core/boot and core/monitor share. */
#ifndef CORE_HANDOFF_H
#define CORE_HANDOFF_H

#include "config/limits.h"
#include "core/lib/address.h"
#include "core/lib/log_ring.h"
#include "core/lib/pci_address.h"
#include "core/measure/log.h"
#include "core/monitor_base.h"
#include "core/plan/parts.h"
#include "core/tables/guest_entry.h"
#include "core/x86/tpm.h"

#include <stddef.h>

#define HANDOFF_MAGIC 0x66666f646e61482aull
#define HANDOFF_REVISION 3
#define HANDOFF_MAX_WIPES 64
#define HANDOFF_NO_PARTITION 0xff

/* The steps of the boot stage whose times are reported. */
enum boot_step {
    STEP_ENTRY, STEP_VERIFY, STEP_LOAD, STEP_DISCOVER, STEP_PLAN, STEP_BUILD, STEP_RECHECK, STEP_SEAL,
    STEP_MEASURE, STEP_START,
    HANDOFF_STEPS,
};

/* The monitor's address space: one 2 MiB slot of 4 KiB pages at the top of the 64-bit space, a second slot that one large
 * page can be put into (the scrub window), and nothing else. The same on every core, but for the frames behind CORE. */
#define MONITOR_IMAGE MONITOR_BASE                   /* code, read-only data */
#define MONITOR_IMAGE_MAX 0x20000ull
#define MONITOR_HANDOFF (MONITOR_BASE + 0x40000ull)  /* struct handoff, read-only */
#define MONITOR_HANDOFF_MAX 0x40000ull
#define MONITOR_SHARED (MONITOR_BASE + 0x80000ull)   /* struct shared: what cores tell each other */
#define MONITOR_SHARED_MAX 0x40000ull
#define MONITOR_LOG (MONITOR_BASE + 0xc0000ull)      /* struct log_ring */
#define MONITOR_CORE (MONITOR_BASE + 0x100000ull)    /* this core's private pages, with guard pages between them */
#define MONITOR_IOMMU (MONITOR_BASE + 0x140000ull)   /* per IOMMU: register page, command buffer, queue state */
#define MONITOR_IOMMU_PAGES 3u
#define MONITOR_TPM (MONITOR_BASE + 0x160000ull)     /* the TPM's register page of locality 2, where it is open */
#define MONITOR_EVENT_LOG (MONITOR_BASE + 0x180000ull) /* the TCG event log; with MONITOR_TPM alone */
#define MONITOR_EVENT_LOG_MAX 0x40000ull
#define MONITOR_WINDOW (MONITOR_BASE + 0x1ff000ull)  /* one 4 KiB page, mapped for one access */
#define MONITOR_SCRUB (MONITOR_BASE + 0x200000ull)   /* one 2 MiB page, mapped while a partition is loaded */

/* A core's private block: frames in this order, and the pages of MONITOR_CORE they appear at (gaps are guard pages).
 * Frames without a CORE_PAGE are reached by the hardware only. */
enum core_frame {
    CORE_FRAME_PML4, CORE_FRAME_PDPT, CORE_FRAME_PD, CORE_FRAME_PT,
    CORE_FRAME_STATE, CORE_FRAME_STATE2, CORE_FRAME_IDT, CORE_FRAME_VMCB, CORE_FRAME_HOST_SAVE, CORE_FRAME_HOST_STATE,
    CORE_FRAME_STACK0, CORE_FRAME_STACK1, CORE_FRAME_NMI_STACK, CORE_FRAME_FAULT_STACK,
    CORE_FRAMES,
};
#define CORE_PAGE_PML4 0u
#define CORE_PAGE_PD 1u
#define CORE_PAGE_PT 2u
#define CORE_PAGE_STATE 4u
#define CORE_PAGE_IDT 6u
#define CORE_PAGE_VMCB 8u
#define CORE_PAGE_STACK 11u
#define CORE_PAGE_NMI_STACK 14u
#define CORE_PAGE_FAULT_STACK 16u
#define MONITOR_STACK_TOP (MONITOR_CORE + (CORE_PAGE_STACK + 2) * PAGE_SIZE)
#define MONITOR_NMI_STACK_TOP (MONITOR_CORE + (CORE_PAGE_NMI_STACK + 1) * PAGE_SIZE)
#define MONITOR_FAULT_STACK_TOP (MONITOR_CORE + (CORE_PAGE_FAULT_STACK + 1) * PAGE_SIZE)

/* The first bytes of the monitor's image, written by monitor.ld: how the boot stage maps it. */
#define MONITOR_HEADER_MAGIC 0x726f74696e6f4d2aull
struct monitor_header {
    uint64_t magic;
    uint64_t rodata_offset; /* code before it, constants behind it; page-aligned */
    uint64_t size;          /* page-aligned */
    uint64_t entry;         /* virtual address of monitor_entry(uint32_t core_index) */
};

struct handoff_core {
    uint32_t apic_id;
    uint8_t partition; /* HANDOFF_NO_PARTITION: stays parked */
};

struct handoff_device {
    char name[SYSTEM_NAME_MAX];
    struct pci_address host;
    struct hpa config;      /* its 4 KiB of memory-mapped configuration space */
    uint16_t requester_id;
    uint8_t iommu;
    uint8_t guest_devfn;
    uint8_t pm_cap, msi_cap, msix_cap, pcie_cap;
    uint16_t acs_cap;
    bool msi_64bit, msi_maskable;
    uint8_t msi_log2_vectors;
    bool flr;
    uint16_t msix_entries;
    struct gpa msix_table;  /* of entry 0; MMIO is mapped one to one, so this is its host-physical address as well */
    struct hpa_range msix_pages; /* trapped pages around it */
    struct hpa irt;         /* its 2,048 remapping entries */
    uint64_t bar_base[6];   /* raw base address as programmed, 0: no BAR; upper halves hold the upper half */
    uint64_t bar_size[6];   /* 0: no BAR at this index */
    enum bar_kind bar_kind[6];
    bool bar_prefetchable[6];
};

struct handoff_partition {
    char name[SYSTEM_NAME_MAX];
    uint16_t domain;
    bool console;
    enum system_restart restart;
    uint32_t restart_limit;
    uint32_t restart_window_seconds;
    uint32_t core_count;
    uint32_t apic_ids[SYSTEM_MAX_CORES];
    uint32_t core_index[SYSTEM_MAX_CORES]; /* into handoff.cores; [0] starts and restarts the partition */
    uint32_t region_count;
    struct plan_region regions[PLAN_MAX_REGIONS];
    struct hpa stage2_root;
    struct guest_image image;
    uint32_t device_count;
    struct handoff_device devices[SYSTEM_MAX_DEVICES];
};

struct handoff_iommu {
    enum machine_iommu_kind kind;
    struct hpa base;
    struct hpa commands; /* the command buffer's frame */
    struct hpa state;    /* the frame of its struct iommu_state (core/x86/iommu.h) */
};

/* The TPM that was measured into, and the log of it. Without one `present` is false and nothing is measured. */
struct handoff_tpm {
    bool present;
    uint32_t bank_count;
    uint16_t banks[MEASURE_MAX_BANKS]; /* what the log has digests of */
    bool locality2;  /* the hypervisor's own: PCR 22 is extended, too, and the TPM is taken from a partition that keeps it */
    struct hpa base; /* the register page of locality 0; locality n has the n-th page after it */
    struct hpa_range log; /* a TCG event log that starts at its base; the rest of it is zero */
    uint32_t log_used;    /* bytes */
    struct tpm_secret secret; /* what PCR 22 asks for */
};

/* The TPM counter that refuses older configurations. */
struct handoff_rollback {
    bool counter;              /* there is one, and it was read */
    uint32_t floor;            /* the lowest security version that may start */
    uint32_t security_version; /* the running configuration's: as far as the floor may be raised */
    uint32_t partition;        /* ... on request of this one, with `role = "attest"`; HANDOFF_NO_PARTITION: of nobody */
};

struct handoff {
    uint64_t magic;
    uint32_t revision;
    enum machine_vendor vendor;
    uint64_t tsc_hz, apic_timer_hz;
    uint64_t wall_clock;     /* seconds since 1970 ... */
    uint64_t wall_clock_tsc; /* ... at this time stamp */
    uint64_t step_tsc[HANDOFF_STEPS]; /* time stamp counter at the end of each step of the boot stage */
    uint32_t core_count;
    struct handoff_core cores[MACHINE_MAX_CORES];
    struct hpa core_blocks; /* core i's private block starts at core_blocks + i * CORE_FRAMES pages */
    struct hpa msr_bitmap, io_bitmap;
    uint32_t iommu_count;
    struct handoff_iommu iommus[MACHINE_MAX_IOMMUS];
    uint32_t wipe_count;
    struct hpa_range wipes[HANDOFF_MAX_WIPES]; /* where the boot stage lived; scrubbed before the first guest runs */
    struct handoff_tpm tpm;
    struct handoff_rollback rollback;
    uint32_t partition_count;
    struct handoff_partition partitions[SYSTEM_MAX_PARTITIONS];
};

_Static_assert(sizeof(struct handoff) <= MONITOR_HANDOFF_MAX, "the handoff fits its slot");

#endif
