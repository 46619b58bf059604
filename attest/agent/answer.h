/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier answers, checked member by member: types, lengths and ranges, before anything uses it. Pure. */
#ifndef ATTEST_AGENT_ANSWER_H
#define ATTEST_AGENT_ANSWER_H

#include "attest/lib/pcr.h"
#include "core/lib/report.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <tss2/tss2_tpm2_types.h>

#define ANSWER_HOST_DIGITS 32u
#define ANSWER_NONCE_SIZE 32u
#define ANSWER_TEXT_MAX 256u
#define ANSWER_CERTIFICATE_MAX ((size_t)16 << 10)
#define ANSWER_LEAST_WAIT_MS 100u
#define ANSWER_MOST_WAIT_MS (UINT64_C(86400) * 1000)

/* POST /v1/enroll */
struct answer_enrolled {
    char host[ANSWER_HOST_DIGITS + 1];
    TPM2B_ID_OBJECT credential;
    TPM2B_ENCRYPTED_SECRET secret;
    uint8_t nonce[ANSWER_NONCE_SIZE];
    struct pcr_selection selection;
};
bool answer_read_enrolled(const json_t *json, struct answer_enrolled *answer, struct report *report);

/* POST .../activate and GET /v1/enroll/{host} */
struct answer_pending {
    bool approved;
    char ticket[ANSWER_TEXT_MAX];             /* "" where none was given */
    uint64_t poll_ms;                         /* while not approved */
    char certificate[ANSWER_CERTIFICATE_MAX]; /* PEM, when approved */
};
bool answer_read_pending(const json_t *json, struct answer_pending *answer, struct report *report);

/* POST .../challenges */
struct answer_challenge {
    char challenge[ANSWER_TEXT_MAX];
    uint8_t nonce[ANSWER_NONCE_SIZE];
    struct pcr_selection selection;
    uint64_t log_offset;
};
bool answer_read_challenge(const json_t *json, struct answer_challenge *answer, struct report *report);

/* POST .../evidence. `reasons` is borrowed from the answer: an array of objects. */
struct answer_verdict {
    char verdict[32], state[32];
    const json_t *reasons;
    uint64_t next_ms;
};
bool answer_read_verdict(const json_t *json, struct answer_verdict *answer, struct report *report);

/* A member of an object from outside as printable ASCII, for the journal; "" when it is no text. */
void answer_quote_text(const json_t *object, const char *name, char *text, size_t size);

#endif
