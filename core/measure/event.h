/* SPDX-License-Identifier: Apache-2.0 */
/* What Bulkhead measures, as bytes: tagged events of the TCG event log (TCG PC Client Platform Firmware Profile 1.06, 10.4).
 * The digest covers all of an event's data, so that tag, names and content are bound together. docs/attestation.md is the
 * same layout in prose. Writing only: the reader of these bytes is far away. */
#ifndef CORE_MEASURE_EVENT_H
#define CORE_MEASURE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#define MEASURE_DATA_MAX 1024u /* TPM2_PCR_Event takes no more (TPM 2.0 Library part 2, 10.4.6: TPM2B_EVENT) */
#define MEASURE_TEXT_MAX 512u  /* longer texts are cut; their digest is beside them */
#define MEASURE_DIGEST_SIZE 48u

/* Who extends which register with what: docs/attestation.md. */
#define PCR_CONFIGURATION 8u
#define PCR_IMAGES 9u
#define PCR_PLATFORM 11u
#define PCR_RUNTIME 12u
#define PCR_SEAL 21u
#define PCR_RUNTIME_SEALED 22u

/* Event types of the TCG log that Bulkhead writes. */
#define EV_NO_ACTION 0x3u
#define EV_SEPARATOR 0x4u
#define EV_EVENT_TAG 0x6u

/* An event's tag is MEASURE_TAG + its kind. */
#define MEASURE_TAG 0x42484400u /* "BHD" */
enum measure_kind {
    MEASURE_CONFIGURATION = 1, /* about the signed configuration as a whole */
    MEASURE_PARTITION,         /* about one partition, as configured */
    MEASURE_PLATFORM,          /* a fact of this machine and of how it was cut */
    MEASURE_SEAL,              /* a digest over records of other registers */
    MEASURE_RUNTIME,           /* what happened after launch */
};

/* The payload is a row of fields: u8 kind, u8 zero, u16 length (little-endian), bytes; in this order, each at most once. */
enum measure_field {
    MEASURE_FIELD_PARTITION = 1, /* text */
    MEASURE_FIELD_ITEM,          /* text */
    MEASURE_FIELD_TEXT,          /* text: printable ASCII, no NUL */
    MEASURE_FIELD_NUMBER,        /* 8 bytes, little-endian */
    MEASURE_FIELD_DIGEST,        /* 48 bytes: SHA-384; all zero says that the thing is absent */
};

struct measure_event {
    enum measure_kind kind;
    const char *partition; /* NULL: no such field; the same for text and digest */
    const char *item;      /* always there */
    const char *text;
    bool has_number;
    uint64_t number;
    const uint8_t *digest; /* MEASURE_DIGEST_SIZE bytes */
};

/* Writes the event's data and returns its size, 4 < size <= MEASURE_DATA_MAX. Texts beyond MEASURE_TEXT_MAX are cut. */
uint32_t measure_encode(const struct measure_event *event, uint8_t data[MEASURE_DATA_MAX]);

#endif
