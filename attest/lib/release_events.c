/* SPDX-License-Identifier: Apache-2.0 */
/* Expected events, read from JSON. */
#include "attest/lib/release_events.h"

#include "attest/lib/eventlog.h"
#include "attest/lib/evidence.h"
#include "attest/lib/json_read.h"

#include <stdlib.h>
#include <string.h>

static const struct rule rule_event = {
    "ATT-920", "an expected event contradicts itself",
    "data as 'bulkhead predict' writes it, its own hashes, and beside it the same words as in it",
    "make the release again"};
static const struct rule rule_place = {
    "ATT-921", "an expected event stands where none can", "PCR 8, 9, 21 in events; 4, 7 in firmware-events; 11 in machine",
    "make the release again"};
static const struct rule rule_memory = {
    "ATT-922", "there is no memory for this", "room for the events", "give the verifier more memory"};

/* Bytes of all `data` members, which are hex. */
static size_t data_bytes(const json_t *array)
{
    size_t bytes = 0, i;
    const json_t *event;
    json_array_foreach(array, i, event)
        bytes += json_string_length(json_object_get(event, "data")) / 2;
    return bytes;
}

/* What is written for people says the same as the bytes. */
static bool agrees(const json_t *json, const char *member, bool has, const char *text)
{
    const json_t *value = json_object_get(json, member);
    return value == NULL || json_is_null(value) ? !has
                                                : has && json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

static bool tagged_agrees(const json_t *json, const struct release_event *event)
{
    struct eventlog_tagged tagged;
    char digest[2 * MEASURE_DIGEST_SIZE + 1] = "";
    if (!eventlog_decode(event->data, event->size, &tagged))
        return false;
    if (tagged.digest != NULL)
        hash_to_hex(tagged.digest, MEASURE_DIGEST_SIZE, digest);
    const json_t *number = json_object_get(json, "number");
    bool number_agrees = number == NULL || json_is_null(number)
                             ? !tagged.has_number
                             : tagged.has_number && (uint64_t)json_integer_value(number) == tagged.number;
    return agrees(json, "partition", tagged.has_partition, tagged.partition) && agrees(json, "item", true, tagged.item) &&
           agrees(json, "text", tagged.has_text, tagged.text) && agrees(json, "digest", tagged.digest != NULL, digest) &&
           json_integer_value(json_object_get(json, "kind")) == (json_int_t)tagged.kind && number_agrees;
}

/* The data of one event goes to *room, which moves on. */
static bool read_data(const json_t *json, uint8_t **room, struct release_event *event, const char *where,
                      struct report *report)
{
    struct pcr_digests own;
    size_t size = json_string_length(json_object_get(json, "data")) / 2;
    if (size > MEASURE_DATA_MAX)
        size = MEASURE_DATA_MAX;
    if (!json_read_hex(json, "data", *room, size, report))
        return false;
    event->data = *room;
    event->size = (uint32_t)size;
    *room += size;
    pcr_hash(event->data, event->size, &own);
    bool good = memcmp(&own, &event->digests, sizeof own) == 0 &&
                (event->type == EV_EVENT_TAG ? tagged_agrees(json, event) : event->type == EV_SEPARATOR);
    return report_unless(good, report, &rule_event, where, "PCR %u, type %u, %u bytes", event->pcr, event->type,
                         event->size);
}

static bool read_event(const json_t *json, uint32_t pcrs, struct release_event *event, const char *where,
                       struct report *report)
{
    uint64_t pcr, type;
    bool good = json_read_number(json, "pcr", PCR_COUNT - 1, &pcr, report) &&
                json_read_number(json, "type", UINT32_MAX, &type, report) &&
                json_read_hex(json, "sha256", event->digests.sha256, HASH_SHA256_SIZE, report) &&
                json_read_hex(json, "sha384", event->digests.sha384, HASH_SHA384_SIZE, report);
    if (!good || !report_unless((pcrs >> pcr & 1) != 0, report, &rule_place, where, "PCR %lu", (unsigned long)pcr))
        return false;
    event->pcr = (uint32_t)pcr;
    event->type = (uint32_t)type;
    return true;
}

bool release_events_read(const json_t *array, uint32_t pcrs, bool data, const char *where, struct release_events *events,
                         void **memory, struct report *report)
{
    size_t count = json_array_size(array), i;
    const json_t *json;
    *events = (struct release_events){0};
    *memory = calloc(1, count * sizeof *events->events + data_bytes(array) + 1);
    if (!report_unless(*memory != NULL, report, &rule_memory, where, "%zu events", count))
        return false;
    events->events = *memory;
    uint8_t *room = (uint8_t *)*memory + count * sizeof *events->events;
    bool good = true;
    json_array_foreach(array, i, json)
    {
        struct release_event *event = &events->events[i];
        good = good && read_event(json, pcrs, event, where, report) &&
               (!data || read_data(json, &room, event, where, report));
    }
    events->count = (uint32_t)count;
    if (!good) {
        free(*memory);
        *memory = NULL;
        *events = (struct release_events){0};
    }
    return good;
}

uint32_t release_events_replay(const struct release_events *events, struct pcr_banks *banks)
{
    uint32_t had = 0;
    for (uint32_t i = 0; i < events->count; i++) {
        const struct release_event *event = &events->events[i];
        if (event->pcr >= PCR_SEAL && (had >> event->pcr & 1) == 0)
            pcr_reset(banks, event->pcr);
        had |= 1u << event->pcr;
        pcr_extend(banks, event->pcr, &event->digests);
    }
    return had;
}
