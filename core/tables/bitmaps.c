/* SPDX-License-Identifier: Apache-2.0 */
/* The MSR permission map. */
#include "core/tables/bitmaps.h"

#include "core/tables/msr_list.h"

#define BITS_PER_FRAME 32768u

static void clear_bit(struct table_pool *pool, uint32_t first, uint32_t bit)
{
    pool->frames[first + bit / BITS_PER_FRAME].entry[bit % BITS_PER_FRAME / 64] &= ~(1ull << (bit % 64));
}

/* The map's bit for reads of `msr`; the next one is for writes. Every listed MSR is in one of the ranges. */
static uint32_t read_bit(uint32_t msr)
{
    uint32_t range = 0;
    while (range < MSRPM_RANGES - 1 && msr - msrpm_range_base[range] >= MSRPM_RANGE_MSRS)
        range++;
    return 2 * (range * MSRPM_RANGE_MSRS + (msr - msrpm_range_base[range]) % MSRPM_RANGE_MSRS);
}

void msr_bitmap_write(struct table_pool *pool, uint32_t first)
{
    for (uint32_t f = 0; f < MSRPM_FRAMES; f++)
        for (uint32_t e = 0; e < 512; e++)
            pool->frames[first + f].entry[e] = UINT64_MAX;
    for (uint32_t i = 0; i < MSR_PASS_COUNT; i++) {
        for (uint32_t msr = msr_pass_list[i].first; msr <= msr_pass_list[i].last; msr++) {
            if (msr_pass_list[i].access & MSR_READ)
                clear_bit(pool, first, read_bit(msr));
            if (msr_pass_list[i].access & MSR_WRITE)
                clear_bit(pool, first, read_bit(msr) + 1);
        }
    }
}
