/* SPDX-License-Identifier: Apache-2.0 */
/* Found records against expected ones: what changed, what is missing, what is there besides, what stands elsewhere. */
#include "attest/lib/appraise_parts.h"

#include "core/lib/format.h"

#include <stdlib.h>
#include <string.h>

static const struct rule rule_changed = {
    "ATT-950", "a measured item is not the release's", "the release's value",
    "find out who changed it; it was not this release"};
static const struct rule rule_missing = {
    "ATT-951", "an item of the release was not measured", "every item of the release, absent ones included",
    "start the release's own image and configuration"};
static const struct rule rule_extra = {
    "ATT-952", "something was measured that the release does not have", "nothing",
    "start the release's own image and configuration"};
static const struct rule rule_moved = {
    "ATT-953", "an item was measured in another place of the row", "the release's order",
    "start the release's own image and configuration"};

/* One record or expected event, as the comparison sees it. */
struct side {
    uint32_t type, size;
    const uint8_t *data; /* NULL: the digests decide */
    const uint8_t *sha256, *sha384;
    uint32_t partner; /* its index on the other side, or NONE */
    char partition[EVENTLOG_NAME_MAX + 1];
    char item[EVENTLOG_NAME_MAX + 1];
};
#define NONE UINT32_MAX

static bool same(const struct side *expected, const struct side *found)
{
    if (expected->type != found->type)
        return false;
    if (expected->data != NULL)
        return expected->size == found->size && memcmp(expected->data, found->data, found->size) == 0;
    return memcmp(expected->sha256, found->sha256, HASH_SHA256_SIZE) == 0 &&
           memcmp(expected->sha384, found->sha384, HASH_SHA384_SIZE) == 0;
}

/* Partition and item of our own events; others are named by their place. */
static void name_side(struct side *side, uint32_t pcr, uint32_t index)
{
    struct eventlog_tagged tagged;
    side->partner = NONE;
    if (side->data != NULL && side->type == EV_EVENT_TAG && eventlog_decode(side->data, side->size, &tagged)) {
        memcpy(side->partition, tagged.partition, sizeof side->partition);
        memcpy(side->item, tagged.item, sizeof side->item);
    } else if (side->type == EV_SEPARATOR) {
        fmt_print(side->item, sizeof side->item, "separator of PCR %u", pcr);
    } else {
        fmt_print(side->item, sizeof side->item, "PCR %u, event %u", pcr, index + 1);
    }
}

static struct side *list_expected(const struct release_events *events, uint32_t pcr, uint32_t *count)
{
    struct side *sides = calloc(events->count + 1u, sizeof *sides);
    *count = 0;
    for (uint32_t i = 0; sides != NULL && i < events->count; i++) {
        const struct release_event *event = &events->events[i];
        if (event->pcr != pcr)
            continue;
        sides[*count] = (struct side){.type = event->type, .size = event->size, .data = event->data,
                                      .sha256 = event->digests.sha256, .sha384 = event->digests.sha384};
        ++*count;
    }
    return sides;
}

/* `with_data`: the expected events have data, so what was found is told by its data, too. */
static struct side *list_found(const struct appraisal *a, uint32_t pcr, bool with_data, uint32_t *count)
{
    struct side *sides = calloc(a->record_count + 1u, sizeof *sides);
    const struct eventlog_record *record;
    uint32_t index = 0;
    *count = 0;
    while (sides != NULL && (record = appraise_next(a, pcr, &index)) != NULL) {
        sides[*count] = (struct side){.type = record->type, .size = record->size, .data = with_data ? record->data : NULL,
                                      .sha256 = record->sha256, .sha384 = record->sha384};
        ++*count;
    }
    return sides;
}

/* A found record belongs to the expected one with the same name, the first that is still free. */
static void pair(struct side *expected, uint32_t expected_count, struct side *found, uint32_t found_count)
{
    for (uint32_t e = 0; e < expected_count; e++)
        for (uint32_t f = 0; f < found_count && expected[e].partner == NONE; f++)
            if (found[f].partner == NONE && strcmp(expected[e].item, found[f].item) == 0 &&
                strcmp(expected[e].partition, found[f].partition) == 0) {
                expected[e].partner = f;
                found[f].partner = e;
            }
}

#define APPEND(...) used += fmt_print(text + used, size - used, __VA_ARGS__)

/* What an event says, in words; `other` is the one it is compared with, so that only what differs is told. */
static void describe(const struct side *side, const struct side *other, char *text, size_t size)
{
    struct eventlog_tagged own, compared;
    size_t used = 0;
    char hex[2 * MEASURE_DIGEST_SIZE + 1];
    if (side->data == NULL || side->type != EV_EVENT_TAG || !eventlog_decode(side->data, side->size, &own)) {
        hash_to_hex(side->sha256, HASH_SHA256_SIZE, hex);
        fmt_print(text, size, "an event of type 0x%x with SHA-256 %s", side->type, hex);
        return;
    }
    if (other == NULL || other->data == NULL || !eventlog_decode(other->data, other->size, &compared))
        memset(&compared, 0, sizeof compared);
    bool text_differs = own.has_text && strcmp(own.text, compared.text) != 0;
    bool quotes_itself = text_differs && strcmp(own.item, "command-line") == 0; /* number and digest follow from the text */
    bool digest_differs = own.digest != NULL && (compared.digest == NULL ||
                                                 memcmp(own.digest, compared.digest, MEASURE_DIGEST_SIZE) != 0);
    if (text_differs)
        APPEND("\"%s\"", own.text);
    if (own.has_number && !quotes_itself && (own.number != compared.number || !compared.has_number))
        APPEND("%s%lu", used > 0 ? ", " : "", (unsigned long)own.number);
    if (digest_differs && !quotes_itself) {
        hash_to_hex(own.digest, MEASURE_DIGEST_SIZE, hex);
        APPEND("%sSHA-384 %s", used > 0 ? ", " : "", hex);
    }
    if (used == 0)
        APPEND("\"%s\" and nothing else", own.text);
}

static void say_missing_and_changed(struct appraisal *a, const struct side *expected, uint32_t count,
                                    const struct side *found)
{
    for (uint32_t e = 0; e < count; e++) {
        const struct side *side = &expected[e];
        if (side->partner != NONE && same(side, &found[side->partner]))
            continue;
        const struct side *partner = side->partner != NONE ? &found[side->partner] : NULL;
        struct appraise_reason *reason = appraise_add(a, partner != NULL ? &rule_changed : &rule_missing, APPRAISE_FATAL,
                                                      side->partition, side->item);
        describe(side, partner, reason->expected, sizeof reason->expected);
        if (partner != NULL)
            describe(partner, side, reason->found, sizeof reason->found);
        else
            appraise_find(reason, "no such record");
    }
}

static void say_extra_and_moved(struct appraisal *a, const struct side *found, uint32_t count)
{
    uint32_t furthest = 0;
    for (uint32_t f = 0; f < count; f++) {
        const struct side *side = &found[f];
        if (side->partner == NONE) {
            struct appraise_reason *reason =
                appraise_add(a, &rule_extra, APPRAISE_FATAL, side->partition, side->item);
            describe(side, NULL, reason->found, sizeof reason->found);
        } else if (side->partner < furthest) {
            struct appraise_reason *reason =
                appraise_add(a, &rule_moved, APPRAISE_FATAL, side->partition, side->item);
            appraise_expect(reason, "record %u of its register", side->partner + 1);
            appraise_find(reason, "record %u", f + 1);
        } else {
            furthest = side->partner;
        }
    }
}

static bool all_same(const struct side *expected, uint32_t expected_count, const struct side *found, uint32_t found_count)
{
    if (expected_count != found_count)
        return false;
    for (uint32_t i = 0; i < found_count; i++)
        if (!same(&expected[i], &found[i]))
            return false;
    return true;
}

void appraise_compare(struct appraisal *a, uint32_t pcr, const struct release_events *events)
{
    uint32_t expected_count, found_count;
    bool with_data = events->count > 0 && events->events[0].data != NULL;
    struct side *expected = list_expected(events, pcr, &expected_count);
    struct side *found = list_found(a, pcr, with_data, &found_count);
    if (expected == NULL || found == NULL) {
        appraise_find(appraise_add(a, &rule_missing, APPRAISE_FATAL, NULL, "memory"), "none left for the comparison");
    } else if (!all_same(expected, expected_count, found, found_count)) {
        for (uint32_t i = 0; i < expected_count; i++)
            name_side(&expected[i], pcr, i);
        for (uint32_t i = 0; i < found_count; i++)
            name_side(&found[i], pcr, i);
        pair(expected, expected_count, found, found_count);
        say_missing_and_changed(a, expected, expected_count, found);
        say_extra_and_moved(a, found, found_count);
    }
    free(found);
    free(expected);
}
