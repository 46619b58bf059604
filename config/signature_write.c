/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the signature records of a signed file. Hosted: the boot stage only reads. */
#include "config/signature.h"

#include "core/lib/bytes.h"

#include <string.h>

static void write_record(uint8_t *record, uint32_t algorithm, uint32_t size, const uint8_t *key, size_t key_size)
{
    memset(record, 0, size);
    store_le32(record + SIGNATURE_ALGORITHM_AT, algorithm);
    store_le32(record + SIGNATURE_SIZE_AT, size);
    memcpy(record + SIGNATURE_KEY_AT, key, key_size);
}

void signatures_write(uint8_t *records, const uint8_t key[CRYPTO_P384_POINT_SIZE], const uint8_t *second_key)
{
    write_record(records, SIGNATURE_ALGORITHM_P384, SIGNATURE_SIZE, key, CRYPTO_P384_POINT_SIZE);
    if (second_key != NULL)
        write_record(records + SIGNATURE_SIZE, SIGNATURE_ALGORITHM_LMS, SIGNATURE_SECOND_SIZE, second_key,
                     CRYPTO_LMS_PUBLIC_SIZE);
}

void signature_attach(uint8_t *records, const uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE])
{
    memcpy(records + SIGNATURE_BYTES_AT, signature, CRYPTO_P384_SIGNATURE_SIZE);
}

void signature_attach_second(uint8_t *records, const uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE])
{
    memcpy(records + SIGNATURE_SIZE + SIGNATURE_SECOND_BYTES_AT, signature, CRYPTO_LMS_SIGNATURE_SIZE);
}
