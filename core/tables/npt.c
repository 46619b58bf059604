/* SPDX-License-Identifier: Apache-2.0 */
/* AMD nested page tables: the entries. */
#include "core/tables/npt.h"

static uint64_t npt_leaf(struct hpa page, unsigned level, enum stage2_use use)
{
    uint64_t entry = page.v | NPT_P | NPT_US;
    if (level > 1)
        entry |= NPT_PS;
    entry |= use == STAGE2_READ_ONLY ? NPT_NX : NPT_RW;
    /* PWT and PCD pick entry 3 of the host's PAT, which is uncached from reset on (APM volume 2, 7.8.2). */
    if (use == STAGE2_MMIO)
        entry |= NPT_PWT | NPT_PCD | NPT_NX;
    return entry;
}

static uint64_t npt_link(struct hpa table, unsigned level)
{
    (void)level;
    return table.v | NPT_P | NPT_RW | NPT_US;
}

const struct stage2_format npt_format = {.absent = 0, .leaf = npt_leaf, .link = npt_link};
