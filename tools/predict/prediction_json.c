/* SPDX-License-Identifier: Apache-2.0 */
/* A prediction as JSON. */
#include "attest/lib/eventlog.h"
#include "tools/common/print.h"
#include "tools/predict/show.h"

#include <stdlib.h>

#define HEX_MAX (2u * MEASURE_DATA_MAX + 1u)

static json_t *hex_json(const uint8_t *bytes, size_t size)
{
    char text[HEX_MAX];
    print_hex(bytes, size, text);
    return json_string(text);
}

json_t *prediction_registers_json(const struct prediction *prediction, uint32_t pcrs)
{
    json_t *sha256 = json_object(), *sha384 = json_object();
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++) {
        char name[8];
        if ((pcrs & prediction->predicted & 1u << pcr) == 0)
            continue;
        snprintf(name, sizeof name, "%u", pcr);
        json_object_set_new(sha256, name, hex_json(prediction->banks.sha256[pcr], HASH_SHA256_SIZE));
        json_object_set_new(sha384, name, hex_json(prediction->banks.sha384[pcr], HASH_SHA384_SIZE));
    }
    return json_pack("{s:o, s:o}", "sha256", sha256, "sha384", sha384);
}

/* What people read of one of our own events; it says no more than `data`. */
static void add_words(json_t *object, const struct prediction_event *event)
{
    struct eventlog_tagged tagged;
    if (event->type != EV_EVENT_TAG || !eventlog_decode(event->data, event->size, &tagged))
        return;
    json_object_set_new(object, "kind", json_integer(tagged.kind));
    if (tagged.has_partition)
        json_object_set_new(object, "partition", json_string(tagged.partition));
    json_object_set_new(object, "item", json_string(tagged.item));
    if (tagged.has_text)
        json_object_set_new(object, "text", json_string(tagged.text));
    if (tagged.has_number)
        json_object_set_new(object, "number", json_integer((json_int_t)tagged.number));
    if (tagged.digest != NULL)
        json_object_set_new(object, "digest", hex_json(tagged.digest, MEASURE_DIGEST_SIZE));
}

static json_t *event_json(const struct prediction_event *event)
{
    json_t *object = json_pack("{s:I, s:I}", "pcr", (json_int_t)event->pcr, "type", (json_int_t)event->type);
    if (event->data != NULL) {
        add_words(object, event);
        json_object_set_new(object, "data", hex_json(event->data, event->size));
    }
    json_object_set_new(object, "sha256", hex_json(event->digests.sha256, HASH_SHA256_SIZE));
    json_object_set_new(object, "sha384", hex_json(event->digests.sha384, HASH_SHA384_SIZE));
    return object;
}

json_t *prediction_events_json(const struct prediction *prediction, uint32_t pcrs)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < prediction->count; i++)
        if ((pcrs >> prediction->events[i].pcr & 1) != 0)
            json_array_append_new(list, event_json(&prediction->events[i]));
    return list;
}
