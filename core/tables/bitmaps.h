/* SPDX-License-Identifier: Apache-2.0 */
/* The MSR and port permission maps that all partitions share. */
#ifndef CORE_TABLES_BITMAPS_H
#define CORE_TABLES_BITMAPS_H

#include "core/tables/tables.h"

/* Writes the two frames at `first`: every MSR exits but for those of msr_pass_list. */
void msr_bitmap_write(struct table_pool *pool, uint32_t first);

#endif
