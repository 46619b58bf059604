/* SPDX-License-Identifier: Apache-2.0 */
/* Walks page tables of four levels and compares what they map with the plan. */
#include "core/tables/recheck.h"

#define LEVELS 4u

struct walk {
    struct recheck *recheck;
    const struct plan_partition *partition;
    const char *where;
    entry_decode decode;
    bool windows;
    uint64_t mapped; /* bytes found so far that belong there */
};

static bool rule_entry_right(const struct walk *walk, uint64_t guest, unsigned level, const struct entry *entry,
                             uint64_t raw)
{
    static const struct rule rule = {
        "WALL-321", "a page table entry has bits it must not have",
        "the exact bits of an absent entry, a table or a page",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    return report_unless(entry->kind != ENTRY_WRONG, walk->recheck->report, &rule, walk->where,
                         "level %u entry for 0x%llx is 0x%llx", level, (unsigned long long)guest,
                         (unsigned long long)raw);
}

static bool rule_page_owned(const struct walk *walk, uint64_t guest, uint64_t size, const struct entry *entry,
                            bool owned)
{
    static const struct rule rule = {
        "WALL-322", "a page table maps what its partition does not own",
        "guest RAM, BAR pages, TPM page and event log of the plan, at their places, with their memory types and rights",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    return report_unless(owned, walk->recheck->report, &rule, walk->where,
                         "guest 0x%llx maps 0x%llx bytes at 0x%llx%s", (unsigned long long)guest,
                         (unsigned long long)size, (unsigned long long)entry->address,
                         entry->uncached    ? ", uncached"
                         : entry->read_only ? ", read-only"
                                            : "");
}

static bool rule_all_mapped(const struct walk *walk, uint64_t expected)
{
    static const struct rule rule = {
        "WALL-323", "a page table lacks memory that its partition owns",
        "all guest RAM, BAR pages, the TPM's page and the event log of the plan",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    return report_unless(walk->mapped == expected, walk->recheck->report, &rule, walk->where,
                         "0x%llx bytes mapped, 0x%llx planned", (unsigned long long)walk->mapped,
                         (unsigned long long)expected);
}

static bool within(uint64_t at, uint64_t size, uint64_t base, uint64_t base_size)
{
    return at >= base && at - base < base_size && size <= base_size - (at - base);
}

static bool is_planned_ram(const struct plan_partition *partition, uint64_t guest, uint64_t host, uint64_t size)
{
    for (uint32_t r = 0; r < partition->region_count; r++) {
        const struct plan_region *region = &partition->regions[r];
        if (within(guest, size, region->gpa.v, region->size))
            return host - region->hpa.v == guest - region->gpa.v;
    }
    return false;
}

static bool is_planned_window(const struct plan_partition *partition, uint64_t host, uint64_t size)
{
    for (uint32_t d = 0; d < partition->device_count; d++)
        for (uint32_t w = 0; w < partition->devices[d].window_count; w++)
            if (within(host, size, partition->devices[d].windows[w].base.v, partition->devices[d].windows[w].size))
                return true;
    return false;
}

/* The one page of the TPM that a partition can have. */
static bool is_planned_tpm(const struct plan_tpm *tpm, uint64_t host, uint64_t size)
{
    return tpm->present && host == tpm->registers.v && size == PAGE_SIZE;
}

static bool is_planned_log(const struct walk *walk, uint64_t guest, uint64_t host, uint64_t size)
{
    const struct plan_tpm *tpm = &walk->partition->tpm;
    const struct hpa_range *log = &walk->recheck->plan->event_log;
    return tpm->present && within(guest, size, tpm->log.v, log->size) && host - log->base.v == guest - tpm->log.v;
}

static bool is_owned(const struct walk *walk, uint64_t guest, uint64_t size, const struct entry *page)
{
    const struct plan_partition *partition = walk->partition;
    if (page->read_only)
        return walk->windows && is_planned_log(walk, guest, page->address, size);
    if (page->uncached)
        return walk->windows && guest == page->address &&
               (is_planned_window(partition, guest, size) || is_planned_tpm(&partition->tpm, guest, size));
    return is_planned_ram(partition, guest, page->address, size);
}

static void check_page(struct walk *walk, uint64_t guest, uint64_t size, const struct entry *page)
{
    bool owned = is_owned(walk, guest, size, page);
    if (rule_page_owned(walk, guest, size, page, owned))
        walk->mapped += size;
}

static uint64_t bytes_of_entry(unsigned level)
{
    return 1ull << (12 + 9 * (level - 1));
}

/* An address below the pool or beyond its frames becomes a frame number that is not taken. */
static uint32_t frame_at(const struct table_pool *pool, uint64_t address)
{
    uint64_t frame = (address - pool->base.v) >> 12;
    return frame < FRAME_NONE ? (uint32_t)frame : FRAME_NONE;
}

/* Every frame is claimed before it is read, and no frame twice: the recursion ends whatever the tables hold. */
static void walk_table(struct walk *walk, uint32_t frame, unsigned level, uint64_t guest)
{
    const struct table_pool *pool = walk->recheck->pool;
    if (!recheck_claim(walk->recheck, walk->where, frame, 1))
        return;
    for (uint32_t e = 0; e < 512; e++, guest += bytes_of_entry(level)) {
        uint64_t raw = pool->frames[frame].entry[e];
        struct entry entry = walk->decode(raw, level);
        if (!rule_entry_right(walk, guest, level, &entry, raw) || entry.kind == ENTRY_ABSENT)
            continue;
        if (entry.kind == ENTRY_LINK)
            walk_table(walk, frame_at(pool, entry.address), level - 1, guest);
        else
            check_page(walk, guest, bytes_of_entry(level), &entry);
    }
}

static uint64_t planned_bytes(const struct plan *plan, const struct plan_partition *partition, bool windows)
{
    uint64_t bytes = windows && partition->tpm.present ? PAGE_SIZE + plan->event_log.size : 0;
    for (uint32_t r = 0; r < partition->region_count; r++)
        bytes += partition->regions[r].size;
    for (uint32_t d = 0; windows && d < partition->device_count; d++)
        for (uint32_t w = 0; w < partition->devices[d].window_count; w++)
            bytes += partition->devices[d].windows[w].size;
    return bytes;
}

void recheck_walk(struct recheck *recheck, uint32_t p, const char *where, entry_decode decode, uint32_t root,
                  bool windows)
{
    struct walk walk = {recheck, &recheck->plan->partitions[p], where, decode, windows, 0};
    walk_table(&walk, root, LEVELS, 0);
    rule_all_mapped(&walk, planned_bytes(recheck->plan, walk.partition, windows));
}
