/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier knows of a host, as a file between one appraisal and the next. */
#ifndef TESTS_ATTEST_APPRAISE_HOST_FILE_H
#define TESTS_ATTEST_APPRAISE_HOST_FILE_H

#include "attest/lib/appraise.h"

/* What is known of a host, as a file: JSON with
 *   format       "bulkhead-host-1"
 *   host         32 hex digits
 *   ak_public    TPM2B_PUBLIC, base64
 *   nonce        32 bytes, base64: what the evidence was asked for with
 *   channel      SHA-256 of the agent's certificate in DER, hex
 *   log_offset   where the evidence's log begins
 *   state, log   optional: what state_write() gave, and the log it belongs to; base64 */
struct host_file {
    char host[33];
    struct public_key ak;
    uint8_t nonce[32];
    uint8_t channel[32];
    uint64_t log_offset;
    uint64_t now; /* not in the file: as in struct appraise_input */
    struct appraise_state state;
};

/* False with a finding, and nothing to free. */
bool host_file_parse(const char *text, size_t size, struct host_file *host, struct report *report);
void host_file_free(struct host_file *host);

/* The host as such a file's text, with `state` and `log`, on the heap (free()); NULL: no memory. `ak_public` is the
 * TPM2B_PUBLIC that host->ak was read from. */
char *host_file_text(const struct host_file *host, const uint8_t *ak_public, size_t ak_public_size);

/* Appraises evidence for all of APPRAISE_PCRS against `releases`; moves host->state on. */
void host_file_appraise(struct host_file *host, const struct evidence *evidence, const struct release *const *releases,
                      uint32_t release_count, struct appraise_result *result);

/* The result as JSON: verdict, accepted, boot, release, security-version, reasons. The caller owns the reference. */
json_t *host_file_result(const struct appraise_result *result, const struct release *const *releases);

#endif
