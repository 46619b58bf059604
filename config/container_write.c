/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the signed container. Hosted: the boot stage only reads. */
#include "config/container.h"
#include "config/container_layout.h"

#include <string.h>

static void put32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void put64(uint8_t *at, uint64_t value)
{
    put32(at, (uint32_t)value);
    put32(at + 4, (uint32_t)(value >> 32));
}

void container_write(const struct container_facts *facts, const uint8_t *blob, uint32_t blob_size,
                     const uint8_t public_key[CRYPTO_P384_POINT_SIZE], uint8_t *bytes,
                     uint8_t digest[CRYPTO_SHA384_SIZE])
{
    uint32_t total = (uint32_t)container_size(blob_size);
    memset(bytes, 0, total);
    memcpy(bytes + HEADER_MAGIC, CONTAINER_MAGIC, 8);
    put32(bytes + HEADER_REVISION, CONTAINER_REVISION);
    put32(bytes + HEADER_SIZE, CONTAINER_HEADER_SIZE);
    put32(bytes + HEADER_TOTAL_SIZE, total);
    put32(bytes + HEADER_SECURITY_VERSION, facts->security_version);
    put32(bytes + HEADER_FLAGS, facts->flags);
    put32(bytes + HEADER_IMAGE_COUNT, facts->image_count);
    put64(bytes + HEADER_SERIAL, facts->serial);
    memcpy(bytes + HEADER_FLEET, facts->fleet, sizeof facts->fleet);
    put32(bytes + HEADER_BLOB_OFFSET, CONTAINER_HEADER_SIZE);
    put32(bytes + HEADER_BLOB_SIZE, blob_size);
    crypto_sha384(blob, blob_size, bytes + HEADER_BLOB_SHA384);
    crypto_sha384(public_key, CRYPTO_P384_POINT_SIZE, bytes + HEADER_KEY_ID);
    memcpy(bytes + CONTAINER_HEADER_SIZE, blob, blob_size);

    uint8_t *record = bytes + record_offset(blob_size);
    put32(record + RECORD_ALGORITHM, CONTAINER_ALGORITHM_P384);
    put32(record + RECORD_SIZE, CONTAINER_SIGNATURE_SIZE);
    memcpy(record + RECORD_PUBLIC_KEY, public_key, CRYPTO_P384_POINT_SIZE);
    crypto_sha384(bytes, (size_t)CONTAINER_HEADER_SIZE + blob_size, digest);
}

void container_attach(uint8_t *bytes, const uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE])
{
    uint8_t *record = bytes + record_offset(get32(bytes + HEADER_BLOB_SIZE));
    memcpy(record + RECORD_SIGNATURE, signature, CRYPTO_P384_SIGNATURE_SIZE);
}
