/* SPDX-License-Identifier: Apache-2.0 */
/* AMD-Vi: device table entries and I/O page table entries. */
#include "core/tables/amdvi.h"

static uint64_t amdvi_leaf(struct hpa page, unsigned level, enum stage2_use use)
{
    (void)level;
    return page.v | (use == STAGE2_READ_ONLY ? 0 : AMDVI_PTE_IW) | AMDVI_PTE_IR | AMDVI_PTE_FC | AMDVI_PTE_PR;
}

static uint64_t amdvi_link(struct hpa table, unsigned level)
{
    return table.v | AMDVI_PTE_IW | AMDVI_PTE_IR | (uint64_t)(level - 1) << AMDVI_PTE_NEXT_LEVEL_SHIFT | AMDVI_PTE_PR;
}

const struct stage2_format amdvi_format = {.absent = AMDVI_PTE_ABSENT, .leaf = amdvi_leaf, .link = amdvi_link};

static void write_entry(struct table_pool *pool, uint32_t table, uint32_t id, uint64_t translation, uint64_t domain,
                        uint64_t interrupts)
{
    uint32_t frame = table + id / AMDVI_DTES_PER_FRAME;
    uint32_t first = id % AMDVI_DTES_PER_FRAME * AMDVI_DTE_WORDS;
    pool->frames[frame].entry[first] = translation;
    pool->frames[frame].entry[first + 1] = domain;
    pool->frames[frame].entry[first + 2] = interrupts;
    pool->frames[frame].entry[first + 3] = 0;
}

/* Valid, with a page table of four levels. */
static uint64_t translation_through(struct hpa root)
{
    return root.v | (uint64_t)STAGE2_LEVELS << AMDVI_DTE0_MODE_SHIFT | AMDVI_DTE0_TV | AMDVI_DTE0_V;
}

void amdvi_deny_all(struct table_pool *pool, uint32_t table, struct hpa denied_root)
{
    for (uint32_t id = 0; id < AMDVI_DTES; id++)
        write_entry(pool, table, id, translation_through(denied_root), 0,
                    AMDVI_INT_CTL_ABORT << AMDVI_DTE2_INT_CTL_SHIFT | AMDVI_DTE2_IV);
}

void amdvi_give(struct table_pool *pool, uint32_t table, uint16_t id, uint16_t domain, struct hpa root,
                struct hpa irt)
{
    write_entry(pool, table, id, translation_through(root) | AMDVI_DTE0_IW | AMDVI_DTE0_IR, domain,
                irt.v | AMDVI_INT_CTL_REMAP << AMDVI_DTE2_INT_CTL_SHIFT |
                    AMDVI_INT_TAB_LEN_2048 << AMDVI_DTE2_INT_TAB_LEN_SHIFT | AMDVI_DTE2_IV);
}
