/* SPDX-License-Identifier: Apache-2.0 */
/* The counted pool of frames that all tables are made of. */
#ifndef CORE_TABLES_POOL_H
#define CORE_TABLES_POOL_H

#include "core/tables/tables.h"

#include <stdbool.h>
#include <stdint.h>

/* Takes `count` contiguous frames and sets every entry to `fill`. Returns the first one's index, FRAME_NONE when the
 * pool has too few left. */
uint32_t pool_take(struct table_pool *pool, uint32_t count, uint64_t fill);

/* Where a frame stands. */
static inline struct hpa pool_address(const struct table_pool *pool, uint32_t frame)
{
    return hpa_add(pool->base, (uint64_t)frame * PAGE_SIZE);
}

/* The frame at a page-aligned address, FRAME_NONE when it is not a taken one. */
static inline uint32_t pool_frame(const struct table_pool *pool, struct hpa address)
{
    uint64_t frame = (address.v - pool->base.v) / PAGE_SIZE;
    return address.v >= pool->base.v && frame < pool->used ? (uint32_t)frame : FRAME_NONE;
}

#endif
