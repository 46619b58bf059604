/* SPDX-License-Identifier: Apache-2.0 */
/* PCR 11 of a described machine: plan and tables made on the host as the boot stage will make them. */
#include "config/chain.h"
#include "core/handoff.h"
#include "tools/predict/predict.h"

#include <stdlib.h>
#include <string.h>

static const struct rule rule_no_monitor = {
    "TOOL-796", "the boot image carries no monitor", "a bulkhead.efi with one linked monitor",
    "give the bulkhead.efi that the build or 'bulkhead bundle' made"};
static const struct rule rule_tpm = {
    "TOOL-797", "the described machine can measure nothing", "a TPM with register pages (\"tpm\": \"tis\")",
    "describe a machine with a TPM, or leave --machine out"};
static const struct rule rule_floor = {
    "TOOL-799", "the described machine does not start this with such a floor",
    "locality 2 open, and a floor up to the configuration's security version",
    "describe a machine with \"tpm-locality-2\": true; a configuration below the floor is refused at boot (BOOT-480)"};

/* The monitor lies page-aligned in the image's read-only data (core/boot/monitor_image.S). 0: there is none, or two. */
static uint64_t monitor_size(const struct file_bytes *efi)
{
    uint64_t found = 0;
    unsigned count = 0;
    for (size_t at = 0; at + PAGE_SIZE <= efi->size; at += PAGE_SIZE) {
        struct monitor_header header;
        memcpy(&header, efi->data + at, sizeof header);
        if (header.magic != MONITOR_HEADER_MAGIC || header.size > MONITOR_IMAGE_MAX || !is_aligned(header.size, PAGE_SIZE))
            continue;
        found = header.size;
        count++;
    }
    return count == 1 ? found : 0;
}

bool predict_floor(const char *text, uint32_t *floor)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *floor = (uint32_t)value;
    return *text >= '0' && *text <= '9' && *end == '\0' && value <= UINT32_MAX;
}

/* The boot stage reads the counter at locality 2 alone, and refuses what is older than the floor. */
static bool add_floor(const struct predict *predict, const struct predict_options *options, struct measure_facts *facts,
                      struct report *report)
{
    if (options->rollback_floor == NULL)
        return true;
    facts->rollback_counter = predict_floor(options->rollback_floor, &facts->rollback_floor);
    uint32_t version = chain_security_version(&predict->verified.manifest, &predict->verified.container);
    return report_unless(predict->machine.tpm.locality2 && facts->rollback_floor <= version, report, &rule_floor,
                         options->machine, "locality 2 %s, floor %u, security version %u",
                         predict->machine.tpm.locality2 ? "open" : "closed", facts->rollback_floor, version);
}

bool predict_platform(struct predict *predict, struct measurement *measurement, const struct predict_options *options,
                      struct report *report)
{
    uint64_t monitor = monitor_size(&predict->efi);
    if (!machine_read(options->machine, &predict->machine, report) ||
        !report_unless(predict->machine.tpm.kind == TPM_TIS, report, &rule_tpm, options->machine, "another TPM, or none") ||
        !report_unless(monitor != 0, report, &rule_no_monitor, options->efi, "none, or more than one") ||
        !plan_decide_on(&predict->system, &predict->machine, monitor, &predict->decision, report))
        return false;
    struct measure_facts facts =
        measure_facts_of(&predict->machine, &predict->decision.plan, predict->decision.tables_digest);
    if (!add_floor(predict, options, &facts, report))
        return false;
    measure_platform(measurement, &facts);
    return true;
}
