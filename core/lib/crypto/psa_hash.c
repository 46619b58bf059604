/* SPDX-License-Identifier: Apache-2.0 */
/* What Mbed TLS's LMS code calls of the PSA Crypto API: SHA-256, one operation at a time, and nothing else, so that no PSA
 * core, with its key store and random numbers, has to come along. */
#include <mbedtls/sha256.h>
#include <psa/crypto.h>

/* To its clients an operation is a handle; there is one. LMS finishes or aborts each hash before it starts the next. */
static mbedtls_sha256_context hash;

psa_status_t psa_hash_setup(psa_hash_operation_t *operation, psa_algorithm_t algorithm)
{
    (void)operation;
    if (algorithm != PSA_ALG_SHA_256)
        return PSA_ERROR_NOT_SUPPORTED;
    mbedtls_sha256_init(&hash);
    return mbedtls_sha256_starts(&hash, 0) == 0 ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
}

psa_status_t psa_hash_update(psa_hash_operation_t *operation, const uint8_t *input, size_t input_length)
{
    (void)operation;
    return mbedtls_sha256_update(&hash, input, input_length) == 0 ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
}

psa_status_t psa_hash_finish(psa_hash_operation_t *operation, uint8_t *output, size_t output_size, size_t *output_length)
{
    (void)operation;
    *output_length = PSA_HASH_LENGTH(PSA_ALG_SHA_256);
    if (output_size < *output_length)
        return PSA_ERROR_BUFFER_TOO_SMALL;
    return mbedtls_sha256_finish(&hash, output) == 0 ? PSA_SUCCESS : PSA_ERROR_GENERIC_ERROR;
}

psa_status_t psa_hash_abort(psa_hash_operation_t *operation)
{
    (void)operation;
    return PSA_SUCCESS;
}

/* Never called: psa_util.c, which translates LMS's error codes, wants it to exist. */
psa_status_t psa_generate_random(uint8_t *output, size_t output_size)
{
    (void)output;
    (void)output_size;
    return PSA_ERROR_NOT_SUPPORTED;
}
