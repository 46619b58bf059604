/* SPDX-License-Identifier: Apache-2.0 */
/* The writer of second-level page tables. */
#include "core/tables/stage2.h"

#include "core/tables/pool.h"

uint32_t stage2_root(const struct stage2_writer *writer)
{
    return pool_take(writer->pool, 1, writer->format->absent);
}

/* The highest level whose pages fit: both addresses aligned, enough left. */
static unsigned fitting_level(const struct stage2_writer *writer, uint64_t from, uint64_t to, uint64_t size)
{
    unsigned level = writer->largest_level;
    while (level > 1 && (!is_aligned(from | to, stage2_page_size(level)) || size < stage2_page_size(level)))
        level--;
    return level;
}

/* The table below entry `index` of `table`; makes it when the entry is absent. */
static enum stage2_result descend(const struct stage2_writer *writer, uint32_t *table, uint32_t index, unsigned level)
{
    struct table_pool *pool = writer->pool;
    uint64_t entry = pool->frames[*table].entry[index];
    if (entry != writer->format->absent) {
        struct hpa below = {entry & STAGE2_ADDRESS};
        uint32_t frame = pool_frame(pool, below);
        if (frame == FRAME_NONE || entry != writer->format->link(below, level))
            return STAGE2_TWICE; /* a page, not a table */
        *table = frame;
        return STAGE2_DONE;
    }
    uint32_t made = pool_take(pool, 1, writer->format->absent);
    if (made == FRAME_NONE)
        return STAGE2_NO_FRAMES;
    pool->frames[*table].entry[index] = writer->format->link(pool_address(pool, made), level);
    *table = made;
    return STAGE2_DONE;
}

static enum stage2_result map_page(const struct stage2_writer *writer, uint32_t root, uint64_t from, uint64_t to,
                                   unsigned page_level, enum stage2_use use)
{
    struct table_pool *pool = writer->pool;
    uint32_t index = stage2_index(from, page_level);
    uint32_t table = root;
    for (unsigned level = STAGE2_LEVELS; level > page_level; level--) {
        enum stage2_result result = descend(writer, &table, stage2_index(from, level), level);
        if (result != STAGE2_DONE)
            return result;
    }
    if (pool->frames[table].entry[index] != writer->format->absent)
        return STAGE2_TWICE;
    pool->frames[table].entry[index] = writer->format->leaf((struct hpa){to}, page_level, use);
    return STAGE2_DONE;
}

enum stage2_result stage2_map(const struct stage2_writer *writer, uint32_t root, struct gpa from, struct hpa to,
                              uint64_t size, enum stage2_use use)
{
    if (!is_aligned(from.v | to.v | size, PAGE_SIZE) || from.v >= STAGE2_LIMIT || size > STAGE2_LIMIT - from.v ||
        to.v >= STAGE2_LIMIT || size > STAGE2_LIMIT - to.v)
        return STAGE2_UNADDRESSABLE;
    for (uint64_t done = 0; done < size;) {
        unsigned level = fitting_level(writer, from.v + done, to.v + done, size - done);
        enum stage2_result result = map_page(writer, root, from.v + done, to.v + done, level, use);
        if (result != STAGE2_DONE)
            return result;
        done += stage2_page_size(level);
    }
    return STAGE2_DONE;
}
