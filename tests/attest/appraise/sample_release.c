/* SPDX-License-Identifier: Apache-2.0 */
/* release.json of a log. */
#include "tests/attest/appraise/sample_host.h"

#include <stdlib.h>
#include <string.h>

static void set_hex(json_t *json, const char *member, const uint8_t *bytes, size_t size)
{
    char text[2 * MEASURE_DATA_MAX + 1];
    hash_to_hex(bytes, size, text);
    json_object_set_new(json, member, json_string(text));
}

/* What people read, beside the bytes. */
static void set_words(json_t *json, const struct eventlog_tagged *event)
{
    json_object_set_new(json, "kind", json_integer(event->kind));
    json_object_set_new(json, "item", json_string(event->item));
    if (event->has_partition)
        json_object_set_new(json, "partition", json_string(event->partition));
    if (event->has_text)
        json_object_set_new(json, "text", json_string(event->text));
    if (event->has_number)
        json_object_set_new(json, "number", json_integer((json_int_t)event->number));
    if (event->digest != NULL)
        set_hex(json, "digest", event->digest, MEASURE_DIGEST_SIZE);
}

static json_t *event_json(const struct eventlog_record *record, bool data, struct eventlog_tagged *event)
{
    json_t *json = json_pack("{s:i, s:I}", "pcr", (int)record->pcr, "type", (json_int_t)record->type);
    set_hex(json, "sha256", record->sha256, HASH_SHA256_SIZE);
    set_hex(json, "sha384", record->sha384, HASH_SHA384_SIZE);
    memset(event, 0, sizeof *event);
    if (!data)
        return json;
    set_hex(json, "data", record->data, record->size);
    if (record->type == EV_EVENT_TAG && eventlog_decode(record->data, record->size, event))
        set_words(json, event);
    return json;
}

static json_t *registers_json(const struct pcr_banks *banks)
{
    static const uint32_t pcrs[] = {4, 7, 8, 9, 21};
    static const char *const names[] = {"4", "7", "8", "9", "21"};
    json_t *sha256 = json_object(), *sha384 = json_object();
    for (uint32_t i = 0; i < sizeof pcrs / sizeof pcrs[0]; i++) {
        set_hex(sha256, names[i], banks->sha256[pcrs[i]], HASH_SHA256_SIZE);
        set_hex(sha384, names[i], banks->sha384[pcrs[i]], HASH_SHA384_SIZE);
    }
    return json_pack("{s:o, s:o}", "sha256", sha256, "sha384", sha384);
}

char *sample_release_text(const uint8_t *log, uint32_t size)
{
    struct pcr_banks banks;
    struct eventlog_reader reader;
    struct eventlog_record record;
    struct eventlog_tagged event;
    struct report report;
    char digest[2 * HASH_SHA384_SIZE + 1] = {0};
    memset(digest, 'a', sizeof digest - 1);
    sample_replay(log, size, &banks);
    json_t *json = json_pack("{s:s, s:{s:s, s:s, s:s, s:n}, s:o, s:{s:{s:[s], s:[s], s:[s]}, s:b, s:b, s:b}}", "format",
                             "bulkhead-release-1", "build", "id", "sample", "image-sha384", digest,
                             "configuration-sha384", digest, "sbom", "pcrs", registers_json(&banks), "policy", "platform",
                             "iommu", "on", "interrupt-remapping", "on", "smt", "one-owner", "allow-debug", 0,
                             "require-locality-2", 0, "require-rollback-protection", 0);
    json_t *own = json_array(), *firmware = json_array();
    report_init(&report);
    eventlog_begin(&reader, log, size);
    while (eventlog_next(&reader, &record, &report) == EVENTLOG_RECORD) {
        bool ours = record.pcr == PCR_CONFIGURATION || record.pcr == PCR_IMAGES || record.pcr == PCR_SEAL;
        if (!ours && record.pcr != 4 && record.pcr != 7)
            continue;
        json_array_append_new(ours ? own : firmware, event_json(&record, ours, &event));
        if (strcmp(event.item, "configuration") == 0) {
            json_object_set_new(json, "name", json_string(event.text));
            json_object_set_new(json, "serial", json_integer((json_int_t)event.number));
        } else if (strcmp(event.item, "security-version") == 0) {
            json_object_set_new(json, "security-version", json_integer((json_int_t)event.number));
        }
    }
    json_object_set_new(json, "events", own);
    json_object_set_new(json, "firmware-events", firmware);
    char *text = json_dumps(json, JSON_INDENT(1));
    json_decref(json);
    return text;
}
