/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the TCG event log, crypto-agile format (TCG PC Client Platform Firmware Profile 1.06, 10.2), from bytes that nobody
 * vouches for. */
#ifndef ATTEST_LIB_EVENTLOG_H
#define ATTEST_LIB_EVENTLOG_H

#include "attest/lib/hash.h"
#include "core/lib/cursor.h"
#include "core/lib/report.h"
#include "core/measure/event.h"

#include <stdbool.h>
#include <stdint.h>

#define EVENTLOG_SIZE_MAX (512u << 10) /* of a whole log */
#define EVENTLOG_BANKS_MAX 8u
#define EVENTLOG_NAME_MAX 64u

/* A place in a log: all that is needed to go on there when more of it arrives. */
struct eventlog_reader {
    struct cursor cursor;
    uint32_t bank_count; /* 0: the Spec ID event is still to come */
    struct {
        uint16_t algorithm;
        uint16_t size;
    } banks[EVENTLOG_BANKS_MAX];
};

/* One record. The pointers lead into the log. */
struct eventlog_record {
    uint32_t pcr; /* < 24, but anything for EV_NO_ACTION, which extends nothing */
    uint32_t type;
    const uint8_t *data;
    uint32_t size;
    const uint8_t *sha256; /* NULL: the record has no digest for this bank */
    const uint8_t *sha384;
    uint64_t at; /* where the record starts */
};

enum eventlog_step {
    EVENTLOG_RECORD, /* *record is filled */
    EVENTLOG_END,    /* no more records: the end of the bytes, or nothing but zeros up to it */
    EVENTLOG_BAD,    /* not a log; one finding was added */
};

/* Begins at the first byte of a log. */
void eventlog_begin(struct eventlog_reader *reader, const uint8_t *bytes, uint64_t size);

/* The next record. A log begins with the Spec ID event, which is read on the way and not returned; it must name both the
 * SHA-256 and the SHA-384 bank. Algorithms that are not known here are skipped by the size which it declares. */
enum eventlog_step eventlog_next(struct eventlog_reader *reader, struct eventlog_record *record, struct report *report);

/* True when the log's Spec ID event names this algorithm. Meaningful after the first eventlog_next(). */
bool eventlog_has_bank(const struct eventlog_reader *reader, uint16_t algorithm);

/* One of Bulkhead's own events, decoded. Texts end with a NUL; "" where has_... is false. */
struct eventlog_tagged {
    enum measure_kind kind;
    bool has_partition, has_text, has_number;
    char partition[EVENTLOG_NAME_MAX + 1];
    char item[EVENTLOG_NAME_MAX + 1];
    char text[MEASURE_TEXT_MAX + 1];
    uint64_t number;
    const uint8_t *digest; /* into the data; NULL: no such field */
};

/* Decodes the data of an EV_EVENT_TAG. True only for bytes that measure_encode() could have written: known tag, sizes exact,
 * fields in order and at most once, an item, printable text. */
bool eventlog_decode(const uint8_t *data, uint32_t size, struct eventlog_tagged *event);

/* True when the record's digests, in both banks, are the hashes of its data. */
bool eventlog_covers_data(const struct eventlog_record *record);

#endif
