/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server: libmicrohttpd, a thread a connection (an answer waits for its commit), TLS with an optional client
 * certificate. */
#ifndef ATTEST_VERIFIER_HTTP_H
#define ATTEST_VERIFIER_HTTP_H

#include "attest/verifier/verifier.h"

#define HTTP_CONNECTIONS 4096u
#define HTTP_IDLE_S 30u
#define HTTP_BODIES_MAX (256u << 20) /* bytes of all bodies that are being received */

struct http;

struct http_listen {
    const char *address; /* numeric */
    uint16_t port;       /* 0: any */
    const char *certificate_pem, *key_pem, *ca_pem; /* NULL in all: no TLS, loopback only */
    unsigned connections;
    unsigned per_address; /* of them from one address; 0: any number */
    unsigned idle_s;      /* how long a caller with a certificate may keep one without a request: HTTP_IDLE_S or more */
};

/* Listens and serves in threads of its own. NULL with a finding when it cannot. */
struct http *http_start(struct verifier *verifier, const struct http_listen *listen, struct report *report);

/* The port it listens on. */
uint16_t http_port(const struct http *http);

/* Stops accepting, finishes what runs. */
void http_stop(struct http *http);

#endif
