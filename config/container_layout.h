/* SPDX-License-Identifier: Apache-2.0 */
/* Where everything stands in a container: shared by the verifier and the writer. docs/container.md is the table. */
#ifndef CONFIG_CONTAINER_LAYOUT_H
#define CONFIG_CONTAINER_LAYOUT_H

#include "config/container.h"

#include <assert.h>

/* Byte offsets of the header's fields. */
enum header_field {
    HEADER_MAGIC = 0,
    HEADER_REVISION = 8,
    HEADER_SIZE = 12,
    HEADER_TOTAL_SIZE = 16,
    HEADER_SECURITY_VERSION = 20,
    HEADER_FLAGS = 24,
    HEADER_IMAGE_COUNT = 28,
    HEADER_SERIAL = 32,
    HEADER_FLEET = 40,
    HEADER_BLOB_OFFSET = 56,
    HEADER_BLOB_SIZE = 60,
    HEADER_BLOB_SHA384 = 64,
    HEADER_HOST = 112,
    HEADER_KEY_ID = 160,
    HEADER_KEY_ID_2 = 208,
};

static_assert(HEADER_KEY_ID_2 + CRYPTO_SHA384_SIZE == CONTAINER_HEADER_SIZE, "the header is full");

/* Where the signature records start. The blob's size is bounded, so nothing wraps. */
static inline uint32_t record_offset(uint32_t blob_size)
{
    return (CONTAINER_HEADER_SIZE + blob_size + 7u) & ~7u;
}

#endif
