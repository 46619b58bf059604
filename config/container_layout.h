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

/* Byte offsets inside the signature record, which stands at the next multiple of 8 behind the blob. */
enum record_field {
    RECORD_ALGORITHM = 0,
    RECORD_SIZE = 4,
    RECORD_PUBLIC_KEY = 8,
    RECORD_PADDING = RECORD_PUBLIC_KEY + CRYPTO_P384_POINT_SIZE,
    RECORD_SIGNATURE = 112,
};

static_assert(HEADER_KEY_ID_2 + CRYPTO_SHA384_SIZE == CONTAINER_HEADER_SIZE, "the header is full");
static_assert(RECORD_SIGNATURE + CRYPTO_P384_SIGNATURE_SIZE == CONTAINER_SIGNATURE_SIZE, "the record is full");

static inline uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t get64(const uint8_t *at)
{
    return get32(at) | (uint64_t)get32(at + 4) << 32;
}

/* Where the signature record starts. The blob's size is bounded, so nothing wraps. */
static inline uint32_t record_offset(uint32_t blob_size)
{
    return (CONTAINER_HEADER_SIZE + blob_size + 7u) & ~7u;
}

#endif
