/* SPDX-License-Identifier: Apache-2.0 */
/* The sample boot. */
#include "tests/attest/appraise/sample_boot.h"

#include "attest/lib/pcr.h"
#include "core/measure/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* TCG event types of the firmware's part (PFP 1.06, 10.4.1). */
#define EV_S_CRTM_VERSION 0x8u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u
#define EV_EFI_VARIABLE_DRIVER_CONFIG 0x80000001u

void sample_boot_default(struct sample_boot *boot)
{
    *boot = (struct sample_boot){
        .release = "shop-1", .command_line = "console=ttyS0 root=/dev/mapper/root ro quiet",
        .boot = "000102030405060708090a0b0c0d0e0f", .firmware = "firmware 1", .loader = "loader 1", .keys = "our keys",
        .security_version = 3, .serial = 1700000000,
        .facts = {.iommu = true, .remapping = true, .locality2 = true, .rollback_counter = true, .rollback_floor = 2,
                  .processor = 0x800f12, .microcode = 0x8001250}};
    memset(boot->facts.placement, 0x11, MEASURE_DIGEST_SIZE);
    memset(boot->facts.tables, 0x22, MEASURE_DIGEST_SIZE);
}

static bool set_text(const char *name, const char *assignment, char *to, size_t size)
{
    size_t length = strlen(name);
    if (strncmp(assignment, name, length) != 0 || assignment[length] != '=')
        return false;
    snprintf(to, size, "%s", assignment + length + 1);
    return true;
}

static bool set_number(const char *name, const char *assignment, uint64_t *to)
{
    char text[32];
    if (!set_text(name, assignment, text, sizeof text))
        return false;
    *to = strtoull(text, NULL, 0);
    return true;
}

/* A number that goes to a smaller member. */
#define SET(name, member) (set_number(name, assignment, &number) && ((member) = (__typeof__(member))number, true))

bool sample_boot_set(struct sample_boot *boot, const char *assignment)
{
    uint64_t number;
    return set_text("release", assignment, boot->release, sizeof boot->release) ||
           set_text("command-line", assignment, boot->command_line, sizeof boot->command_line) ||
           set_text("boot", assignment, boot->boot, sizeof boot->boot) ||
           set_text("firmware", assignment, boot->firmware, sizeof boot->firmware) ||
           set_text("loader", assignment, boot->loader, sizeof boot->loader) ||
           set_text("keys", assignment, boot->keys, sizeof boot->keys) || SET("serial", boot->serial) ||
           SET("security-version", boot->security_version) || SET("flags", boot->flags) ||
           SET("iommu", boot->facts.iommu) || SET("locality-2", boot->facts.locality2) ||
           SET("counter", boot->facts.rollback_counter) || SET("floor", boot->facts.rollback_floor) ||
           SET("microcode", boot->facts.microcode) || SET("restarts", boot->restarts) || SET("lost", boot->lost) ||
           SET("full", boot->full) ||
           SET("sha1", boot->sha1) ||
           SET("manifest-until", boot->manifest_until);
}

static bool append(struct measure_log *log, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size, bool sha1)
{
    struct pcr_digests own;
    struct measure_digests digests = {sha1 ? 3u : 2u, {{TPM_ALG_SHA256, {0}}, {TPM_ALG_SHA384, {0}}, {TPM_ALG_SHA1, {0}}}};
    pcr_hash(data, size, &own);
    memcpy(digests.banks[0].bytes, own.sha256, sizeof own.sha256);
    memcpy(digests.banks[1].bytes, own.sha384, sizeof own.sha384);
    return measure_log_append(log, pcr, type, &digests, data, size);
}

struct target {
    struct measure_log log;
    bool sha1;
};

static bool extend(void *context, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size)
{
    struct target *target = context;
    return append(&target->log, pcr, type, data, size, target->sha1);
}

static void firmware(struct target *target, const struct sample_boot *boot)
{
    static const uint8_t zeros[4];
    const struct {
        uint32_t pcr, type;
        const char *text;
    } events[] = {{0, EV_S_CRTM_VERSION, boot->firmware},
                  {2, EV_EFI_BOOT_SERVICES_APPLICATION, "option ROM"},
                  {7, EV_EFI_VARIABLE_DRIVER_CONFIG, boot->keys},
                  {4, EV_EFI_BOOT_SERVICES_APPLICATION, boot->loader}};
    for (uint32_t i = 0; i < sizeof events / sizeof events[0]; i++)
        extend(target, events[i].pcr, events[i].type, (const uint8_t *)events[i].text, (uint32_t)strlen(events[i].text));
    for (uint32_t pcr = 0; pcr < 8; pcr++)
        extend(target, pcr, EV_SEPARATOR, zeros, sizeof zeros);
}

static void add_partition(struct system *system, const char *name, enum system_role role, const char *command_line)
{
    struct system_partition *partition = &system->partitions[system->partition_count++];
    partition->role = role;
    snprintf(partition->name, sizeof partition->name, "%s", name);
    partition->core_count = 1;
    partition->memory_size = 256u << 20;
    snprintf(partition->kernel.file, sizeof partition->kernel.file, "vmlinuz");
    partition->kernel.present = true;
    partition->kernel.size = 7000000;
    memset(partition->kernel.sha384, 0x33, sizeof partition->kernel.sha384);
    snprintf(partition->command_line, sizeof partition->command_line, "%s", command_line);
}

static void runtime(struct target *target, const struct sample_boot *boot, const char *partition, const char *item,
                    const char *text, uint64_t number)
{
    uint8_t data[MEASURE_DATA_MAX];
    const struct measure_event event = {.kind = MEASURE_RUNTIME, .partition = partition, .item = item, .text = text,
                                        .has_number = number > 0, .number = number};
    uint32_t size = measure_encode(&event, data);
    extend(target, PCR_RUNTIME, EV_EVENT_TAG, data, size);
    if (boot->facts.locality2)
        extend(target, PCR_RUNTIME_SEALED, EV_EVENT_TAG, data, size);
}

uint32_t sample_boot_measure(const struct sample_boot *boot, uint8_t *log, uint32_t size)
{
    static const uint16_t banks[] = {TPM_ALG_SHA256, TPM_ALG_SHA384, TPM_ALG_SHA1};
    struct target target = {{log, size, 0}, boot->sha1};
    struct measurement measurement;
    struct container container = {.security_version = boot->security_version, .flags = boot->flags,
                                  .serial = boot->serial};
    const struct manifest manifest = {.present = boot->manifest_until != 0, .version = 1, .not_before = 1600000000,
                                      .not_after = boot->manifest_until};
    static struct system system;
    memset(&system, 0, sizeof system);
    snprintf(system.release, sizeof system.release, "%s", boot->release);
    add_partition(&system, "web", ROLE_GUEST, boot->command_line);
    add_partition(&system, "mail", ROLE_GUEST, "console=ttyS0");
    add_partition(&system, "attest", ROLE_ATTEST, "console=ttyS0");
    measure_log_begin(&target.log, banks, boot->sha1 ? 3 : 2);
    firmware(&target, boot);
    measurement_begin(&measurement, extend, &target);
    measure_configuration(&measurement, &manifest, &container, &system);
    measure_partitions(&measurement, &system);
    measure_platform(&measurement, &boot->facts);
    if (boot->facts.locality2)
        measure_seal(&measurement);
    measure_boot(&measurement, PCR_RUNTIME, boot->boot);
    if (boot->facts.locality2)
        measure_boot(&measurement, PCR_RUNTIME_SEALED, boot->boot);
    runtime(&target, boot, "web", "start", NULL, 1);
    runtime(&target, boot, "mail", "start", NULL, 1);
    runtime(&target, boot, "attest", "start", NULL, 1);
    if (boot->lost > 0) {
        struct sample_boot half = *boot;
        half.facts.locality2 = false;
        runtime(&target, &half, "web", "stop", "STOP-602", 1);
        runtime(&target, boot, NULL, "lost", NULL, boot->lost);
        runtime(&target, boot, "web", "start", NULL, 2);
    }
    for (uint32_t i = 0; i < boot->restarts; i++) {
        runtime(&target, boot, "web", "stop", "STOP-602", 1 + i);
        runtime(&target, boot, "web", "start", NULL, 2 + i);
    }
    if (boot->full)
        runtime(&target, boot, NULL, "log-full", NULL, 0);
    return target.log.used;
}
