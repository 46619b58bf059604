/* SPDX-License-Identifier: Apache-2.0 */
/* `evidence` of the protocol (docs/attestation.md): JSON from the network or from a file, with limits. */
#ifndef ATTEST_LIB_EVIDENCE_H
#define ATTEST_LIB_EVIDENCE_H

#include "attest/lib/eventlog.h"
#include "attest/lib/pcr.h"
#include "attest/lib/quote.h"
#include "core/lib/report.h"

#include <jansson.h>

#define EVIDENCE_JSON_MAX (1u << 20)
#define EVIDENCE_BOOT_DIGITS 32u

/* `format` of a file that holds evidence (docs/attestation.md, "As a file"). */
#define EVIDENCE_FILE_FORMAT "bulkhead-evidence-1"

struct evidence {
    char boot[EVIDENCE_BOOT_DIGITS + 1]; /* lower-case hex */
    uint16_t attest_size, signature_size;
    uint8_t attest[QUOTE_ATTEST_MAX];
    uint8_t signature[QUOTE_SIGNATURE_MAX];
    struct pcr_selection pcrs; /* which values were sent */
    struct pcr_banks values;   /* zero where none was sent */
    uint64_t log_offset;
    uint32_t log_size;
    uint8_t *log; /* on the heap; evidence_free() */
};

/* Reads an `evidence` object. False with a finding, and nothing to free. */
bool evidence_from_json(const json_t *json, struct evidence *evidence, struct report *report);

/* The same from text of at most EVIDENCE_JSON_MAX bytes: refuses duplicate members and anything behind the object. */
bool evidence_parse(const char *text, size_t size, struct evidence *evidence, struct report *report);

void evidence_free(struct evidence *evidence);

/* `pcrs` as evidence and release.json have them: values by bank and register number; the same registers in both banks. */
bool evidence_pcrs_from_json(const json_t *pcrs, struct pcr_banks *values, struct pcr_selection *selection,
                             struct report *report);

/* Strict standard base64 (RFC 4648, 4: padded, no white space, unused bits zero). False: not that, or more than `most`
 * bytes. */
bool evidence_base64(const char *text, size_t length, uint8_t *bytes, size_t most, size_t *size);

/* Lower-case hex of exactly `size` bytes. */
bool evidence_hex(const char *text, size_t length, uint8_t *bytes, size_t size);

#endif
