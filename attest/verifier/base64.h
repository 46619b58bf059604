/* SPDX-License-Identifier: Apache-2.0 */
/* Binary values in JSON: standard base64 (RFC 4648, 4), and for JWKs the unpadded form for URLs (5). */
#ifndef ATTEST_VERIFIER_BASE64_H
#define ATTEST_VERIFIER_BASE64_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* A JSON text; NULL when there is no memory. */
json_t *base64_json(const void *bytes, size_t size);
json_t *base64_url_json(const void *bytes, size_t size);

#endif
