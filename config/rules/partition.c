/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about one partition: its name, role, cores and memory. */
#include "config/rules/rules.h"
#include "config/rules/words.h"

#include <string.h>

#define MEMORY_BASE_LEAST (1ull << 20)
#define PHYSICAL_TOP (1ull << 52) /* the architecture's widest physical address; APM volume 2, section 5.1 */

bool rule_name(struct report *report, const struct spot *at, const char *name)
{
    static const struct rule rule = {
        .code = "CFG-130",
        .what = "this cannot be a partition's name",
        .expected = "1 to 15 characters: a lower-case letter, then letters, digits and '-', not ending in '-'",
        .advice = "rename the node; the name stands before each console line",
    };
    return report_text_unless(name_well_formed(name), report, &rule, at->text, name);
}

bool rule_name_free(struct report *report, const struct spot *at, const char *name)
{
    static const struct rule rule = {
        .code = "CFG-131",
        .what = "the name is taken by Bulkhead itself",
        .expected = "any name but \"bulkhead\", \"monitor\", \"boot\" and \"nobody\"",
        .advice = "rename the partition, so that its messages cannot be taken for Bulkhead's own",
    };
    static const char *const taken[] = {"bulkhead", "monitor", "boot", "nobody"};
    for (uint32_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (strcmp(name, taken[i]) != 0)
            continue;
        report_add_text(report, &rule, at->text, name);
        return false;
    }
    return true;
}

bool rule_role(struct report *report, const struct spot *at, const char *word, enum system_role *role)
{
    static const struct rule rule = {
        .code = "CFG-132",
        .what = "unknown role",
        .expected = "\"guest\", \"attest\" or \"manage\"",
        .advice = "leave the line out for an ordinary guest",
    };
    static const char *const words[] = {[ROLE_GUEST] = "guest", [ROLE_ATTEST] = "attest", [ROLE_MANAGE] = "manage"};
    uint32_t index;
    bool ok = word_find(report, &rule, at, words, 3, word, &index);
    *role = (enum system_role)index;
    return ok;
}

bool rule_cores_stated(struct report *report, const struct spot *at, bool cores, bool core_ids)
{
    static const struct rule rule = {
        .code = "CFG-133",
        .what = "the partition has no cores",
        .expected = "cores = <n>, or core-ids = <...> to pin them",
        .advice = "add one of the two",
    };
    return report_unless(cores || core_ids, report, &rule, at->text, "neither");
}

bool rule_cores_once(struct report *report, const struct spot *at, bool cores, bool core_ids)
{
    static const struct rule rule = {
        .code = "CFG-134",
        .what = "the partition's cores are stated twice",
        .expected = "either cores = <n> or core-ids = <...>",
        .advice = "keep cores to let Bulkhead choose, core-ids to pin them",
    };
    return report_unless(!(cores && core_ids), report, &rule, at->text, "both");
}

bool rule_core_count(struct report *report, const struct spot *at, uint32_t count)
{
    static const struct rule rule = {
        .code = "CFG-135",
        .what = "a partition cannot have this many cores",
        .expected = "1 to 32 cores",
        .advice = "change the number of cores",
    };
    bool ok = count >= 1 && count <= SYSTEM_MAX_CORES;
    return report_unless(ok, report, &rule, at->text, "<%u>", count);
}

bool rule_core_id(struct report *report, const struct spot *at, uint32_t id)
{
    static const struct rule rule = {
        .code = "CFG-136",
        .what = "this cannot be the x2APIC id of a partition's core",
        .expected = "0 to 254, the ids that an MSI can name",
        .advice = "take the ids from the machine description; or use cores = <n> and let Bulkhead choose",
    };
    return report_unless(id <= RULE_CORE_ID_MAX, report, &rule, at->text, "<%u>", id);
}

bool rule_core_ids_differ(struct report *report, const struct spot *at, const uint32_t *ids, uint32_t count)
{
    static const struct rule rule = {
        .code = "CFG-137",
        .what = "a core is listed twice",
        .expected = "each x2APIC id once",
        .advice = "remove one of the two",
    };
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (ids[i] != ids[k])
                continue;
            report_add(report, &rule, at->text, "core id %u at positions %u and %u", ids[i], k + 1, i + 1);
            return false;
        }
    }
    return true;
}

bool rule_memory_size(struct report *report, const struct spot *at, uint32_t mib)
{
    static const struct rule rule = {
        .code = "CFG-138",
        .what = "a partition cannot have this much memory",
        .expected = "32 to 16777216 (MiB)",
        .advice = "change memory-mib; the unit is MiB",
    };
    bool ok = mib >= RULE_MEMORY_MIB_MIN && mib <= RULE_MEMORY_MIB_MAX;
    return report_unless(ok, report, &rule, at->text, "<%u>", mib);
}

bool rule_memory_even(struct report *report, const struct spot *at, uint32_t mib)
{
    static const struct rule rule = {
        .code = "CFG-139",
        .what = "the memory size is not a whole number of 2 MiB pages",
        .expected = "an even number of MiB",
        .advice = "round memory-mib to an even number",
    };
    return report_unless(mib % 2 == 0, report, &rule, at->text, "<%u>", mib);
}

bool rule_memory_base_aligned(struct report *report, const struct spot *at, uint64_t base)
{
    static const struct rule rule = {
        .code = "CFG-140",
        .what = "the memory's fixed address is not at a 2 MiB page",
        .expected = "a multiple of 0x200000",
        .advice = "align memory-base, or leave it out and let Bulkhead choose",
    };
    return report_unless(is_aligned(base, PAGE_2M), report, &rule, at->text, "0x%llx", (unsigned long long)base);
}

bool rule_memory_base_range(struct report *report, const struct spot *at, uint64_t base, uint64_t size)
{
    static const struct rule rule = {
        .code = "CFG-141",
        .what = "the memory's fixed address is outside what a machine can have",
        .expected = "above the first MiB, and ending below 2^52",
        .advice = "choose another memory-base, or leave it out and let Bulkhead choose",
    };
    bool ok = base >= MEMORY_BASE_LEAST && base <= PHYSICAL_TOP && size <= PHYSICAL_TOP - base;
    return report_unless(ok, report, &rule, at->text, "0x%llx", (unsigned long long)base);
}
