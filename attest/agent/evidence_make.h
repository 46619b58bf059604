/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence: a quote, the registers it is about and the log that explains them, all of one moment. */
#ifndef ATTEST_AGENT_EVIDENCE_MAKE_H
#define ATTEST_AGENT_EVIDENCE_MAKE_H

#include "attest/agent/log_source.h"
#include "attest/agent/quote.h"

#include <jansson.h>

#define EVIDENCE_NONCE_SIZE 32u
#define EVIDENCE_NO_HOST "00000000000000000000000000000000"

/* What the quote is bound to and what it covers. */
struct evidence_request {
    uint8_t nonce[EVIDENCE_NONCE_SIZE];
    char host[33];                     /* 32 hex digits */
    uint8_t channel[HASH_SHA256_SIZE]; /* SHA-256 of certificate or request in DER */
    struct pcr_selection selection;
    uint64_t log_offset;               /* send the log from there */
};

struct evidence_bytes {
    struct quote_bytes quote;
    struct pcr_selection selection;
    struct pcr_banks values;
    struct log_bytes log;
    uint64_t log_offset;
    bool consistent; /* log, quote and registers are of the same moment */
};

/* Reads the log of a boot that has a name. False with a finding. */
bool evidence_read_log(const struct log_source *source, struct log_bytes *log, struct report *report);

/* Reads log, quote and registers until they are of one moment: the hypervisor writes log and registers at any time. When they
 * never are (somebody else extends registers, or the log is not this machine's), evidence is what there is: finding out why
 * is the verifier's work. False only when TPM or log cannot be read, or the log is shorter than the offset. */
bool evidence_make(struct tpm *tpm, ESYS_TR key, const struct log_source *source, const struct evidence_request *request,
                   struct evidence_bytes *evidence, struct report *report);

/* `evidence` of docs/attestation.md; the caller owns the reference. NULL: no memory. */
json_t *evidence_to_json(const struct evidence_bytes *evidence);

#endif
