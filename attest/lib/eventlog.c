/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the event log record by record. */
#include "attest/lib/eventlog.h"

#include "attest/lib/pcr.h"

#include <string.h>

static const struct rule rule_spec_id = {
    "ATT-915", "the event log does not begin as one", "a Spec ID event 'Spec ID Event03' with 1 to 8 algorithms",
    "let the agent send the log that the firmware and Bulkhead wrote"};
static const struct rule rule_banks = {
    "ATT-916", "the event log lacks a bank", "both SHA-256 and SHA-384", "switch both banks on in the firmware's settings"};
static const struct rule rule_record = {
    "ATT-917", "a record of the event log is broken", "TCG_PCR_EVENT2 records with the declared algorithms up to the end",
    "let the agent send the log again; if it stays so, something wrote into it"};

#define SPEC_ID_SIGNATURE "Spec ID Event03" /* 16 bytes with the NUL (PFP 1.06, 10.4.5.1) */
#define SHA1_SIZE 20u

void eventlog_begin(struct eventlog_reader *reader, const uint8_t *bytes, uint64_t size)
{
    memset(reader, 0, sizeof *reader);
    reader->cursor = cursor_over(bytes, size);
}

bool eventlog_has_bank(const struct eventlog_reader *reader, uint16_t algorithm)
{
    for (uint32_t i = 0; i < reader->bank_count; i++)
        if (reader->banks[i].algorithm == algorithm)
            return true;
    return false;
}

/* TCG_EfiSpecIDEvent. Algorithms stand there once, with the size that the TPM's documents give where we know it. */
static bool read_spec_id(struct eventlog_reader *reader, struct cursor *event)
{
    const uint8_t *signature = cursor_take(event, 16);
    if (signature == NULL || memcmp(signature, SPEC_ID_SIGNATURE, 16) != 0)
        return false;
    cursor_skip(event, 8); /* platform class, version, errata, size of UINTN */
    uint32_t count = cursor_u32(event);
    if (count < 1 || count > EVENTLOG_BANKS_MAX)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t algorithm = cursor_u16(event), size = cursor_u16(event);
        uint32_t known = measure_digest_size(algorithm);
        if (event->overrun || size == 0 || (known != 0 && known != size) || eventlog_has_bank(reader, algorithm))
            return false;
        reader->banks[i].algorithm = algorithm;
        reader->banks[i].size = size;
        reader->bank_count = i + 1;
    }
    cursor_skip(event, cursor_u8(event));
    return !event->overrun && event->at == event->size;
}

/* The first record still has the old form, TCG_PCR_EVENT. */
static bool read_first(struct eventlog_reader *reader, struct report *report)
{
    struct cursor *cursor = &reader->cursor;
    uint32_t pcr = cursor_u32(cursor), type = cursor_u32(cursor);
    cursor_skip(cursor, SHA1_SIZE);
    uint32_t size = cursor_u32(cursor);
    const uint8_t *data = cursor_take(cursor, size);
    struct cursor event = cursor_over(data, data != NULL ? size : 0);
    bool good = data != NULL && pcr == 0 && type == EV_NO_ACTION && read_spec_id(reader, &event);
    if (!good)
        reader->bank_count = 0;
    if (!report_unless(good, report, &rule_spec_id, "log", "something else in the first %u bytes", size))
        return false;
    return report_unless(eventlog_has_bank(reader, TPM_ALG_SHA256) && eventlog_has_bank(reader, TPM_ALG_SHA384), report,
                         &rule_banks, "log", "%u bank(s), not both of these", reader->bank_count);
}

static uint32_t declared_size(const struct eventlog_reader *reader, uint16_t algorithm)
{
    for (uint32_t i = 0; i < reader->bank_count; i++)
        if (reader->banks[i].algorithm == algorithm)
            return reader->banks[i].size;
    return 0;
}

/* TPML_DIGEST_VALUES. A bank that comes twice would let one reader see another digest than the next. */
static bool read_digests(struct eventlog_reader *reader, struct eventlog_record *record)
{
    struct cursor *cursor = &reader->cursor;
    uint32_t count = cursor_u32(cursor);
    record->sha256 = record->sha384 = NULL;
    if (count < 1 || count > reader->bank_count)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t algorithm = cursor_u16(cursor);
        uint32_t size = declared_size(reader, algorithm);
        const uint8_t *digest = cursor_take(cursor, size);
        if (digest == NULL || size == 0)
            return false;
        const uint8_t **slot = algorithm == TPM_ALG_SHA256   ? &record->sha256
                               : algorithm == TPM_ALG_SHA384 ? &record->sha384
                                                             : NULL;
        if (slot != NULL && *slot != NULL)
            return false;
        if (slot != NULL)
            *slot = digest;
    }
    return true;
}

static bool nothing_but_zeros(const struct cursor *cursor)
{
    for (uint64_t at = cursor->at; at < cursor->size; at++)
        if (cursor->bytes[at] != 0)
            return false;
    return true;
}

enum eventlog_step eventlog_next(struct eventlog_reader *reader, struct eventlog_record *record, struct report *report)
{
    struct cursor *cursor = &reader->cursor;
    if (reader->bank_count == 0 && !read_first(reader, report))
        return EVENTLOG_BAD;
    if (nothing_but_zeros(cursor))
        return EVENTLOG_END;
    record->at = cursor->at;
    record->pcr = cursor_u32(cursor);
    record->type = cursor_u32(cursor);
    bool good = (record->pcr < PCR_COUNT || record->type == EV_NO_ACTION) && read_digests(reader, record);
    record->size = good ? cursor_u32(cursor) : 0;
    record->data = cursor_take(cursor, record->size);
    good = good && record->data != NULL;
    return report_unless(good, report, &rule_record, "log", "something else at offset %lu", (unsigned long)record->at)
               ? EVENTLOG_RECORD
               : EVENTLOG_BAD;
}

bool eventlog_covers_data(const struct eventlog_record *record)
{
    struct pcr_digests digests;
    if (record->sha256 == NULL || record->sha384 == NULL)
        return false;
    pcr_hash(record->data, record->size, &digests);
    return memcmp(digests.sha256, record->sha256, HASH_SHA256_SIZE) == 0 &&
           memcmp(digests.sha384, record->sha384, HASH_SHA384_SIZE) == 0;
}
