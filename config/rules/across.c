/* SPDX-License-Identifier: Apache-2.0 */
/* Rules across partitions: what has one owner, and what must agree. They run over all that could be decoded; what could
 * not is empty there (no cores, no size, no file) and breaks no rule here. */
#include "config/pci_path.h"
#include "config/rules/rules.h"
#include "config/rules/words.h"
#include "core/lib/format.h"

#include <string.h>

static struct spot spot_in(const struct system_partition *partition, const char *item)
{
    struct spot spot;
    fmt_print(spot.text, sizeof spot.text, "/partitions/%s%s%s", partition->name, *item == '\0' ? "" : "/", item);
    return spot;
}

/* The first partition before number `until` that core `id` is pinned to, or NULL. */
static const struct system_partition *earlier_core_owner(const struct system *system, uint32_t id, uint32_t until)
{
    for (uint32_t p = 0; p < until; p++) {
        const struct system_partition *partition = &system->partitions[p];
        for (uint32_t i = 0; partition->cores_pinned && i < partition->core_count; i++)
            if (partition->core_ids[i] == id)
                return partition;
    }
    return NULL;
}

bool rule_core_owner(struct report *report, const struct system *system)
{
    static const struct rule rule = {
        .code = "CFG-170",
        .what = "a core is pinned to two partitions",
        .expected = "at most one owner for each core",
        .advice = "change core-ids in one of the two",
    };
    bool ok = true;
    for (uint32_t p = 0; p < system->partition_count; p++) {
        const struct system_partition *here = &system->partitions[p];
        struct spot at = spot_in(here, "core-ids");
        for (uint32_t i = 0; here->cores_pinned && i < here->core_count; i++) {
            const struct system_partition *owner = earlier_core_owner(system, here->core_ids[i], p);
            if (owner == NULL)
                continue;
            report_add(report, &rule, at.text, "core id %u belongs to %s", here->core_ids[i], owner->name);
            ok = false;
        }
    }
    return ok;
}

static bool memory_overlaps(const struct system_partition *a, const struct system_partition *b)
{
    return a->memory_pinned && b->memory_pinned &&
           spans_overlap(a->memory_base.v, a->memory_size, b->memory_base.v, b->memory_size);
}

bool rule_memory_owner(struct report *report, const struct system *system)
{
    static const struct rule rule = {
        .code = "CFG-171",
        .what = "two partitions are pinned to the same memory",
        .expected = "fixed memory that does not overlap",
        .advice = "move memory-base of one of the two, or leave it out",
    };
    bool ok = true;
    for (uint32_t p = 0; p < system->partition_count; p++) {
        const struct system_partition *here = &system->partitions[p];
        struct spot at = spot_in(here, "memory-base");
        for (uint32_t q = 0; q < p; q++) {
            const struct system_partition *other = &system->partitions[q];
            if (!memory_overlaps(here, other))
                continue;
            report_add(report, &rule, at.text, "0x%llx overlaps %s at 0x%llx", (unsigned long long)here->memory_base.v,
                       other->name, (unsigned long long)other->memory_base.v);
            ok = false;
        }
    }
    return ok;
}

/* The name of the partition that lists `path` before device `until` of partition `last`; NULL when none does. */
static const char *earlier_owner(const struct system *system, const struct pci_path *path, uint32_t last,
                                 uint32_t until)
{
    for (uint32_t p = 0; p <= last; p++) {
        const struct system_partition *partition = &system->partitions[p];
        for (uint32_t d = 0; d < (p == last ? until : partition->device_count); d++)
            if (pci_path_equal(&partition->devices[d].path, path))
                return partition->name;
    }
    return NULL;
}

bool rule_device_owner(struct report *report, const struct system *system)
{
    static const struct rule rule = {
        .code = "CFG-172",
        .what = "a PCI function is listed twice",
        .expected = "at most one owner for each PCI function",
        .advice = "correct the pci path of one of the two",
    };
    bool ok = true;
    for (uint32_t p = 0; p < system->partition_count; p++) {
        for (uint32_t d = 0; d < system->partitions[p].device_count; d++) {
            const struct system_device *device = &system->partitions[p].devices[d];
            const char *owner = earlier_owner(system, &device->path, p, d);
            if (owner == NULL)
                continue;
            struct spot at = spot_in(&system->partitions[p], device->name);
            char text[PCI_PATH_TEXT_MAX];
            pci_path_print(&device->path, text, sizeof text);
            report_add(report, &rule, at.text, "%s belongs to %s", text, owner);
            ok = false;
        }
    }
    return ok;
}

bool rule_role_single(struct report *report, const struct system *system)
{
    static const struct rule rule = {
        .code = "CFG-173",
        .what = "two partitions hold the same role",
        .expected = "at most one partition with role \"attest\" and one with role \"manage\"",
        .advice = "take the role from one of the two",
    };
    bool ok = true;
    for (uint32_t p = 0; p < system->partition_count; p++) {
        struct spot at = spot_in(&system->partitions[p], "role");
        for (uint32_t q = 0; system->partitions[p].role != ROLE_GUEST && q < p; q++) {
            if (system->partitions[q].role != system->partitions[p].role)
                continue;
            report_add(report, &rule, at.text, "%s has it already", system->partitions[q].name);
            ok = false;
        }
    }
    return ok;
}

bool rule_total_cores(struct report *report, const struct system *system)
{
    static const struct rule rule = {
        .code = "CFG-174",
        .what = "the partitions together have more cores than can be named",
        .expected = "at most 255 cores in all partitions together",
        .advice = "take cores from some partitions",
    };
    uint32_t total = 0;
    for (uint32_t p = 0; p < system->partition_count; p++)
        total += system->partitions[p].core_count;
    return report_unless(total <= RULE_TOTAL_CORES_MAX, report, &rule, "/partitions", "%u", total);
}

static const struct system_image *image_of(const struct system *system, uint32_t index)
{
    const struct system_partition *partition = &system->partitions[index / 2];
    return index % 2 == 0 ? &partition->kernel : &partition->initrd;
}

typedef bool image_conflict(const struct system_image *a, const struct system_image *b);

static bool contents_differ(const struct system_image *a, const struct system_image *b)
{
    bool same_file = a->file[0] != '\0' && strcmp(a->file, b->file) == 0;
    bool completed = a->size != 0 && b->size != 0;
    return same_file && completed && (a->size != b->size || memcmp(a->sha384, b->sha384, SHA384_SIZE) != 0);
}

static bool case_differs(const struct system_image *a, const struct system_image *b)
{
    return strcmp(a->file, b->file) != 0 && text_equal_ignoring_case(a->file, b->file);
}

/* Adds a finding of `rule` for each image and the first one before it that it conflicts with. */
static bool images_agree(struct report *report, const struct rule *rule, const struct system *system,
                         image_conflict *conflict)
{
    bool ok = true;
    for (uint32_t i = 0; i < 2 * system->partition_count; i++) {
        const struct system_image *image = image_of(system, i);
        uint32_t k = 0;
        while (k < i && !conflict(image, image_of(system, k)))
            k++;
        if (k == i)
            continue;
        struct spot at = spot_in(&system->partitions[i / 2], i % 2 == 0 ? "kernel" : "initrd");
        report_add(report, rule, at.text, "%s, and %s in %s", image->file, image_of(system, k)->file,
                   system->partitions[k / 2].name);
        ok = false;
    }
    return ok;
}

bool rule_file_single(struct report *report, const struct system *system)
{
    static const struct rule rule = {
        .code = "CFG-175",
        .what = "one file is listed with two contents",
        .expected = "the same size and digest wherever the same file is named",
        .advice = "name the files differently, or sign again so that both are filled in from the same file",
    };
    return images_agree(report, &rule, system, contents_differ);
}

bool rule_file_case(struct report *report, const struct system *system)
{
    static const struct rule rule = {
        .code = "CFG-176",
        .what = "two file names differ in upper and lower case alone",
        .expected = "names that also differ on the EFI system partition, which ignores case",
        .advice = "rename one of the two files",
    };
    return images_agree(report, &rule, system, case_differs);
}
