/* SPDX-License-Identifier: Apache-2.0 */
/* What cores tell each other: the only memory of the monitor that every core can write. */
#ifndef CORE_MONITOR_SHARED_H
#define CORE_MONITOR_SHARED_H

#include "core/handoff.h"
#include "core/monitor/events.h"
#include "core/monitor/lock.h"
#include "core/monitor/rtc.h"
#include "core/monitor/uart16550.h"
#include "core/x86/backend.h"

#define CONSOLE_LINE_MAX 240

/* Requests one core makes of another, as bits; followed by an NMI, and taken by the target at its next exit. */
#define REQUEST_STOP (1u << 0)    /* leave the guest, park, acknowledge */
#define REQUEST_INIT (1u << 1)    /* guest's INIT IPI: wait for a start-up IPI */
#define REQUEST_STARTUP (1u << 2) /* guest's start-up IPI */
#define REQUEST_NMI (1u << 3)     /* guest's NMI IPI */
#define REQUEST_REAP (1u << 4)    /* partition's first core: the partition broke, take it down */
#define REQUESTS_OF_GUEST (REQUEST_INIT | REQUEST_STARTUP | REQUEST_NMI)

struct mailbox {
    uint32_t requests;
    uint8_t startup_vector;
    bool parked; /* the core runs no guest and touches nothing of its partition */
};

enum partition_state { PARTITION_LOADED, PARTITION_RUNNING, PARTITION_STOPPING, PARTITION_STOPPED };

/* Why a partition stopped; the code behind STOP- in docs/errors.md. */
enum stop_reason {
    STOP_NONE,
    STOP_POWER_OFF,
    STOP_RESET,
    STOP_MEMORY,
    STOP_TRIPLE_FAULT,
    STOP_MSIX_ACCESS,
    STOP_MACHINE_CHECK,
    STOP_INVALID_STATE,
    STOP_UNKNOWN_EXIT,
    STOP_DEVICE,
    STOP_CORE,
    STOP_REASONS,
};

/* What the configuration registers of one device show beside the hardware. */
struct device_state {
    uint8_t bar_sizing;   /* bit n: BAR n was written with all-ones and answers with its size */
    bool msi_enabled;
    uint8_t msi_log2_vectors; /* granted */
    uint32_t msi_address;
    uint16_t msi_data;
};

struct partition_shared {
    enum partition_state state;
    enum stop_reason reason;
    uint64_t starts;
    uint64_t window_start;  /* restart = "limited": time stamp at which the window began ... */
    uint64_t window_starts; /* ... and the restarts in it */
    uint32_t pci_address;   /* the last value of port 0xCF8 */
    struct device_state devices[SYSTEM_MAX_DEVICES];
    struct uart16550 uart;
    struct rtc rtc;
    struct lock console_lock;
    uint32_t line_used;
    char line[CONSOLE_LINE_MAX];
};

struct shared {
    uint32_t cores_ready;   /* cores that reached the monitor */
    uint32_t memory_clean;  /* 1: the boot stage's memory has been scrubbed */
    uint32_t times_said;    /* 1: the first partition has said how long the boot took */
    struct lock uart_lock;
    struct events events;
    struct lock iommu_lock[MACHINE_MAX_IOMMUS];
    struct mailbox mailboxes[MACHINE_MAX_CORES];
    struct partition_shared partitions[SYSTEM_MAX_PARTITIONS];
    uint64_t exits[MACHINE_MAX_CORES][EXIT_REASONS];
    uint64_t refused[MACHINE_MAX_CORES]; /* accesses answered as absent hardware would */
};

_Static_assert(sizeof(struct shared) <= MONITOR_SHARED_MAX, "the shared state fits its slot");

static inline struct shared *monitor_shared(void)
{
    return (struct shared *)MONITOR_SHARED;
}

static inline const struct handoff *monitor_handoff(void)
{
    return (const struct handoff *)MONITOR_HANDOFF;
}

#endif
