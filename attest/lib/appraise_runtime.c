/* SPDX-License-Identifier: Apache-2.0 */
/* What happened since launch: register 12, and register 22 which says the same in a place that only the monitor can write. */
#include "attest/lib/appraise_parts.h"

#include "config/system.h"
#include "core/lib/bytes.h"

#include <string.h>

static const struct rule rule_boot = {
    "ATT-970", "the run-time events do not begin with this boot",
    "the evidence's boot id, and the digest of register 11's records",
    "treat it as an attack: these facts are of another boot"};
static const struct rule rule_event = {
    "ATT-971", "a run-time event is none that Bulkhead's monitor measures",
    "start, stop, stays-stopped of a configured partition, lost, log-full; numbers in their row",
    "treat it as an attack: something else wrote into the register"};
static const struct rule rule_twin = {
    "ATT-972", "registers 12 and 22 tell different stories", "the same records in both",
    "treat it as an attack: something else wrote into register 12"};
static const struct rule rule_pending = {
    "ATT-973", "the last run-time event is not in register 22 yet", "the same records in both",
    "nothing, if the next appraisal finds it there"};
static const struct rule rule_lost = {
    "ATT-974", "run-time events are missing", "a record of every start and stop", "see the machine's console for why"};
static const struct rule rule_full = {
    "ATT-975", "the run-time log is full", "a record of every start and stop", "restart the machine at its next opportunity"};

/* What is known of one partition's life. */
struct life {
    char name[EVENTLOG_NAME_MAX + 1];
    uint64_t starts;
    bool running, attests;
    bool gap; /* events were lost since its last start: they may have been its own */
};
struct lives {
    uint32_t count;
    struct life partitions[SYSTEM_MAX_PARTITIONS];
    bool lost, full;
};

/* SHA-384 over {PCR, type, size, data} of each record of register 11 (docs/attestation.md). */
static void hash_platform(const struct appraisal *a, uint8_t digest[MEASURE_DIGEST_SIZE])
{
    struct hash_state state;
    const struct eventlog_record *record;
    uint32_t index = 0;
    hash_start(&state, TPM_ALG_SHA384);
    while ((record = appraise_next(a, PCR_PLATFORM, &index)) != NULL) {
        uint8_t head[12];
        store_le32(head, record->pcr);
        store_le32(head + 4, record->type);
        store_le32(head + 8, record->size);
        hash_update(&state, head, sizeof head);
        hash_update(&state, record->data, record->size);
    }
    hash_finish(&state, digest);
}

static bool is_boot(const struct appraisal *a, const struct eventlog_record *record)
{
    struct eventlog_tagged event;
    uint8_t digest[MEASURE_DIGEST_SIZE];
    hash_platform(a, digest);
    return record != NULL && record->type == EV_EVENT_TAG && eventlog_decode(record->data, record->size, &event) &&
           event.kind == MEASURE_RUNTIME && !event.has_partition && strcmp(event.item, "boot") == 0 &&
           strcmp(event.text, a->input->evidence->boot) == 0 && event.digest != NULL &&
           memcmp(event.digest, digest, sizeof digest) == 0;
}

/* The partitions that the configuration named, from register 9. */
static void list_partitions(const struct appraisal *a, struct lives *lives)
{
    const struct eventlog_record *record;
    struct eventlog_tagged event;
    uint32_t index = 0;
    memset(lives, 0, sizeof *lives);
    while ((record = appraise_next(a, PCR_IMAGES, &index)) != NULL)
        if (lives->count < SYSTEM_MAX_PARTITIONS && record->type == EV_EVENT_TAG &&
            eventlog_decode(record->data, record->size, &event) && strcmp(event.item, "role") == 0) {
            struct life *life = &lives->partitions[lives->count++];
            memcpy(life->name, event.partition, sizeof event.partition);
            life->attests = strcmp(event.text, "attest") == 0;
        }
}

static struct life *life_of(struct lives *lives, const char *name)
{
    for (uint32_t i = 0; i < lives->count; i++)
        if (strcmp(lives->partitions[i].name, name) == 0)
            return &lives->partitions[i];
    return NULL;
}

/* A partition starts, stops, and starts once more; its starts are counted. What was lost leaves a gap up to its next start. */
static bool lives_on(struct lives *lives, const struct eventlog_tagged *event)
{
    struct life *life = life_of(lives, event->partition);
    if (life == NULL || !event->has_number || event->number < life->starts)
        return false;
    bool as_expected = event->number == life->starts, gap = life->gap;
    if (strcmp(event->item, "start") == 0) {
        life->gap = false;
        as_expected = !life->running && event->number == life->starts + 1 && !event->has_text;
        life->running = true;
    } else if (strcmp(event->item, "stop") == 0) {
        if (strncmp(event->text, "STOP-6", 6) != 0)
            return false;
        as_expected = as_expected && life->running;
        life->running = false;
    } else if (strcmp(event->item, "stays-stopped") == 0) {
        as_expected = as_expected && !life->running;
        life->running = false;
    } else {
        return false;
    }
    life->starts = event->number;
    return as_expected || gap;
}

/* Events without a partition: something is missing here, or from here on. */
static bool takes_gap(struct lives *lives, const struct eventlog_tagged *event)
{
    lives->full = strcmp(event->item, "log-full") == 0;
    if (strcmp(event->item, "lost") != 0)
        return lives->full;
    lives->lost = true;
    for (uint32_t i = 0; i < lives->count; i++)
        lives->partitions[i].gap = true;
    return true;
}

/* *event is what the record says, and empty where it is no event of Bulkhead's. */
static bool takes_event(struct lives *lives, const struct eventlog_record *record, struct eventlog_tagged *event)
{
    memset(event, 0, sizeof *event);
    if (record->type != EV_EVENT_TAG || !eventlog_decode(record->data, record->size, event) ||
        event->kind != MEASURE_RUNTIME || lives->full)
        return false;
    return event->has_partition ? event->digest == NULL && lives_on(lives, event) : takes_gap(lives, event);
}

/* Who sends the evidence was started, and whoever starts him records it first. Where locality 2 is closed nothing is. */
static void check_sender(struct appraisal *a, const struct lives *lives)
{
    for (uint32_t i = 0; i < lives->count; i++) {
        const struct life *life = &lives->partitions[i];
        if (life->attests && life->starts == 0 && a->result->locality_2 && !lives->lost && !lives->full)
            appraise_find(appraise_add(a, &rule_lost, APPRAISE_WARNING, life->name, "start"), "none");
    }
}

static void check_events(struct appraisal *a)
{
    struct lives lives;
    struct eventlog_tagged event;
    const struct eventlog_record *record;
    uint32_t index = 0;
    record = appraise_next(a, PCR_RUNTIME, &index);
    if (!is_boot(a, record)) {
        struct appraise_reason *reason = appraise_add(a, &rule_boot, APPRAISE_FATAL, NULL, "boot");
        appraise_expect(reason, "boot %s over this platform's facts", a->input->evidence->boot);
        appraise_find(reason, record == NULL ? "no record in register 12" : "another record");
    }
    list_partitions(a, &lives);
    while ((record = appraise_next(a, PCR_RUNTIME, &index)) != NULL)
        if (!takes_event(&lives, record, &event))
            appraise_find(appraise_add(a, &rule_event, APPRAISE_FATAL, event.partition, event.item),
                          "\"%s\", number %lu, record at offset %lu", event.text, (unsigned long)event.number,
                          (unsigned long)record->at);
    if (lives.lost)
        appraise_find(appraise_add(a, &rule_lost, APPRAISE_WARNING, NULL, "lost"), "a gap");
    if (lives.full)
        appraise_find(appraise_add(a, &rule_full, APPRAISE_WARNING, NULL, "log-full"), "its end");
    check_sender(a, &lives);
}

static bool equal(const struct eventlog_record *a, const struct eventlog_record *b)
{
    return a->type == b->type && a->size == b->size && memcmp(a->data, b->data, b->size) == 0;
}

/* How many events the record says were lost; 0: it is about something else. */
static uint64_t number_lost(const struct eventlog_record *record)
{
    struct eventlog_tagged event;
    bool lost = record->type == EV_EVENT_TAG && eventlog_decode(record->data, record->size, &event) &&
                event.kind == MEASURE_RUNTIME && strcmp(event.item, "lost") == 0;
    return lost ? event.number : 0;
}

/* Goes on in 12 behind the record whose twin this one of 22 is; false: there is none. Where the TPM failed in between, 22 goes
 * on with `lost`, which nobody else can write there: each of the events that it counts may have left one record in 12, be it
 * a `lost` that failed as well. */
static bool pass_twin_of(const struct appraisal *a, const struct eventlog_record *twin, uint32_t *index)
{
    const struct eventlog_record *twelve = appraise_next(a, PCR_RUNTIME, index);
    for (uint64_t alone = number_lost(twin); alone > 0 && twelve != NULL && !equal(twelve, twin); alone--)
        twelve = appraise_next(a, PCR_RUNTIME, index);
    return twelve != NULL && equal(twelve, twin);
}

/* What 12 has behind the last twin: an event on its way, or one that failed, and attempts to say so. */
static bool is_under_way(const struct appraisal *a, uint32_t index)
{
    const struct eventlog_record *twelve;
    for (bool first = true; (twelve = appraise_next(a, PCR_RUNTIME, &index)) != NULL; first = false)
        if (!first && number_lost(twelve) == 0)
            return false;
    return true;
}

/* The monitor extends 12 first, then 22: a quote from in between lacks the last one there. */
static void check_twin(struct appraisal *a)
{
    uint32_t index = 0, twin_index = 0;
    const struct eventlog_record *twin = appraise_next(a, PCR_RUNTIME_SEALED, &twin_index);
    while (twin != NULL && pass_twin_of(a, twin, &index))
        twin = appraise_next(a, PCR_RUNTIME_SEALED, &twin_index);
    uint32_t behind = index;
    const struct eventlog_record *odd = twin != NULL ? twin : appraise_next(a, PCR_RUNTIME, &behind);
    if (odd == NULL)
        return;
    if (twin == NULL && is_under_way(a, index))
        appraise_find(appraise_add(a, &rule_pending, APPRAISE_WARNING, NULL, "PCR 22"), "less than in register 12");
    else
        appraise_find(appraise_add(a, &rule_twin, APPRAISE_FATAL, NULL, "PCR 22"), "a difference at offset %lu of the log",
                      (unsigned long)odd->at);
}

bool appraise_runtime(struct appraisal *a)
{
    check_events(a);
    if (a->result->locality_2)
        check_twin(a);
    return true;
}
