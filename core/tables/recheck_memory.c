/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's memory by itself: every stretch has one owner, RAM is RAM, images lie in the sealed memory. */
#include "core/tables/recheck.h"

#include <stddef.h>

/* One stretch of host-physical addresses that somebody has. Trapped MSI-X tables are Bulkhead's. */
struct claim {
    const char *owner;
    const char *what;
    uint64_t base, size;
    bool ram; /* must be RAM; else must hold none */
};

/* One round past all claims, in an order that is always the same. */
struct round {
    const struct recheck *recheck;
    void (*visit)(const struct round *round, const struct claim *claim);
    uint32_t number;           /* of the claim being visited */
    const struct claim *claim; /* what the round is made for: a claim to compare with those before it, or NULL */
    uint32_t claim_number;
};

static void offer(struct round *round, struct claim claim)
{
    if (claim.size > 0)
        round->visit(round, &claim);
    round->number++;
}

static void offer_own(struct round *round, const char *what, struct hpa_range range, bool ram)
{
    offer(round, (struct claim){"Bulkhead", what, range.base.v, range.size, ram});
}

static void offer_bulkhead(struct round *round)
{
    const struct plan *plan = round->recheck->plan;
    const struct machine *machine = round->recheck->machine;
    offer_own(round, "the monitor", plan->monitor, true);
    offer_own(round, "tables", plan->tables, true);
    offer_own(round, "sealed images", plan->sealed, true);
    offer_own(round, "the log", plan->log, true);
    offer_own(round, "the event log", plan->event_log, true);
    if (machine->tpm.kind == TPM_TIS)
        offer_own(round, "the TPM's registers", machine_tpm_own_localities(&machine->tpm), false);
    for (uint32_t i = 0; i < machine->iommu_count; i++) {
        const struct machine_iommu *iommu = &machine->iommus[i];
        offer_own(round, "IOMMU registers", (struct hpa_range){iommu->base, iommu->size}, false);
    }
}

static void offer_device(struct round *round, const char *owner, const struct plan_device *device)
{
    offer_own(round, "a trapped MSI-X table", device->msix_table, false);
    offer_own(round, "configuration space", (struct hpa_range){device->config, PAGE_SIZE}, false);
    for (uint32_t w = 0; w < device->window_count; w++)
        offer(round, (struct claim){owner, "BAR pages", device->windows[w].base.v, device->windows[w].size, false});
}

static void visit_all(struct round *round)
{
    offer_bulkhead(round);
    for (uint32_t p = 0; p < round->recheck->plan->partition_count; p++) {
        const struct plan_partition *partition = &round->recheck->plan->partitions[p];
        for (uint32_t r = 0; r < partition->region_count; r++)
            offer(round, (struct claim){partition->name, "RAM", partition->regions[r].hpa.v, partition->regions[r].size,
                                        true});
        for (uint32_t d = 0; d < partition->device_count; d++)
            offer_device(round, partition->name, &partition->devices[d]);
        offer(round, (struct claim){partition->name, "the TPM's locality 0", partition->tpm.registers.v,
                                    partition->tpm.present ? PAGE_SIZE : 0, false});
    }
}

static bool rule_memory_one_owner(const struct recheck *recheck, const struct claim *claim, const struct claim *earlier)
{
    static const struct rule rule = {
        "WALL-351", "two owners have the same memory",
        "at most one owner for each frame",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    bool wraps = claim->base + claim->size <= claim->base || earlier->base + earlier->size <= earlier->base;
    bool apart = !wraps && !spans_overlap(claim->base, claim->size, earlier->base, earlier->size);
    return report_unless(apart, recheck->report, &rule, "plan", "%s of %s at 0x%llx and %s of %s at 0x%llx",
                         earlier->what, earlier->owner, (unsigned long long)earlier->base, claim->what, claim->owner,
                         (unsigned long long)claim->base);
}

static void compare(const struct round *round, const struct claim *claim)
{
    if (round->number < round->claim_number)
        rule_memory_one_owner(round->recheck, round->claim, claim);
}

static bool rule_memory_kind(const struct recheck *recheck, const struct claim *claim, bool right)
{
    static const struct rule rule = {
        "WALL-352", "memory of the plan is not what it should be",
        "RAM of partitions and Bulkhead inside the machine's free RAM, registers and BAR pages outside",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    return report_unless(right, recheck->report, &rule, "plan", "%s of %s: 0x%llx bytes at 0x%llx", claim->what,
                         claim->owner, (unsigned long long)claim->size, (unsigned long long)claim->base);
}

/* True when all of the claim is RAM of one range, or, for BAR pages, none of it is RAM of any. */
static bool has_right_kind(const struct machine *machine, const struct claim *claim)
{
    for (uint32_t i = 0; i < machine->ram_count; i++) {
        const struct hpa_range *ram = &machine->ram[i];
        if (!spans_overlap(claim->base, claim->size, ram->base.v, ram->size))
            continue;
        return claim->ram && claim->base >= ram->base.v && claim->size <= ram->size - (claim->base - ram->base.v);
    }
    return !claim->ram;
}

static void check_claim(const struct round *round, const struct claim *claim)
{
    struct round inner = {round->recheck, compare, 0, claim, round->number};
    rule_memory_kind(round->recheck, claim, has_right_kind(round->recheck->machine, claim));
    visit_all(&inner);
}

static bool rule_sealed_inside(const struct recheck *recheck, uint32_t p, uint64_t base, uint64_t size, uint64_t *after)
{
    static const struct rule rule = {
        "WALL-353", "an image is outside the sealed memory, or overlaps another",
        "kernel, initrd and boot blob of each partition one after the other in the sealed range",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    const struct hpa_range *sealed = &recheck->plan->sealed;
    bool inside = base >= *after && base - sealed->base.v <= sealed->size &&
                  size <= sealed->size - (base - sealed->base.v);
    if (!inside)
        report_add(recheck->report, &rule, recheck->plan->partitions[p].name, "0x%llx bytes at 0x%llx",
                   (unsigned long long)size, (unsigned long long)base);
    *after = base + size;
    return inside;
}

static void check_sealed(const struct recheck *recheck)
{
    uint64_t after = recheck->plan->sealed.base.v;
    for (uint32_t p = 0; p < recheck->plan->partition_count; p++) {
        const struct plan_partition *partition = &recheck->plan->partitions[p];
        rule_sealed_inside(recheck, p, partition->kernel.base.v, partition->kernel.size, &after);
        rule_sealed_inside(recheck, p, partition->initrd.base.v, partition->initrd.size, &after);
        rule_sealed_inside(recheck, p, partition->boot_blob.base.v, partition->boot_blob.size, &after);
    }
}

void recheck_memory(const struct recheck *recheck)
{
    struct round round = {recheck, check_claim, 0, NULL, 0};
    visit_all(&round);
    check_sealed(recheck);
}
