/* SPDX-License-Identifier: Apache-2.0 */
/* The boot stage's page tables (paging.c). */
#ifndef CORE_BOOT_PAGING_H
#define CORE_BOOT_PAGING_H

#include "core/lib/address.h"

/* Adds a range to the identity map, writable and not executable: registers above 4 GiB. */
void paging_map(struct hpa_range range);

/* Makes the page below 1 MiB that other cores start in executable and read-only. */
void paging_map_executable(uint64_t page);

/* Entry `index` of the top-level table, for the tables on which a core enters the monitor. */
uint64_t paging_top_entry(unsigned index);

#endif
