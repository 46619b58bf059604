/* SPDX-License-Identifier: Apache-2.0 */
/* release.json, read and checked against itself. */
#include "attest/lib/release.h"

#include "attest/lib/ecdsa.h"
#include "attest/lib/eventlog.h"
#include "attest/lib/evidence.h"
#include "attest/lib/json_read.h"
#include "attest/lib/release_events.h"
#include "core/lib/format.h"

#include <stdlib.h>
#include <string.h>

static const struct rule rule_format = {
    "ATT-923", "this is no release of a known format", "\"format\": \"bulkhead-release-1\"",
    "use a verifier and a 'bulkhead release' that belong together"};
static const struct rule rule_contradiction = {
    "ATT-924", "the release contradicts itself",
    "events that replay to its registers, with the release's own name, serial and security version",
    "make the release again with 'bulkhead release'"};
static const struct rule rule_signature = {
    "ATT-925", "the release is not signed by the release key", "96 bytes r, s: ECDSA P-384 over the SHA-384 of the file",
    "import the release with its own signature file; see which key made it"};
static const struct rule rule_policy = {
    "ATT-926", "the policy cannot be read",
    "platform facts with lists of words or numbers; allow-debug, require-locality-2, require-rollback-protection",
    "correct the policy and make the release again"};

#define FIRMWARE_PCRS (1u << 4 | 1u << 7)
#define OWN_PCRS (1u << PCR_CONFIGURATION | 1u << PCR_IMAGES | 1u << PCR_SEAL)

static bool read_flag(const json_t *policy, const char *member, bool *flag, struct report *report)
{
    const json_t *value = json_object_get(policy, member);
    *flag = json_is_true(value);
    return report_unless(value == NULL || json_is_boolean(value), report, &rule_policy, member, "no boolean");
}

/* A word, or a number, which is kept in decimal. */
static bool read_value(const json_t *value, char *text)
{
    char number[24];
    size_t length = json_string_length(value);
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        length = fmt_print(number, sizeof number, "%llu", (unsigned long long)json_integer_value(value));
        memcpy(text, number, length + 1);
        return true;
    }
    if (!json_is_string(value) || length > RELEASE_VALUE_MAX)
        return false;
    memcpy(text, json_string_value(value), length + 1);
    return true;
}

static bool read_facts(const json_t *platform, struct release_policy *policy, struct report *report)
{
    const char *item;
    json_t *values;
    json_object_foreach((json_t *)(uintptr_t)platform, item, values)
    {
        struct release_fact *fact = &policy->facts[policy->fact_count];
        size_t i, count = json_array_size(values);
        const json_t *value;
        if (!report_unless(strlen(item) <= RELEASE_NAME_MAX && json_is_array(values) && count <= RELEASE_VALUES_MAX, report,
                           &rule_policy, "platform", "%s", json_printable(item)))
            return false;
        memcpy(fact->item, item, strlen(item) + 1);
        json_array_foreach(values, i, value)
            if (!report_unless(read_value(value, fact->values[i]), report, &rule_policy, json_printable(item), "value %zu", i))
                return false;
        fact->count = (uint32_t)count;
        policy->fact_count++;
    }
    return true;
}

/* No policy, or one without a word on the platform, is empty. A member that is not known is refused: it might demand
 * something. */
static bool read_policy(const json_t *json, struct release_policy *policy, struct report *report)
{
    static const char *const members[] = {"platform", "allow-debug", "require-locality-2", "require-rollback-protection",
                                          NULL};
    const json_t *object = json_object_get(json, "policy");
    if (object == NULL || json_is_null(object))
        return true;
    if (!report_unless(json_is_object(object), report, &rule_policy, "policy", "no object"))
        return false;
    const json_t *platform = json_object_get(object, "platform");
    bool good = json_read_only(object, "policy", members, report) &&
                read_flag(object, "allow-debug", &policy->allow_debug, report) &&
                read_flag(object, "require-locality-2", &policy->require_locality_2, report) &&
                read_flag(object, "require-rollback-protection", &policy->require_rollback_protection, report);
    if (!good || platform == NULL)
        return good;
    if (!report_unless(json_is_object(platform) && json_object_size(platform) <= RELEASE_FACTS_MAX, report, &rule_policy,
                       "platform", "no object, or more than %u facts", RELEASE_FACTS_MAX))
        return false;
    policy->present = json_object_size(platform) > 0;
    return read_facts(platform, policy, report);
}

static bool read_head(const json_t *json, struct release *release, struct report *report)
{
    char format[RELEASE_NAME_MAX + 1];
    uint64_t version = 0;
    if (!json_read_text(json, "format", format, RELEASE_NAME_MAX, report) ||
        !report_unless(strcmp(format, "bulkhead-release-1") == 0, report, &rule_format, "format", "%s", format))
        return false;
    const json_t *build = json_read_inner(json, "build", JSON_OBJECT, 16, report);
    bool good = json_read_text(json, "name", release->name, RELEASE_NAME_MAX, report) &&
                json_read_number(json, "serial", INT64_MAX, &release->serial, report) &&
                json_read_number(json, "security-version", UINT32_MAX, &version, report) && build != NULL &&
                json_read_text(build, "id", release->build, RELEASE_NAME_MAX, report) &&
                json_read_hex(build, "image-sha384", release->image_sha384, HASH_SHA384_SIZE, report) &&
                json_read_hex(build, "configuration-sha384", release->configuration_sha384, HASH_SHA384_SIZE, report);
    release->security_version = (uint32_t)version;
    return good;
}

static bool read_list(const json_t *json, const char *member, uint32_t pcrs, bool data, struct release_events *events,
                      void **memory, struct report *report)
{
    const json_t *array = json_read_inner(json, member, JSON_ARRAY, RELEASE_EVENTS_MAX, report);
    return array != NULL && release_events_read(array, pcrs, data, member, events, memory, report);
}

static bool read_registers(const json_t *json, struct pcr_banks *values, uint32_t *mask, struct report *report)
{
    struct pcr_selection selection = {0};
    const json_t *pcrs = json_read_inner(json, "pcrs", JSON_OBJECT, 2, report);
    bool good = pcrs != NULL && evidence_pcrs_from_json(pcrs, values, &selection, report);
    *mask = selection.sha256;
    return good;
}

/* The machine's description is optional; its registers join the others. */
static bool read_machine(const json_t *json, struct release *release, struct report *report)
{
    struct pcr_banks values;
    uint32_t mask;
    const json_t *machine = json_object_get(json, "machine");
    if (machine == NULL || json_is_null(machine))
        return true;
    release->has_machine = true;
    if (!json_read_text(machine, "name", release->machine, RELEASE_NAME_MAX, report) ||
        !read_registers(machine, &values, &mask, report) ||
        !read_list(machine, "events", 1u << PCR_PLATFORM, true, &release->platform, &release->memory[2], report) ||
        !report_unless(mask == 1u << PCR_PLATFORM, report, &rule_contradiction, "machine", "other registers than 11"))
        return false;
    memcpy(release->values.sha256[PCR_PLATFORM], values.sha256[PCR_PLATFORM], HASH_SHA256_SIZE);
    memcpy(release->values.sha384[PCR_PLATFORM], values.sha384[PCR_PLATFORM], HASH_SHA384_SIZE);
    release->predicted |= mask;
    return true;
}

/* The registers' values are those to which the events lead, and no register has one without the other. */
static bool replays(const struct release *release, struct report *report)
{
    struct pcr_banks banks;
    pcr_init(&banks);
    uint32_t had = release_events_replay(&release->events, &banks);
    had |= release_events_replay(&release->firmware, &banks);
    had |= release_events_replay(&release->platform, &banks);
    if (!report_unless(had == release->predicted && (had & OWN_PCRS) == OWN_PCRS, report, &rule_contradiction, "pcrs",
                       "values of 0x%06x, events of 0x%06x", release->predicted, had))
        return false;
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++)
        if ((had >> pcr & 1) != 0 &&
            !report_unless(memcmp(banks.sha256[pcr], release->values.sha256[pcr], HASH_SHA256_SIZE) == 0 &&
                               memcmp(banks.sha384[pcr], release->values.sha384[pcr], HASH_SHA384_SIZE) == 0,
                           report, &rule_contradiction, "pcrs", "PCR %u is not what its events lead to", pcr))
            return false;
    return true;
}

/* Name, serial and security version are also events; they must say the same. */
static bool events_agree(const struct release *release, struct report *report)
{
    bool version = false, name = false;
    for (uint32_t i = 0; i < release->events.count; i++) {
        const struct release_event *event = &release->events.events[i];
        struct eventlog_tagged tagged;
        if (event->pcr != PCR_CONFIGURATION || !eventlog_decode(event->data, event->size, &tagged))
            continue;
        if (strcmp(tagged.item, "security-version") == 0)
            version = tagged.number == release->security_version;
        if (strcmp(tagged.item, "configuration") == 0)
            name = tagged.number == release->serial && strcmp(tagged.text, release->name) == 0;
    }
    return report_unless(version && name, report, &rule_contradiction, "events",
                         "another name, serial or security version than at the top");
}

static bool read_release(const json_t *json, struct release *release, struct report *report)
{
    static const char *const members[] = {"format", "name", "serial", "security-version", "build", "pcrs", "events",
                                          "firmware-events", "machine", "policy", NULL};
    const json_t *firmware = json_object_get(json, "firmware-events");
    return read_head(json, release, report) && json_read_only(json, "release", members, report) &&
           read_registers(json, &release->values, &release->predicted, report) &&
           report_unless((release->predicted & ~(OWN_PCRS | FIRMWARE_PCRS)) == 0, report, &rule_contradiction, "pcrs",
                         "other registers than 4, 7, 8, 9, 21") &&
           read_list(json, "events", OWN_PCRS, true, &release->events, &release->memory[0], report) &&
           (firmware == NULL || read_list(json, "firmware-events", FIRMWARE_PCRS, false, &release->firmware,
                                          &release->memory[1], report)) &&
           read_machine(json, release, report) && read_policy(json, &release->policy, report) &&
           replays(release, report) && events_agree(release, report);
}

bool release_parse(const char *text, size_t size, struct release *release, struct report *report)
{
    json_t *json = json_read_object(text, size, RELEASE_JSON_MAX, "release", report);
    memset(release, 0, sizeof *release);
    if (json == NULL)
        return false;
    bool good = read_release(json, release, report);
    json_decref(json);
    if (!good)
        release_free(release);
    return good;
}

void release_free(struct release *release)
{
    for (uint32_t i = 0; i < 3; i++)
        free(release->memory[i]);
    memset(release, 0, sizeof *release);
}

bool release_verify(const char *text, size_t size, const uint8_t *signature, size_t signature_size,
                    const struct public_key *key, struct report *report)
{
    uint8_t digest[HASH_SHA384_SIZE];
    hash_bytes(TPM_ALG_SHA384, text, size, digest);
    return report_unless(signature_size == RELEASE_SIGNATURE_SIZE && key->kind == PUBLIC_P384 &&
                             ecdsa_verify_digest(key, digest, signature, signature + 48),
                         report, &rule_signature, "release.json.sig", "%zu bytes", signature_size);
}
