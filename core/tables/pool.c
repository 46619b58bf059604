/* SPDX-License-Identifier: Apache-2.0 */
/* The counted pool of frames that all tables are made of. */
#include "core/tables/pool.h"

uint32_t pool_take(struct table_pool *pool, uint32_t count, uint64_t fill)
{
    uint32_t first = pool->used;
    if (count > pool->count - pool->used)
        return FRAME_NONE;
    pool->used += count;
    for (uint32_t f = first; f < pool->used; f++)
        for (uint32_t e = 0; e < 512; e++)
            pool->frames[f].entry[e] = fill;
    return first;
}
