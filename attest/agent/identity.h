/* SPDX-License-Identifier: Apache-2.0 */
/* Who the agent is on the network: a key in the state folder, the request for a certificate, and the certificate. */
#ifndef ATTEST_AGENT_IDENTITY_H
#define ATTEST_AGENT_IDENTITY_H

#include "attest/agent/settings.h"
#include "attest/lib/hash.h"

#define IDENTITY_PEM_MAX ((size_t)16 << 10)

/* Makes key (P-256 or P-384, as the attestation key) and request (CN = asset), unless they are there. */
bool identity_make(const struct settings *settings, struct report *report);

/* The request as PEM text, and the SHA-256 of its DER. */
bool identity_read_request(const struct settings *settings, char pem[IDENTITY_PEM_MAX], uint8_t channel[HASH_SHA256_SIZE],
                           struct report *report);

/* Stores the verifier's certificate once it is seen to be for this key and this host. */
bool identity_accept(const struct settings *settings, const char *pem, const char *host, struct report *report);

/* What stands in the stored certificate. */
struct identity_certificate {
    char host[33];                     /* its CN */
    uint8_t channel[HASH_SHA256_SIZE]; /* SHA-256 of its DER */
    int64_t not_before, not_after;     /* seconds since 1970 */
};
bool identity_read_certificate(const struct settings *settings, struct identity_certificate *certificate,
                               struct report *report);

#endif
