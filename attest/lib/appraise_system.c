/* SPDX-License-Identifier: Apache-2.0 */
/* What was started, on what: the release's sequence, the platform's facts, versions, firmware. */
#include "attest/lib/appraise_parts.h"

#include "core/lib/format.h"
#include "config/container.h"

#include <string.h>

static const struct rule rule_list = {
    "ATT-954", "the platform's facts are not the list that Bulkhead measures",
    "each fact once, in its order, then the separator",
    "start the release's own image"};
static const struct rule rule_fact = {
    "ATT-955", "the machine is not as the policy wants it", "what the release's policy allows",
    "set the machine up differently, or make a release whose policy allows it"};
static const struct rule rule_locality = {
    "ATT-956", "locality 2 of the TPM is closed",
    "registers 21 and 22 that the hypervisor alone can write",
    "without it, a reset of the TPM alone can be hidden; see the firmware's settings for the TPM"};
static const struct rule rule_sealed = {
    "ATT-957", "the sealed registers contradict what the platform's facts say of locality 2",
    "closed: registers 21 and 22 all-ones, without records; open: both with records",
    "treat it as an attack: something else wrote these facts"};
static const struct rule rule_rollback = {
    "ATT-958", "nothing on the machine refuses older configurations", "rollback protection by a TPM counter",
    "provision the counter"};
static const struct rule rule_protection_gone = {
    "ATT-959", "a protection that this host had is gone", "what was there at the last good appraisal",
    "approve the host anew if you switched it off yourself"};
static const struct rule rule_version = {
    "ATT-960", "the configuration is older than one that this host already ran",
    "the highest security version seen, or a higher one",
    "install a current configuration"};
static const struct rule rule_floor = {
    "ATT-961", "the rollback counter contradicts the versions",
    "a floor that never sinks and is not above the configuration's version",
    "treat it as an attack on the counter, or approve the host anew after provisioning it again"};
static const struct rule rule_debug = {
    "ATT-962", "the configuration was signed for debugging", "flags without debug",
    "sign without --debug, or allow it in the policy"};
static const struct rule rule_firmware = {
    "ATT-963", "the firmware is not the approved one",
    "registers 0 and 2, and 4 and 7 where the release leaves them open, as at the host's approval",
    "approve the host anew if you updated its firmware"};
static const struct rule rule_not_approved = {
    "ATT-964", "no one has approved the host's firmware yet", "an operator's approval", "approve the host"};
static const struct rule rule_open = {
    "ATT-965", "the release leaves a register open", "predicted values of registers 4 and 7",
    "make the release with 'bulkhead release' and the Secure Boot keys of the machine"};
static const struct rule rule_weak_bank = {
    "ATT-966", "the TPM keeps a SHA-1 bank besides", "SHA-256 and SHA-384 alone", "switch the SHA-1 bank off in the firmware"};
static const struct rule rule_manifest = {
    "ATT-967", "the key manifest is not valid at this time", "a manifest whose validity covers today",
    "sign a new key manifest, and make a release with it"};

static const struct rule rule_deprecated = {
    "ATT-830", "the host runs a release that is to be replaced", "the release that is active for this host",
    "bring the host to the active release"};
static const struct rule rule_revoked = {
    "ATT-831", "the host runs a release that was revoked", "a release that is active or deprecated",
    "bring the host to the active release; find out why this one was revoked"};

bool appraise_release(struct appraisal *a)
{
    static const struct release_events none = {0};
    struct eventlog_tagged locality;
    a->result->locality_2 = appraise_find_tagged(a, PCR_PLATFORM, "tpm-locality-2", &locality) &&
                            strcmp(locality.text, "open") == 0;
    if (a->release == NULL)
        return true;
    appraise_compare(a, PCR_CONFIGURATION, &a->release->events);
    appraise_compare(a, PCR_IMAGES, &a->release->events);
    appraise_compare(a, PCR_SEAL, a->result->locality_2 ? &a->release->events : &none);
    return true;
}

static const char *const facts[] = {"iommu", "interrupt-remapping", "smt", "processor", "microcode", "tpm-locality-2",
                                    "rollback-protection", "placement", "tables"};
#define FACT_COUNT (sizeof facts / sizeof facts[0])

static bool is_fact(const struct eventlog_record *record, const char *item)
{
    struct eventlog_tagged event;
    return record->type == EV_EVENT_TAG && eventlog_decode(record->data, record->size, &event) &&
           event.kind == MEASURE_PLATFORM && !event.has_partition && strcmp(event.item, item) == 0;
}

/* Four zero bytes. All-ones are what a measurement leaves that failed on the way (docs/attestation.md). */
static bool is_end(const struct eventlog_record *record)
{
    static const uint8_t zeros[4];
    return record->type == EV_SEPARATOR && record->size == sizeof zeros && memcmp(record->data, zeros, sizeof zeros) == 0;
}

/* A fact that came twice, or after others, could be meant to be overlooked. */
static void check_list(struct appraisal *a)
{
    const struct eventlog_record *record = NULL;
    uint32_t index = 0, good = 0;
    while (good < FACT_COUNT && (record = appraise_next(a, PCR_PLATFORM, &index)) != NULL && is_fact(record, facts[good]))
        good++;
    bool closed = good == FACT_COUNT && (record = appraise_next(a, PCR_PLATFORM, &index)) != NULL &&
                  is_end(record) && appraise_next(a, PCR_PLATFORM, &index) == NULL;
    if (closed)
        return;
    struct appraise_reason *reason =
        appraise_add(a, &rule_list, APPRAISE_FATAL, NULL, good < FACT_COUNT ? facts[good] : "separator of PCR 11");
    appraise_find(reason, record == NULL ? "nothing in its place" : "something else in its place");
}

static void check_fact(struct appraisal *a, const struct release_fact *fact)
{
    struct eventlog_tagged event;
    char found[MEASURE_TEXT_MAX + 1];
    bool there = appraise_find_tagged(a, PCR_PLATFORM, fact->item, &event);
    if (event.has_text)
        fmt_print(found, sizeof found, "%s", event.text);
    else
        fmt_print(found, sizeof found, "%lu", (unsigned long)event.number);
    for (uint32_t i = 0; there && i < fact->count; i++)
        if (strcmp(fact->values[i], found) == 0)
            return;
    struct appraise_reason *reason = appraise_add(a, &rule_fact, APPRAISE_FATAL, NULL, fact->item);
    size_t used = fmt_print(reason->expected, sizeof reason->expected, "one of:");
    for (uint32_t i = 0; i < fact->count; i++)
        used += fmt_print(reason->expected + used, sizeof reason->expected - used, " %s", fact->values[i]);
    appraise_find(reason, "%s", there ? found : "no such fact");
}

static bool all_ones(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        if (bytes[i] != 0xff)
            return false;
    return true;
}

/* Whether someone had locality 2 shows in the registers themselves. */
static void check_locality(struct appraisal *a)
{
    uint32_t seal = 0, runtime = 0;
    bool open = a->result->locality_2;
    bool records = appraise_next(a, PCR_SEAL, &seal) != NULL && appraise_next(a, PCR_RUNTIME_SEALED, &runtime) != NULL;
    bool ones = all_ones(a->values.sha384[PCR_SEAL], HASH_SHA384_SIZE) &&
                all_ones(a->values.sha384[PCR_RUNTIME_SEALED], HASH_SHA384_SIZE);
    if (open ? !records : !ones)
        appraise_find(appraise_add(a, &rule_sealed, APPRAISE_FATAL, NULL, "tpm-locality-2"), "%s, with%s records",
                      open ? "open" : "closed", records ? "" : "out");
    if (open)
        return;
    bool required = a->release != NULL && a->release->policy.require_locality_2;
    appraise_find(appraise_add(a, a->state->had_locality_2 ? &rule_protection_gone : &rule_locality,
                               required || a->state->had_locality_2 ? APPRAISE_FATAL : APPRAISE_WARNING, NULL,
                               "tpm-locality-2"),
                  "closed");
}

static void check_rollback_protection(struct appraisal *a)
{
    struct eventlog_tagged event;
    appraise_find_tagged(a, PCR_PLATFORM, "rollback-protection", &event);
    a->result->rollback_counter = strcmp(event.text, "counter") == 0;
    a->floor = event.number > UINT32_MAX ? UINT32_MAX : (uint32_t)event.number;
    if (a->result->rollback_counter)
        return;
    bool required = a->release != NULL && a->release->policy.require_rollback_protection;
    appraise_find(appraise_add(a, a->state->had_counter ? &rule_protection_gone : &rule_rollback,
                               required || a->state->had_counter ? APPRAISE_FATAL : APPRAISE_WARNING, NULL,
                               "rollback-protection"),
                  "none");
}

bool appraise_platform(struct appraisal *a)
{
    check_list(a);
    check_locality(a);
    check_rollback_protection(a);
    if (a->release == NULL)
        return true;
    for (uint32_t i = 0; i < a->release->policy.fact_count; i++)
        check_fact(a, &a->release->policy.facts[i]);
    if (a->release->has_machine)
        appraise_compare(a, PCR_PLATFORM, &a->release->platform);
    return true;
}

static void check_debug(struct appraisal *a)
{
    struct eventlog_tagged event;
    appraise_find_tagged(a, PCR_CONFIGURATION, "flags", &event);
    a->result->debug = (event.number & CONTAINER_FLAG_DEBUG) != 0;
    if (a->result->debug && (a->release == NULL || !a->release->policy.allow_debug))
        appraise_find(appraise_add(a, &rule_debug, APPRAISE_FATAL, NULL, "flags"), "%lu", (unsigned long)event.number);
}

/* Seconds since 1970 in decimal; moves *text behind them. */
static uint64_t take_seconds(const char **text)
{
    uint64_t seconds = 0;
    for (; **text >= '0' && **text <= '9' && seconds < UINT64_MAX / 100; ++*text)
        seconds = seconds * 10 + (uint64_t)(**text - '0');
    return seconds;
}

/* "from-to". The machine has no clock that it could believe; here there is one. */
static void check_manifest(struct appraisal *a)
{
    struct eventlog_tagged event;
    appraise_find_tagged(a, PCR_CONFIGURATION, "key-manifest", &event);
    const char *text = event.text;
    uint64_t from = take_seconds(&text);
    text += *text == '-' ? 1 : 0;
    uint64_t to = take_seconds(&text);
    if (a->input->now == 0 || !event.has_text || (a->input->now >= from && a->input->now <= to))
        return;
    struct appraise_reason *reason = appraise_add(a, &rule_manifest, APPRAISE_WARNING, NULL, "key-manifest");
    appraise_expect(reason, "%s to cover %lu", event.text, (unsigned long)a->input->now);
    appraise_find(reason, a->input->now < from ? "not valid yet" : "expired");
}

bool appraise_version(struct appraisal *a)
{
    struct eventlog_tagged event;
    struct appraise_reason *reason;
    appraise_find_tagged(a, PCR_CONFIGURATION, "security-version", &event);
    uint32_t version = event.number > UINT32_MAX ? 0 : (uint32_t)event.number;
    a->result->security_version = version;
    if (version < a->state->highest_version) {
        reason = appraise_add(a, &rule_version, APPRAISE_FATAL, NULL, "security-version");
        appraise_expect(reason, "%u or higher", a->state->highest_version);
        appraise_find(reason, "%u", version);
    }
    bool counter = a->result->rollback_counter;
    if (counter && (a->floor < a->state->highest_floor || a->floor > version)) {
        reason = appraise_add(a, &rule_floor, APPRAISE_FATAL, NULL, "rollback-protection");
        appraise_expect(reason, "a floor from %u to %u", a->state->highest_floor, version);
        appraise_find(reason, "%u", a->floor);
    }
    check_debug(a);
    check_manifest(a);
    return true;
}

static void check_approved(struct appraisal *a, uint32_t pcr, const struct pcr_digests *approved)
{
    char hex[2 * HASH_SHA256_SIZE + 1], item[8];
    if (memcmp(a->values.sha256[pcr], approved->sha256, HASH_SHA256_SIZE) == 0 &&
        memcmp(a->values.sha384[pcr], approved->sha384, HASH_SHA384_SIZE) == 0)
        return;
    fmt_print(item, sizeof item, "PCR %u", pcr);
    struct appraise_reason *reason = appraise_add(a, &rule_firmware, APPRAISE_FATAL, NULL, item);
    hash_to_hex(approved->sha256, HASH_SHA256_SIZE, hex);
    appraise_expect(reason, "%s (SHA-256)", hex);
    hash_to_hex(a->values.sha256[pcr], HASH_SHA256_SIZE, hex);
    appraise_find(reason, "%s", hex);
}

static void check_predicted(struct appraisal *a, uint32_t pcr, const struct pcr_digests *approved)
{
    if ((a->release->predicted >> pcr & 1) != 0) {
        appraise_compare(a, pcr, &a->release->firmware);
        return;
    }
    appraise_find(appraise_add(a, &rule_open, APPRAISE_WARNING, NULL, pcr == 4 ? "PCR 4" : "PCR 7"), "none");
    if (a->state->baseline.approved)
        check_approved(a, pcr, approved);
}

bool appraise_firmware(struct appraisal *a)
{
    struct eventlog_reader reader;
    struct eventlog_record first;
    struct report report;
    const struct state_baseline *baseline = &a->state->baseline;
    if (baseline->approved) {
        check_approved(a, 0, &baseline->pcr0);
        check_approved(a, 2, &baseline->pcr2);
    } else {
        appraise_find(appraise_add(a, &rule_not_approved, APPRAISE_WARNING, NULL, "PCR 0"), "none");
    }
    if (a->release != NULL) {
        check_predicted(a, 4, &baseline->pcr4);
        check_predicted(a, 7, &baseline->pcr7);
    }
    report_init(&report);
    eventlog_begin(&reader, a->log, a->log_size);
    (void)eventlog_next(&reader, &first, &report);
    if (eventlog_has_bank(&reader, TPM_ALG_SHA1))
        appraise_find(appraise_add(a, &rule_weak_bank, APPRAISE_NOTE, NULL, NULL), "SHA-1 as well");
    return true;
}

bool appraise_standing(struct appraisal *a)
{
    const enum release_state *states = a->input->release_states;
    enum release_state state = a->release != NULL && states != NULL ? states[a->result->release] : RELEASE_ACTIVE;
    if (state == RELEASE_DEPRECATED)
        appraise_find(appraise_add(a, &rule_deprecated, APPRAISE_WARNING, NULL, NULL), "%s", a->release->name);
    else if (state == RELEASE_REVOKED)
        appraise_find(appraise_add(a, &rule_revoked, APPRAISE_FATAL, NULL, NULL), "%s", a->release->name);
    return true;
}
