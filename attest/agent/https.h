/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the verifier: HTTPS with TLS 1.3, the verifier's certificate checked against the one authority that the settings
 * name and nothing else. There is no option to check less. */
#ifndef ATTEST_AGENT_HTTPS_H
#define ATTEST_AGENT_HTTPS_H

#include "attest/agent/settings.h"

#include <curl/curl.h>
#include <jansson.h>

#define HTTPS_BODY_MAX ((size_t)1 << 20) /* either way */

struct https {
    const struct settings *settings;
    CURL *curl; /* keeps its connection from request to request */
    struct curl_slist *connect_to;
    const char *certificate, *key; /* files of the client certificate; NULL: none */
    char refusal[16];              /* code of the last answer, if the verifier refused; "" otherwise */
    uint64_t retry_after_ms;       /* what the last answer asked for, an hour at most; 0: nothing */
};

bool https_init(struct https *https, const struct settings *settings, struct report *report);
void https_free(struct https *https);

/* Requests after this one show this certificate; NULL, NULL: none. The strings are the caller's. False with a finding. */
bool https_use_certificate(struct https *https, const char *certificate, const char *key, struct report *report);

/* True: the status is 2xx and *answer a JSON object, which the caller owns. Otherwise a finding; *status is 0 when there was
 * no answer. `ticket` NULL: no Authorization header. https_post() takes `body` over; NULL is a body for which there was no
 * memory. */
bool https_get(struct https *https, const char *path, const char *ticket, long *status, json_t **answer,
               struct report *report);
bool https_post(struct https *https, const char *path, json_t *body, long *status, json_t **answer, struct report *report);

#endif
