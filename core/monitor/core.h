/* SPDX-License-Identifier: Apache-2.0 */
/* One core's private state, mapped at the same address on every core and on no other core's map. */
#ifndef CORE_MONITOR_CORE_H
#define CORE_MONITOR_CORE_H

#include "core/handoff.h"
#include "core/monitor/shared.h"
#include "core/x86/backend.h"
#include "core/x86/cpu.h"

#define GDT_ENTRIES 5 /* null, code, data, TSS (two slots) */

/* AMD64 APM vol. 2, 12.2.5. */
struct task_state {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map_base;
} __attribute__((packed));

/* Whether the core runs its guest. PARKED: no. WAITING: the guest sent it INIT, it waits for a start-up IPI. */
enum core_mode { CORE_PARKED, CORE_WAITING, CORE_RUNNING };

struct core {
    uint32_t index;          /* into handoff.cores */
    uint8_t partition;       /* index, or HANDOFF_NO_PARTITION */
    enum core_mode mode;
    bool guest_nmi_waiting;
    const struct cpu_backend *backend;
    struct vcpu vcpu;
    uint64_t gdt[GDT_ENTRIES];
    struct task_state tss;
};

_Static_assert(sizeof(struct core) <= 2 * PAGE_SIZE, "the core state fits its two frames");

static inline struct core *this_core(void)
{
    return (struct core *)(MONITOR_CORE + CORE_PAGE_STATE * PAGE_SIZE);
}

/* The partition this core belongs to. Callers run only on cores that have one. */
static inline const struct handoff_partition *this_partition(void)
{
    return &monitor_handoff()->partitions[this_core()->partition];
}

static inline struct partition_shared *this_partition_shared(void)
{
    return &monitor_shared()->partitions[this_core()->partition];
}

static inline struct mailbox *this_mailbox(void)
{
    return &monitor_shared()->mailboxes[this_core()->index];
}

/* Where core `index`'s frame `frame` stands. */
static inline struct hpa core_frame_hpa(uint32_t index, enum core_frame frame)
{
    return hpa_add(monitor_handoff()->core_blocks, ((uint64_t)index * CORE_FRAMES + frame) * PAGE_SIZE);
}

/* Loads GDT, TSS, IDT, drops the boot stage's half of the address space and turns virtualisation on (core_init.c). */
void core_init(uint32_t index);

#endif
