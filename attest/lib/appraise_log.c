/* SPDX-License-Identifier: Apache-2.0 */
/* The log must lead to the quoted registers, record by record. */
#include "attest/lib/appraise_parts.h"

#include "core/lib/format.h"

#include <stdlib.h>
#include <string.h>

static const struct rule rule_offset = {
    "ATT-937", "the log part does not continue what is known of this boot",
    "the log from the challenge's offset on, for the boot that the challenge was for; all of it begins with what is known",
    "let the agent ask for a new challenge; if it stays so, treat it as an attack: a log only grows"};
static const struct rule rule_replay = {
    "ATT-938", "the log does not lead to the quoted register", "records whose digests extend to the quoted value",
    "see which record was changed, removed, added or moved"};
static const struct rule rule_bank = {
    "ATT-939", "a record has no digest for one of the banks", "SHA-256 and SHA-384 in each record",
    "switch both banks on in the firmware's settings"};
static const struct rule rule_data = {
    "ATT-940", "a record's digest is not the hash of its data",
    "in registers 8, 9, 11, 12, 21, 22: the hash of all its data, whatever its type",
    "the log's words are not what was measured: treat it as an attack"};
static const struct rule rule_memory = {
    "ATT-941", "there is no memory for the log", "room for the log and its index", "give the verifier more memory"};

#define OWN_PCRS \
    (1u << PCR_CONFIGURATION | 1u << PCR_IMAGES | 1u << PCR_PLATFORM | 1u << PCR_RUNTIME | 1u << PCR_SEAL | \
     1u << PCR_RUNTIME_SEALED)
#define RUNTIME_PCRS (1u << PCR_RUNTIME | 1u << PCR_RUNTIME_SEALED)
#define LEAST_RECORD 100u /* two digests and no data */

/* How much of this boot's log earlier quotes accounted for. */
static uint32_t known_size(const struct appraisal *a)
{
    const struct appraise_state *state = a->state;
    return state->has_quote && strcmp(state->boot, a->input->evidence->boot) == 0 ? state->log_size : 0;
}

/* The evidence must start where the challenge said, and that is either the start or the end of what is known. An agent that
 * names a short log is asked for all of it: then what is known comes first, for a log only grows. Registers alone would not
 * tell, since records that extend nothing leave them as they are. */
static bool continues(struct appraisal *a)
{
    const struct evidence *evidence = a->input->evidence;
    uint64_t offset = a->input->log_offset;
    uint32_t known = known_size(a);
    if (evidence->log_offset != offset || (offset != 0 && offset != known)) {
        struct appraise_reason *reason = appraise_add(a, &rule_offset, APPRAISE_FATAL, NULL, "log");
        appraise_expect(reason, "offset %lu", (unsigned long)offset);
        appraise_find(reason, "offset %lu of boot %s", (unsigned long)evidence->log_offset, evidence->boot);
        return false;
    }
    if (offset != 0 || known == 0 ||
        (evidence->log_size >= known && memcmp(evidence->log, a->state->log, known) == 0))
        return true;
    struct appraise_reason *reason = appraise_add(a, &rule_offset, APPRAISE_FATAL, NULL, "log");
    appraise_expect(reason, "the %u bytes that are known of boot %s first", known, evidence->boot);
    appraise_find(reason, "%s of %u bytes", evidence->log_size < known ? "a log" : "another log", evidence->log_size);
    return false;
}

/* Joins what is known of this boot's log and what came. */
static bool join(struct appraisal *a)
{
    const struct evidence *evidence = a->input->evidence;
    uint32_t offset = (uint32_t)a->input->log_offset;
    if (!continues(a))
        return false;
    a->log_size = offset + evidence->log_size;
    a->log = malloc(a->log_size > 0 ? a->log_size : 1); /* exactly: sanitizers see a byte too many */
    a->records = malloc((a->log_size / LEAST_RECORD + 1u) * sizeof *a->records);
    if (a->log == NULL || a->records == NULL) {
        appraise_find(appraise_add(a, &rule_memory, APPRAISE_FATAL, NULL, "log"), "%u bytes", a->log_size);
        return false;
    }
    if (offset > 0)
        memcpy(a->log, a->state->log, offset);
    if (evidence->log_size > 0)
        memcpy(a->log + offset, evidence->log, evidence->log_size);
    return true;
}

/* Registers 21 and 22 are reset at locality 2 before their first event. */
static void prepare(struct appraisal *a, uint32_t pcr)
{
    if ((pcr != PCR_SEAL && pcr != PCR_RUNTIME_SEALED) || a->sealed_reset[pcr - PCR_SEAL])
        return;
    pcr_reset(&a->values, pcr);
    a->sealed_reset[pcr - PCR_SEAL] = true;
}

/* EV_NO_ACTION extends nothing; but register 0 starts with the locality that the firmware names before its first event
 * (PFP 1.06, 10.4.5.3). */
static void take_no_action(struct appraisal *a, const struct eventlog_record *record)
{
    static const uint8_t zero[HASH_SHA256_SIZE];
    if (record->pcr != 0 || record->size != 17 || memcmp(record->data, "StartupLocality", 16) != 0 ||
        record->data[16] > 4 || memcmp(a->values.sha256[0], zero, sizeof zero) != 0)
        return;
    a->values.sha256[0][HASH_SHA256_SIZE - 1] = record->data[16];
    a->values.sha384[0][HASH_SHA384_SIZE - 1] = record->data[16];
}

static const char *item_of(const struct eventlog_record *record, struct eventlog_tagged *tagged)
{
    if (record->type == EV_EVENT_TAG && eventlog_decode(record->data, record->size, tagged))
        return tagged->item;
    memset(tagged, 0, sizeof *tagged);
    return record->type == EV_SEPARATOR ? "separator" : "log";
}

/* Words that no digest covers would let the log tell a story: in our own registers there are none. */
static bool covered(struct appraisal *a, const struct eventlog_record *record)
{
    struct eventlog_tagged tagged;
    if ((OWN_PCRS >> record->pcr & 1) == 0 || eventlog_covers_data(record))
        return true;
    const char *item = item_of(record, &tagged);
    appraise_find(appraise_add(a, &rule_data, APPRAISE_FATAL, tagged.partition, item),
                  "another digest in PCR %u, record at offset %lu", record->pcr, (unsigned long)record->at);
    return false;
}

static bool has_banks(struct appraisal *a, const struct eventlog_record *record)
{
    if (record->sha256 != NULL && record->sha384 != NULL)
        return true;
    appraise_find(appraise_add(a, &rule_bank, APPRAISE_FATAL, NULL, "log"), "%s alone in PCR %u, offset %lu",
                  record->sha256 != NULL ? "SHA-256" : "another bank", record->pcr, (unsigned long)record->at);
    return false;
}

static bool take(struct appraisal *a, const struct eventlog_record *record)
{
    struct pcr_digests digests;
    if (record->type == EV_NO_ACTION) {
        take_no_action(a, record);
        return true;
    }
    if (!has_banks(a, record) || !covered(a, record))
        return false;
    memcpy(digests.sha256, record->sha256, sizeof digests.sha256);
    memcpy(digests.sha384, record->sha384, sizeof digests.sha384);
    prepare(a, record->pcr);
    pcr_extend(&a->values, record->pcr, &digests);
    return true;
}

static bool agrees(const struct appraisal *a, uint32_t pcr)
{
    const struct pcr_banks *quoted = &a->input->evidence->values;
    return memcmp(a->values.sha256[pcr], quoted->sha256[pcr], HASH_SHA256_SIZE) == 0 &&
           memcmp(a->values.sha384[pcr], quoted->sha384[pcr], HASH_SHA384_SIZE) == 0;
}

static bool all_agree(const struct appraisal *a)
{
    for (uint32_t pcr = PCR_COUNT; pcr-- > 0;)
        if ((a->input->selection.sha256 >> pcr & 1) != 0 && !agrees(a, pcr))
            return false;
    return true;
}

static void name_differences(struct appraisal *a)
{
    const struct pcr_banks *quoted = &a->input->evidence->values;
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++) {
        char hex[2 * HASH_SHA256_SIZE + 1], item[8];
        if ((a->input->selection.sha256 >> pcr & 1) == 0 || agrees(a, pcr))
            continue;
        fmt_print(item, sizeof item, "PCR %u", pcr);
        struct appraise_reason *reason = appraise_add(a, &rule_replay, APPRAISE_FATAL, NULL, item);
        hash_to_hex(quoted->sha256[pcr], HASH_SHA256_SIZE, hex);
        appraise_expect(reason, "%s (SHA-256, quoted)", hex);
        hash_to_hex(a->values.sha256[pcr], HASH_SHA256_SIZE, hex);
        appraise_find(reason, "%s (from the log)", hex);
    }
}

/* Walks what came. Run-time records may have been written after the quote: the log is taken up to the last place where it
 * agrees with the quote, and no other record may stand behind that. */
static bool replay(struct appraisal *a, struct eventlog_reader *reader)
{
    struct report report;
    struct eventlog_record record;
    struct appraisal agreed;
    bool found = false;
    enum eventlog_step step;
    report_init(&report);
    for (;;) {
        step = eventlog_next(reader, &record, &report);
        bool may_stop = step == EVENTLOG_END || (step == EVENTLOG_RECORD && record.type != EV_NO_ACTION &&
                                                 (RUNTIME_PCRS >> record.pcr & 1) != 0);
        if (may_stop && all_agree(a)) {
            found = true;
            agreed = *a;
            agreed.log_size = (uint32_t)(step == EVENTLOG_END ? reader->cursor.at : record.at);
        } else if (!may_stop && step == EVENTLOG_RECORD) {
            found = false;
        }
        if (step != EVENTLOG_RECORD || !take(a, &record))
            break;
    }
    appraise_add_report(a, &report);
    if (step != EVENTLOG_END)
        return false;
    if (!found)
        name_differences(a);
    else
        *a = agreed;
    return found;
}

/* The later steps look at the whole log of this boot, which is kept as long as it was accounted for. They take both digests of
 * a record for granted, so the part that was stored is looked at again, too. */
static bool index_records(struct appraisal *a)
{
    struct eventlog_reader reader;
    struct eventlog_record record;
    struct report report;
    enum eventlog_step step;
    report_init(&report);
    eventlog_begin(&reader, a->log, a->log_size);
    while ((step = eventlog_next(&reader, &record, &report)) == EVENTLOG_RECORD) {
        if (record.type == EV_NO_ACTION)
            continue;
        if (!has_banks(a, &record))
            return false;
        a->records[a->record_count++] = record; /* at least LEAST_RECORD bytes each */
    }
    appraise_add_report(a, &report);
    return step == EVENTLOG_END;
}

bool appraise_log(struct appraisal *a)
{
    struct eventlog_reader reader;
    if (!join(a))
        return false;
    uint32_t known = known_size(a);
    pcr_init(&a->values);
    eventlog_begin(&reader, a->log, a->log_size);
    if (known > 0) {
        struct report report;
        struct eventlog_record first;
        report_init(&report);
        (void)eventlog_next(&reader, &first, &report); /* the banks; the known part has at least one record */
        cursor_seek(&reader.cursor, known);
        a->values = a->state->values;
        memcpy(a->sealed_reset, a->state->sealed_reset, sizeof a->sealed_reset);
    }
    return replay(a, &reader) && index_records(a);
}

const struct eventlog_record *appraise_next(const struct appraisal *a, uint32_t pcr, uint32_t *index)
{
    while (*index < a->record_count) {
        const struct eventlog_record *record = &a->records[(*index)++];
        if (record->pcr == pcr)
            return record;
    }
    return NULL;
}

bool appraise_find_tagged(const struct appraisal *a, uint32_t pcr, const char *item, struct eventlog_tagged *event)
{
    const struct eventlog_record *record;
    uint32_t index = 0;
    while ((record = appraise_next(a, pcr, &index)) != NULL)
        if (record->type == EV_EVENT_TAG && eventlog_decode(record->data, record->size, event) &&
            strcmp(event->item, item) == 0)
            return true;
    memset(event, 0, sizeof *event);
    return false;
}
