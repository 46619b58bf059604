/* SPDX-License-Identifier: Apache-2.0 */
/* Reading nested page table entries: AMD APM volume 2, 5.3 (long-mode page translation) and 15.25. */
#include "core/tables/npt.h"
#include "core/tables/recheck.h"

#define ADDRESS_BITS 0x000ffffffffff000ull

static bool is_whole_page(uint64_t address, unsigned level)
{
    return (address & ((1ull << (12 + 9 * (level - 1))) - 1)) == 0;
}

struct entry recheck_npt_entry(uint64_t raw, unsigned level)
{
    static const uint64_t access = NPT_P | NPT_RW | NPT_US;
    static const uint64_t device = NPT_PWT | NPT_PCD | NPT_NX;
    static const uint64_t reading = NPT_P | NPT_US | NPT_NX;
    struct entry entry = {ENTRY_WRONG, raw & ADDRESS_BITS, false, false};
    uint64_t bits = raw & ~ADDRESS_BITS;
    if (raw == 0) {
        entry.kind = ENTRY_ABSENT;
        return entry;
    }
    bool page = level == 1 || (level < 4 && (bits & NPT_PS) != 0);
    if (!page) {
        entry.kind = bits == access ? ENTRY_LINK : ENTRY_WRONG;
        return entry;
    }
    if (level > 1)
        bits &= ~NPT_PS;
    entry.uncached = bits == (access | device);
    entry.read_only = bits == reading;
    if ((bits == access || entry.uncached || entry.read_only) && is_whole_page(entry.address, level))
        entry.kind = ENTRY_PAGE;
    return entry;
}
