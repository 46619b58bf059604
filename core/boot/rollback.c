/* SPDX-License-Identifier: Apache-2.0 */
/* Rollback protection: a configuration that is older than what has proved healthy here is refused. The TPM remembers: a counter
 * and its base, both written at locality 2 alone (core/lib/rollback_index.h). */
#include "config/chain.h"
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/boot/steps.h"
#include "core/lib/bytes.h"
#include "core/lib/format.h"
#include "core/lib/rollback_index.h"
#include "core/x86/tpm_nv.h"

#include <string.h>

static const struct rule rule_old = {
    "BOOT-480", "the configuration is older than what this machine may start",
    "a security version that is not below the floor in the TPM", "put the current release on the boot volume"};
static const struct rule rule_required = {
    "BOOT-481", "the configuration requires rollback protection, and there is none",
    "a counter and its base in the TPM as `bulkhead-agent provision` defines them, and locality 2 open",
    "provision the TPM; if it was, find out who removed the counter before you do it again"};

/* One of the two indexes as the TPM describes it, and as it must be. */
struct index {
    uint32_t number, attributes;
    struct tpm_nv_public public;
};

static void go_without(struct boot *boot, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void go_without(struct boot *boot, const char *format, ...)
{
    char why[REPORT_FOUND_MAX];
    va_list args;
    va_start(args, format);
    fmt_vprint(why, sizeof why, format, args);
    va_end(args);
    if (boot->system.rollback_protection == REQUIREMENT_REQUIRED)
        boot_refuse(&rule_required, "TPM", "%s", why);
    log_line("no rollback protection: %s", why);
}

/* What a TPM that fails, or somebody who got at it, leaves: said, and not trusted. */
static bool done(struct boot *boot, enum tpm_result result, const struct index *index, const char *what)
{
    if (result == TPM_DONE)
        return true;
    go_without(boot, "index 0x%08x cannot be %s: %s (0x%x)", index->number, what, tpm_result_text(result), boot->tpm.code);
    return false;
}

/* Somebody else's index under this number could be written by anybody: only the exact form counts. */
static bool find(struct boot *boot, struct index *index)
{
    static const uint8_t policy[ROLLBACK_POLICY_SIZE] = ROLLBACK_POLICY;
    const struct tpm_nv_public *public = &index->public;
    enum tpm_result result = tpm_nv_read_public(&boot->tpm, index->number, &index->public);
    if (result == TPM_REFUSED && boot->tpm.code == TPM_RC_HANDLE_1) {
        go_without(boot, "the TPM has no index 0x%08x", index->number);
        return false;
    }
    if (!done(boot, result, index, "looked up"))
        return false;
    bool right = (public->attributes & ~(ROLLBACK_WRITTEN | ROLLBACK_WRITE_LOCKED)) == index->attributes &&
                 public->name_algorithm == TPM_ALG_SHA256 && public->size == ROLLBACK_SIZE &&
                 public->policy_size == sizeof policy && memcmp(public->policy, policy, sizeof policy) == 0;
    if (!right)
        go_without(boot, "index 0x%08x is not as it was provisioned (attributes 0x%x)", index->number, public->attributes);
    return right;
}

static bool is(const struct index *index, uint32_t attribute)
{
    return (index->public.attributes & attribute) != 0;
}

static bool read_value(struct boot *boot, const struct index *index, uint64_t *value)
{
    uint8_t bytes[ROLLBACK_SIZE];
    *value = 0;
    if (!done(boot, tpm_nv_read(&boot->tpm, index->number, TPM_NV_EMPTY, 0, bytes, sizeof bytes), index, "read"))
        return false;
    for (uint32_t i = 0; i < ROLLBACK_SIZE; i++)
        *value = *value << 8 | bytes[i];
    return true;
}

/* Newly provisioned: the counter begins, wherever the TPM lets it begin (part 1, 37.2.4), and the base is that value for
 * ever. */
static bool begin(struct boot *boot, struct index *counter, struct index *base)
{
    uint8_t bytes[ROLLBACK_SIZE];
    uint64_t value;
    if (!is(counter, ROLLBACK_WRITTEN) &&
        !done(boot, tpm_nv_increment(&boot->tpm, counter->number, TPM_NV_LOCALITY_2), counter, "begun"))
        return false;
    if (!read_value(boot, counter, &value))
        return false;
    for (uint32_t i = 0; i < ROLLBACK_SIZE; i++)
        bytes[i] = (uint8_t)(value >> 8 * (ROLLBACK_SIZE - 1 - i));
    log_line("rollback protection begins: the counter of the TPM stands at %lu", value);
    return done(boot, tpm_nv_write(&boot->tpm, base->number, TPM_NV_LOCALITY_2, 0, bytes, sizeof bytes), base, "written");
}

static bool read_floor(struct boot *boot, uint32_t *floor)
{
    struct index counter = {.number = ROLLBACK_COUNTER, .attributes = ROLLBACK_COUNTER_ATTRIBUTES};
    struct index base = {.number = ROLLBACK_BASE, .attributes = ROLLBACK_BASE_ATTRIBUTES};
    uint64_t now, start;
    if (!find(boot, &counter) || !find(boot, &base))
        return false;
    if (!is(&base, ROLLBACK_WRITTEN) && !begin(boot, &counter, &base))
        return false;
    if (!is(&base, ROLLBACK_WRITE_LOCKED) &&
        !done(boot, tpm_nv_lock_writing(&boot->tpm, base.number, TPM_NV_LOCALITY_2), &base, "locked"))
        return false;
    if (!read_value(boot, &counter, &now) || !read_value(boot, &base, &start))
        return false;
    if (now < start || now - start > UINT32_MAX) {
        go_without(boot, "the counter (%lu) and its base (%lu) contradict each other", now, start);
        return false;
    }
    *floor = (uint32_t)(now - start);
    return true;
}

static uint32_t attesting_partition(const struct boot *boot)
{
    for (uint32_t i = 0; i < boot->system.partition_count; i++)
        if (boot->system.partitions[i].role == ROLE_ATTEST)
            return i;
    return HANDOFF_NO_PARTITION;
}

void rollback_check(struct boot *boot)
{
    struct handoff_rollback *rollback = &boot->rollback;
    rollback->security_version = chain_security_version(&boot->manifest, &boot->container);
    rollback->partition = attesting_partition(boot);
    if (!boot->tpm_usable || !boot->machine.tpm.locality2) {
        go_without(boot, boot->tpm_usable ? "the TPM's locality 2 is closed" : "there is no usable TPM");
        return;
    }
    rollback->counter = read_floor(boot, &rollback->floor);
    if (!rollback->counter)
        return;
    if (rollback->security_version < rollback->floor)
        boot_refuse(&rule_old, "/security-version", "security version %u%s, but the floor is %u", rollback->security_version,
                    rollback->security_version < boot->container.security_version ? " (the key manifest's)" : "",
                    rollback->floor);
    log_line("rollback protection: security version %u, floor %u", rollback->security_version, rollback->floor);
}
