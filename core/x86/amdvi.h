/* SPDX-License-Identifier: Apache-2.0 */
/* Switching an AMD IOMMU on (AMD I/O Virtualization Technology Specification 3.x, 3.4). */
#ifndef CORE_X86_AMDVI_H
#define CORE_X86_AMDVI_H

#include "core/lib/address.h"
#include "core/x86/iommu.h"

#include <stdbool.h>
#include <stdint.h>

enum amdvi_result {
    AMDVI_ENABLED,
    AMDVI_NO_GA,       /* no 128-bit remapping entries (EFR GASup) */
    AMDVI_NO_X2APIC,   /* no 32-bit interrupt destinations (EFR XTSup) */
    AMDVI_NO_FLUSH,    /* cannot drop all that it cached (EFR IASup) */
    AMDVI_NO_ANSWER,   /* a command was not completed */
};

/* Points the IOMMU whose registers are at `registers` (mapped, uncached) at the finished device table of 65,536 entries and at
 * the empty command buffer of `queue`, whose other members the caller has filled, and enables DMA and interrupt remapping.
 * What the firmware had set up is switched off first. */
enum amdvi_result amdvi_enable(volatile void *registers, struct hpa device_table, struct hpa commands,
                               struct iommu_queue *queue);

#endif
