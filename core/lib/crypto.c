/* SPDX-License-Identifier: Apache-2.0 */
/* The shim over Mbed TLS: SHA-384, and verification of ECDSA on P-384 and of LMS. */
#include "core/lib/crypto.h"

#include <assert.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/lms.h>
#include <mbedtls/sha512.h>
#include <string.h>

static_assert(sizeof(mbedtls_sha512_context) <= sizeof(struct crypto_sha384_state), "the state must hold the context");
static_assert(CRYPTO_LMS_PUBLIC_SIZE == MBEDTLS_LMS_PUBLIC_KEY_LEN(MBEDTLS_LMS_SHA256_M32_H10) &&
                  CRYPTO_LMS_SIGNATURE_SIZE ==
                      MBEDTLS_LMS_SIG_LEN(MBEDTLS_LMS_SHA256_M32_H10, MBEDTLS_LMOTS_SHA256_N32_W8),
              "the sizes are those of the one parameter set");

static mbedtls_sha512_context *context_of(struct crypto_sha384_state *state)
{
    return (mbedtls_sha512_context *)(void *)state->opaque;
}

/* In this configuration the SHA-512 functions are plain computation and return 0. */
void crypto_sha384_start(struct crypto_sha384_state *state)
{
    mbedtls_sha512_init(context_of(state));
    (void)mbedtls_sha512_starts(context_of(state), 1);
}

void crypto_sha384_update(struct crypto_sha384_state *state, const void *data, size_t size)
{
    (void)mbedtls_sha512_update(context_of(state), data, size);
}

void crypto_sha384_finish(struct crypto_sha384_state *state, uint8_t digest[CRYPTO_SHA384_SIZE])
{
    (void)mbedtls_sha512_finish(context_of(state), digest);
}

void crypto_sha384(const void *data, size_t size, uint8_t digest[CRYPTO_SHA384_SIZE])
{
    struct crypto_sha384_state state;
    crypto_sha384_start(&state);
    crypto_sha384_update(&state, data, size);
    crypto_sha384_finish(&state, digest);
}

/* The verification proper, on initialised objects that the caller frees. */
static bool verify_with(mbedtls_ecp_group *group, mbedtls_ecp_point *key, mbedtls_mpi *r, mbedtls_mpi *s,
                        const uint8_t *point, const uint8_t *digest, const uint8_t *signature)
{
    const size_t half = CRYPTO_P384_SIGNATURE_SIZE / 2;
    return mbedtls_ecp_group_load(group, MBEDTLS_ECP_DP_SECP384R1) == 0 &&
           mbedtls_ecp_point_read_binary(group, key, point, CRYPTO_P384_POINT_SIZE) == 0 &&
           mbedtls_ecp_check_pubkey(group, key) == 0 &&
           mbedtls_mpi_read_binary(r, signature, half) == 0 &&
           mbedtls_mpi_read_binary(s, signature + half, half) == 0 &&
           mbedtls_ecdsa_verify(group, digest, CRYPTO_SHA384_SIZE, key, r, s) == 0;
}

bool crypto_p384_verify(const uint8_t point[CRYPTO_P384_POINT_SIZE], const uint8_t digest[CRYPTO_SHA384_SIZE],
                        const uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE])
{
    if (point[0] != 0x04)
        return false;
    mbedtls_ecp_group group;
    mbedtls_ecp_point key;
    mbedtls_mpi r;
    mbedtls_mpi s;
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&key);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    bool good = verify_with(&group, &key, &r, &s, point, digest, signature);
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_ecp_point_free(&key);
    mbedtls_ecp_group_free(&group);
    return good;
}

bool crypto_lms_verify(const uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE], const uint8_t digest[CRYPTO_SHA384_SIZE],
                       const uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE])
{
    mbedtls_lms_public_t key;
    mbedtls_lms_public_init(&key);
    bool good = mbedtls_lms_import_public_key(&key, public_key, CRYPTO_LMS_PUBLIC_SIZE) == 0 &&
                mbedtls_lms_verify(&key, digest, CRYPTO_SHA384_SIZE, signature, CRYPTO_LMS_SIGNATURE_SIZE) == 0;
    mbedtls_lms_public_free(&key);
    return good;
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
    const uint8_t *left = a;
    const uint8_t *right = b;
    uint8_t difference = 0;
    for (size_t i = 0; i < size; i++)
        difference |= left[i] ^ right[i];
    return difference == 0;
}
