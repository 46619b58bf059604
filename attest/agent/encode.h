/* SPDX-License-Identifier: Apache-2.0 */
/* Binary values as the protocol writes them. */
#ifndef ATTEST_AGENT_ENCODE_H
#define ATTEST_AGENT_ENCODE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* A JSON string in standard base64 with padding (RFC 4648, 4); NULL: no memory. */
json_t *encode_base64(const uint8_t *bytes, size_t size);

#endif
