/* SPDX-License-Identifier: Apache-2.0 */
/* The release that a simulated machine runs, read off its own log. */
#include "tests/attest/sim/sim.h"

#include "attest/lib/eventlog.h"

#include <stdio.h>
#include <string.h>

static json_t *hex_json(const uint8_t *bytes, size_t size)
{
    char text[2 * MEASURE_DATA_MAX + 1];
    hash_to_hex(bytes, size, text);
    return json_string(text);
}

static void add_digests(json_t *event, const struct eventlog_record *record)
{
    json_object_set_new(event, "sha256", hex_json(record->sha256, HASH_SHA256_SIZE));
    json_object_set_new(event, "sha384", hex_json(record->sha384, HASH_SHA384_SIZE));
}

static json_t *own_event(const struct eventlog_record *record)
{
    struct eventlog_tagged tagged;
    json_t *event = json_pack("{s:i, s:i, s:o}", "pcr", (int)record->pcr, "type", (int)record->type, "data",
                              hex_json(record->data, record->size));
    add_digests(event, record);
    if (record->type != EV_EVENT_TAG || !eventlog_decode(record->data, record->size, &tagged))
        return event;
    json_object_set_new(event, "kind", json_integer(tagged.kind));
    json_object_set_new(event, "item", json_string(tagged.item));
    if (tagged.has_partition)
        json_object_set_new(event, "partition", json_string(tagged.partition));
    if (tagged.has_text)
        json_object_set_new(event, "text", json_string(tagged.text));
    if (tagged.has_number)
        json_object_set_new(event, "number", json_integer((json_int_t)tagged.number));
    if (tagged.digest != NULL)
        json_object_set_new(event, "digest", hex_json(tagged.digest, MEASURE_DIGEST_SIZE));
    return event;
}

static void add_event(json_t *events, json_t *firmware, const struct eventlog_record *record)
{
    if (record->pcr == PCR_CONFIGURATION || record->pcr == PCR_IMAGES || record->pcr == PCR_SEAL) {
        json_array_append_new(events, own_event(record));
    } else if (record->pcr == 4 || record->pcr == 7) {
        json_t *event = json_pack("{s:i, s:I}", "pcr", (int)record->pcr, "type", (json_int_t)record->type);
        add_digests(event, record);
        json_array_append_new(firmware, event);
    }
}

static json_t *pcrs_json(const struct sim_machine *machine)
{
    static const uint32_t pcrs[] = {4, 7, 8, 9, 21};
    json_t *sha256 = json_object(), *sha384 = json_object();
    for (size_t i = 0; i < sizeof pcrs / sizeof pcrs[0]; i++) {
        char name[8];
        snprintf(name, sizeof name, "%u", pcrs[i]);
        json_object_set_new(sha256, name, hex_json(machine->pcrs.sha256[pcrs[i]], HASH_SHA256_SIZE));
        json_object_set_new(sha384, name, hex_json(machine->pcrs.sha384[pcrs[i]], HASH_SHA384_SIZE));
    }
    return json_pack("{s:o, s:o}", "sha256", sha256, "sha384", sha384);
}

char *sim_release(const struct sim_config *config)
{
    static const uint8_t nothing[HASH_SHA384_SIZE];
    static struct sim_machine machine;
    struct eventlog_reader reader;
    struct eventlog_record record;
    struct report report;
    json_t *events = json_array(), *firmware = json_array();
    report_init(&report);
    sim_machine_boot(&machine, config, "00000000000000000000000000000000");
    eventlog_begin(&reader, machine.log.bytes, machine.log.used);
    while (eventlog_next(&reader, &record, &report) == EVENTLOG_RECORD)
        add_event(events, firmware, &record);
    json_t *release = json_pack(
        "{s:s, s:s, s:I, s:i, s:{s:s, s:o, s:o, s:n}, s:o, s:o, s:o, s:{s:{s:[s], s:[s], s:[s]}, s:b, s:b, s:b}}", "format",
        "bulkhead-release-1", "name", config->release, "serial", (json_int_t)config->serial, "security-version",
        (int)config->security_version, "build", "id", "simulated", "image-sha384", hex_json(nothing, sizeof nothing),
        "configuration-sha384", hex_json(nothing, sizeof nothing), "sbom", "pcrs", pcrs_json(&machine), "events", events,
        "firmware-events", firmware, "policy", "platform", "iommu", "on", "interrupt-remapping", "on", "smt", "one-owner",
        "allow-debug", 0, "require-locality-2", 1, "require-rollback-protection", 0);
    char *text = release != NULL ? json_dumps(release, JSON_INDENT(1)) : NULL;
    json_decref(release);
    return text;
}
