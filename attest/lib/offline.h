/* SPDX-License-Identifier: Apache-2.0 */
/* Appraisal from files, for sites without a network and for auditors: the same steps on the same objects. */
#ifndef ATTEST_LIB_OFFLINE_H
#define ATTEST_LIB_OFFLINE_H

#include "attest/lib/appraise.h"

/* What is known of a host, as a file: JSON with
 *   format       "bulkhead-host-1"
 *   host         32 hex digits
 *   ak_public    TPM2B_PUBLIC, base64
 *   nonce        32 bytes, base64: what the evidence was asked for with
 *   channel      SHA-256 of the agent's certificate in DER, hex
 *   log_offset   where the evidence's log begins
 *   state, log   optional: what state_write() gave, and the log it belongs to; base64 */
struct offline_host {
    char host[33];
    struct public_key ak;
    uint8_t nonce[32];
    uint8_t channel[32];
    uint64_t log_offset;
    uint64_t now; /* not in the file: as in struct appraise_input */
    struct appraise_state state;
};

/* False with a finding, and nothing to free. */
bool offline_host_parse(const char *text, size_t size, struct offline_host *host, struct report *report);
void offline_host_free(struct offline_host *host);

/* The host as such a file's text, with `state` and `log`, on the heap (free()); NULL: no memory. `ak_public` is the
 * TPM2B_PUBLIC that host->ak was read from. */
char *offline_host_text(const struct offline_host *host, const uint8_t *ak_public, size_t ak_public_size);

/* Appraises evidence for all of APPRAISE_PCRS against `releases`; moves host->state on. */
void offline_appraise(struct offline_host *host, const struct evidence *evidence, const struct release *const *releases,
                      uint32_t release_count, struct appraise_result *result);

/* The result as JSON: verdict, accepted, boot, release, security-version, reasons. The caller owns the reference. */
json_t *offline_result_json(const struct appraise_result *result, const struct release *const *releases);

#endif
