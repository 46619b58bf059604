/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what the AMD IOMMU reads: device tables, remapping entries, I/O page table entries. */
#include "core/lib/format.h"
#include "core/tables/amdvi.h"
#include "core/tables/recheck.h"

#include <stddef.h>

#define ADDRESS_BITS 0x000ffffffffff000ull

struct entry recheck_amdvi_entry(uint64_t raw, unsigned level)
{
    static const uint64_t access = AMDVI_PTE_PR | AMDVI_PTE_IR | AMDVI_PTE_IW;
    struct entry entry = {ENTRY_WRONG, raw & ADDRESS_BITS, false, false};
    uint64_t next_level = raw >> AMDVI_PTE_NEXT_LEVEL_SHIFT & 7;
    uint64_t bits = raw & ~ADDRESS_BITS & ~(7ull << AMDVI_PTE_NEXT_LEVEL_SHIFT);
    if (raw == AMDVI_PTE_ABSENT)
        entry.kind = ENTRY_ABSENT;
    else if (bits == access && level > 1 && next_level == level - 1)
        entry.kind = ENTRY_LINK;
    else if (bits == (access | AMDVI_PTE_FC) && level < 4 && next_level == 0 &&
             (entry.address & ((1ull << (12 + 9 * (level - 1))) - 1)) == 0)
        entry.kind = ENTRY_PAGE;
    return entry;
}

static uint64_t frame_address(const struct recheck *recheck, uint32_t frame)
{
    return recheck->pool->base.v + ((uint64_t)frame << 12);
}

static const uint64_t *device_entry(const struct recheck *recheck, uint32_t iommu, uint32_t id)
{
    uint32_t frame = recheck->tables->device_table[iommu] + id / 128;
    return &recheck->pool->frames[frame].entry[id % 128 * 4];
}

static bool same_words(const uint64_t *a, const uint64_t *b)
{
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

/* Denied, 2.2.2.1: valid (V, TV, IV), neither reading nor writing, four levels below a root that maps nothing; fixed
 * and arbitrated interrupts aborted (IntCtl 0), no other kind passed (INITPass, EIntPass, NMIPass, LintPass 0). */
static void expect_denied(const struct recheck *recheck, uint64_t words[4])
{
    words[0] = 1ull | 1ull << 1 | 4ull << 9 | frame_address(recheck, recheck->tables->denied_root);
    words[1] = 0;
    words[2] = 1ull;
    words[3] = 0;
}

/* Owned: reading and writing through the partition's tables in its domain; interrupts only through the device's own
 * 2,048 remapping entries (IntCtl 2, IntTabLen 11). */
static void expect_owned(const struct recheck *recheck, uint32_t p, uint32_t d, uint64_t words[4])
{
    words[0] = 1ull | 1ull << 1 | 4ull << 9 | 1ull << 61 | 1ull << 62 |
               frame_address(recheck, recheck->tables->dma_root[p]);
    words[1] = recheck->plan->partitions[p].domain;
    words[2] = 1ull | 11ull << 1 | 2ull << 60 | frame_address(recheck, recheck->tables->irt[p][d]);
    words[3] = 0;
}

static bool rule_others_denied(const struct recheck *recheck, uint32_t iommu, uint32_t id, const uint64_t *found,
                               bool owned)
{
    static const struct rule rule = {
        "WALL-331", "a device that nobody owns is not denied",
        "an entry that grants neither memory nor interrupts",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    char where[REPORT_WHERE_MAX];
    if (owned)
        return true;
    fmt_print(where, sizeof where, "device table of IOMMU %u, entry %04x", iommu, id);
    report_add(recheck->report, &rule, where, "%016llx %016llx %016llx %016llx", (unsigned long long)found[3],
               (unsigned long long)found[2], (unsigned long long)found[1], (unsigned long long)found[0]);
    return false;
}

static bool rule_owner_given(const struct recheck *recheck, uint32_t p, uint32_t d, const uint64_t *found,
                             const uint64_t *expected)
{
    static const struct rule rule = {
        "WALL-332", "a device's entry does not lead to its partition",
        "the partition's page table, its domain and the device's own remapping entries",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    const struct plan_device *device = &recheck->plan->partitions[p].devices[d];
    char where[REPORT_WHERE_MAX];
    if (same_words(found, expected))
        return true;
    fmt_print(where, sizeof where, "device table of IOMMU %u, entry %04x", (unsigned)device->iommu,
              (unsigned)device->requester_id);
    report_add(recheck->report, &rule, where, "%016llx %016llx %016llx %016llx", (unsigned long long)found[3],
               (unsigned long long)found[2], (unsigned long long)found[1], (unsigned long long)found[0]);
    return false;
}

static bool rule_no_interrupt_yet(const struct recheck *recheck, const char *where, uint32_t entry, uint64_t low,
                                  uint64_t high)
{
    static const struct rule rule = {
        "WALL-333", "a device can interrupt before its partition asks for it",
        "only absent remapping entries at the start",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    if (low == 0 && high == 0)
        return true;
    report_add(recheck->report, &rule, where, "entry %u is %016llx %016llx", entry, (unsigned long long)high,
               (unsigned long long)low);
    return false;
}

static bool rule_denied_root_empty(const struct recheck *recheck, uint32_t index, uint64_t raw)
{
    static const struct rule rule = {
        "WALL-334", "the page table of denied devices maps something",
        "512 absent entries",
        "do not start: memory is faulty or was written to while the tables were built",
    };
    if (raw == AMDVI_PTE_ABSENT)
        return true;
    report_add(recheck->report, &rule, "denied root", "entry %u is 0x%llx", index, (unsigned long long)raw);
    return false;
}

static bool has_owner(const struct plan *plan, uint32_t iommu, uint32_t id)
{
    for (uint32_t p = 0; p < plan->partition_count; p++)
        for (uint32_t d = 0; d < plan->partitions[p].device_count; d++)
            if (plan->partitions[p].devices[d].iommu == iommu && plan->partitions[p].devices[d].requester_id == id)
                return true;
    return false;
}

static void check_device_table(struct recheck *recheck, uint32_t iommu)
{
    char where[REPORT_WHERE_MAX];
    uint64_t denied[4];
    fmt_print(where, sizeof where, "device table of IOMMU %u", iommu);
    if (!recheck_claim(recheck, where, recheck->tables->device_table[iommu], AMDVI_DEVICE_TABLE_FRAMES))
        return;
    expect_denied(recheck, denied);
    for (uint32_t id = 0; id < AMDVI_DTES; id++) {
        const uint64_t *found = device_entry(recheck, iommu, id);
        if (!same_words(found, denied))
            rule_others_denied(recheck, iommu, id, found, has_owner(recheck->plan, iommu, id));
    }
    for (uint32_t p = 0; p < recheck->plan->partition_count; p++) {
        for (uint32_t d = 0; d < recheck->plan->partitions[p].device_count; d++) {
            const struct plan_device *device = &recheck->plan->partitions[p].devices[d];
            uint64_t expected[4];
            expect_owned(recheck, p, d, expected);
            if (device->iommu == iommu)
                rule_owner_given(recheck, p, d, device_entry(recheck, iommu, device->requester_id), expected);
        }
    }
}

static void check_remapping(struct recheck *recheck, uint32_t p, uint32_t d)
{
    const struct plan_partition *partition = &recheck->plan->partitions[p];
    uint32_t first = recheck->tables->irt[p][d];
    char where[REPORT_WHERE_MAX];
    fmt_print(where, sizeof where, "remapping entries of %s/%s", partition->name, partition->devices[d].name);
    if (!recheck_claim(recheck, where, first, AMDVI_IRT_FRAMES))
        return;
    for (uint32_t i = 0; i < PLAN_IRTES_PER_DEVICE; i++) {
        const uint64_t *entry = &recheck->pool->frames[first + i / 256].entry[i % 256 * 2];
        rule_no_interrupt_yet(recheck, where, i, entry[0], entry[1]);
    }
}

void recheck_devices(struct recheck *recheck)
{
    uint32_t root = recheck->tables->denied_root;
    if (recheck_claim(recheck, "denied root", root, 1))
        for (uint32_t e = 0; e < 512; e++)
            rule_denied_root_empty(recheck, e, recheck->pool->frames[root].entry[e]);
    for (uint32_t i = 0; i < recheck->machine->iommu_count; i++)
        check_device_table(recheck, i);
    for (uint32_t p = 0; p < recheck->plan->partition_count; p++)
        for (uint32_t d = 0; d < recheck->plan->partitions[p].device_count; d++)
            check_remapping(recheck, p, d);
}
