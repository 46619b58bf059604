/* SPDX-License-Identifier: Apache-2.0 */
/* The little of a machine and a plan that the monitor knows, too: counts, kinds, and a piece of memory. */
#ifndef CORE_PLAN_PARTS_H
#define CORE_PLAN_PARTS_H

#include "core/lib/address.h"

#include <stdint.h>

#define MACHINE_MAX_CORES 256
#define MACHINE_MAX_IOMMUS 8
#define PLAN_MAX_REGIONS 4 /* memory regions of one partition */
#define PLAN_LOW_TOP 0x80000000ull /* guest RAM ends here at the latest below 4 GiB ... */
#define PLAN_HIGH_BASE 0x100000000ull /* ... and goes on here */
#define PLAN_IRTES_PER_DEVICE 2048 /* every device has a full table of its own */

enum machine_vendor { VENDOR_UNKNOWN, VENDOR_AMD, VENDOR_INTEL };
enum machine_iommu_kind { IOMMU_AMDVI, IOMMU_VTD };
enum bar_kind { BAR_NONE, BAR_MEMORY32, BAR_MEMORY64, BAR_IO };

/* Guest RAM: guest-physical [gpa, gpa + size) stands at host-physical [hpa, hpa + size). Multiples of 2 MiB. */
struct plan_region {
    struct gpa gpa;
    struct hpa hpa;
    uint64_t size;
};

#endif
