/* SPDX-License-Identifier: Apache-2.0 */
/* Posts a JSON body to one URL, signed: `X-Bulkhead-Signature: sha256=` and the HMAC-SHA-256 of the body in hex. */
#ifndef ATTEST_VERIFIER_WEBHOOK_H
#define ATTEST_VERIFIER_WEBHOOK_H

#include <stdbool.h>
#include <stddef.h>

#define WEBHOOK_TIMEOUT_MS 5000L

struct webhook;

/* The texts are copied. `ca` NULL: the system's CAs. NULL: no memory. */
struct webhook *webhook_open(const char *url, const char *ca, const char *key, size_t key_size);
void webhook_close(struct webhook *webhook);

/* True when the other side answered with 2xx, within `most_ms`. One thread at a time. */
bool webhook_post(struct webhook *webhook, const char *body, long most_ms);

#endif
