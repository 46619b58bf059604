/* SPDX-License-Identifier: Apache-2.0 */
/* The vendor-neutral view of an IOMMU: switched on once by the boot stage, told of changed remapping entries by the monitor.
 * AMD's is amdvi.c and amdvi_queue.c. */
#ifndef CORE_X86_IOMMU_H
#define CORE_X86_IOMMU_H

#include "core/lib/address.h"

#include <stdbool.h>
#include <stdint.h>

#define IOMMU_QUEUE_REGISTERS 0x2000u /* offset of the register page that holds the command queue's pointers (AMD-Vi) */
#define IOMMU_QUEUE_SIZE 4096u        /* bytes of the command buffer: 256 commands of 16 bytes */

/* What the boot stage leaves and the monitor goes on with; at the start of a frame of its own. */
struct iommu_state {
    volatile uint64_t done; /* a completion wait stores its token here */
    uint64_t issued;        /* the last token: each is used once, so that a late store completes nobody else's wait */
    uint32_t tail;          /* byte offset of the next command */
};

/* The command queue of one IOMMU, as its user has mapped it. */
struct iommu_queue {
    volatile void *registers;    /* the page at IOMMU_QUEUE_REGISTERS */
    volatile uint64_t *commands; /* IOMMU_QUEUE_SIZE bytes */
    struct iommu_state *state;
    struct hpa state_hpa;
};

/* Drops what the IOMMU cached of a device's remapping entries and waits until it says so. False when it does not in a
 * bounded time. */
bool amdvi_invalidate_interrupts(const struct iommu_queue *queue, uint16_t requester_id);

/* Drops everything the IOMMU cached: device table entries, translations, remapping entries. */
bool amdvi_invalidate_all(const struct iommu_queue *queue);

#endif
