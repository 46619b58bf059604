/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the signed container. Hosted: the boot stage only reads. */
#include "config/container.h"
#include "config/container_layout.h"
#include "core/lib/bytes.h"

#include <string.h>

void container_write(const struct container_facts *facts, const uint8_t *blob, uint32_t blob_size,
                     const uint8_t public_key[CRYPTO_P384_POINT_SIZE], const uint8_t *second_key, uint8_t *bytes,
                     uint8_t digest[CRYPTO_SHA384_SIZE])
{
    uint32_t total = (uint32_t)container_size(blob_size, second_key != NULL);
    memset(bytes, 0, total);
    memcpy(bytes + HEADER_MAGIC, CONTAINER_MAGIC, 8);
    store_le32(bytes + HEADER_REVISION, second_key != NULL ? CONTAINER_REVISION_SECOND : CONTAINER_REVISION);
    store_le32(bytes + HEADER_SIZE, CONTAINER_HEADER_SIZE);
    store_le32(bytes + HEADER_TOTAL_SIZE, total);
    store_le32(bytes + HEADER_SECURITY_VERSION, facts->security_version);
    store_le32(bytes + HEADER_FLAGS, facts->flags | (second_key != NULL ? CONTAINER_FLAG_PQ_REQUIRED : 0));
    store_le32(bytes + HEADER_IMAGE_COUNT, facts->image_count);
    store_le64(bytes + HEADER_SERIAL, facts->serial);
    memcpy(bytes + HEADER_FLEET, facts->fleet, sizeof facts->fleet);
    store_le32(bytes + HEADER_BLOB_OFFSET, CONTAINER_HEADER_SIZE);
    store_le32(bytes + HEADER_BLOB_SIZE, blob_size);
    crypto_sha384(blob, blob_size, bytes + HEADER_BLOB_SHA384);
    crypto_sha384(public_key, CRYPTO_P384_POINT_SIZE, bytes + HEADER_KEY_ID);
    if (second_key != NULL)
        crypto_sha384(second_key, CRYPTO_LMS_PUBLIC_SIZE, bytes + HEADER_KEY_ID_2);
    memcpy(bytes + CONTAINER_HEADER_SIZE, blob, blob_size);
    signatures_write(container_records(bytes), public_key, second_key);
    crypto_sha384(bytes, (size_t)CONTAINER_HEADER_SIZE + blob_size, digest);
}

uint8_t *container_records(uint8_t *bytes)
{
    return bytes + record_offset(load_le32(bytes + HEADER_BLOB_SIZE));
}
