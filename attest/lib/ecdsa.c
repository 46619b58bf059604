/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA, by Nettle. */
#include "attest/lib/ecdsa.h"

#include "attest/lib/credential.h"

#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <string.h>

static const struct ecc_curve *curve_of(enum public_kind kind)
{
    return kind == PUBLIC_P384 ? nettle_get_secp_384r1() : nettle_get_secp_256r1();
}

/* Nettle refuses points that are not on the curve. */
static bool set_point(struct ecc_point *point, const struct public_key *key)
{
    mpz_t x, y;
    nettle_mpz_init_set_str_256_u(x, key->size, key->x);
    nettle_mpz_init_set_str_256_u(y, key->size, key->y);
    bool good = ecc_point_set(point, x, y) == 1;
    mpz_clear(x);
    mpz_clear(y);
    return good;
}

bool ecdsa_verify_digest(const struct public_key *key, const uint8_t *digest, const uint8_t *r, const uint8_t *s)
{
    struct ecc_point point;
    struct dsa_signature signature;
    if (key->kind == PUBLIC_RSA2048)
        return false;
    ecc_point_init(&point, curve_of(key->kind));
    dsa_signature_init(&signature);
    nettle_mpz_set_str_256_u(signature.r, key->size, r);
    nettle_mpz_set_str_256_u(signature.s, key->size, s);
    bool good = set_point(&point, key) && ecdsa_verify(&point, key->size, digest, &signature);
    dsa_signature_clear(&signature);
    ecc_point_clear(&point);
    return good;
}

bool ecdsa_public_from_point(const uint8_t *point, size_t size, struct public_key *key)
{
    struct ecc_point check;
    bool p384 = size == 97;
    memset(key, 0, sizeof *key);
    if ((size != 65 && size != 97) || point[0] != 0x04)
        return false;
    key->kind = p384 ? PUBLIC_P384 : PUBLIC_P256;
    key->size = p384 ? 48 : 32;
    memcpy(key->x, point + 1, key->size);
    memcpy(key->y, point + 1 + key->size, key->size);
    ecc_point_init(&check, curve_of(key->kind));
    bool good = set_point(&check, key);
    ecc_point_clear(&check);
    return good;
}

/* Sets an initialised scalar; false outside 1 to n - 1. */
static bool set_scalar(struct ecc_scalar *scalar, const struct ecdsa_secret *secret)
{
    mpz_t number;
    nettle_mpz_init_set_str_256_u(number, sizeof secret->bytes, secret->bytes);
    bool good = ecc_scalar_set(scalar, number) == 1;
    mpz_clear(number);
    return good;
}

/* Nettle's random functions cannot fail; ours remembers. */
static void random_or_mark(void *context, size_t size, uint8_t *bytes)
{
    bool *good = context;
    if (!credential_random_kernel(NULL, bytes, size)) {
        *good = false;
        memset(bytes, 1, size);
    }
}

bool ecdsa_sign_p384(const struct ecdsa_secret *secret, const uint8_t digest[HASH_SHA384_SIZE], uint8_t signature[96])
{
    struct ecc_scalar scalar;
    struct dsa_signature pair;
    bool random = true;
    ecc_scalar_init(&scalar, nettle_get_secp_384r1());
    dsa_signature_init(&pair);
    bool good = set_scalar(&scalar, secret);
    if (good) {
        ecdsa_sign(&scalar, &random, random_or_mark, HASH_SHA384_SIZE, digest, &pair);
        nettle_mpz_get_str_256(48, signature, pair.r);
        nettle_mpz_get_str_256(48, signature + 48, pair.s);
    }
    dsa_signature_clear(&pair);
    ecc_scalar_clear(&scalar);
    if (!random)
        memset(signature, 0, 96);
    return good && random;
}

bool ecdsa_public_p384(const struct ecdsa_secret *secret, struct public_key *key)
{
    struct ecc_scalar scalar;
    struct ecc_point point;
    mpz_t x, y;
    memset(key, 0, sizeof *key);
    ecc_scalar_init(&scalar, nettle_get_secp_384r1());
    ecc_point_init(&point, nettle_get_secp_384r1());
    mpz_init(x);
    mpz_init(y);
    bool good = set_scalar(&scalar, secret);
    if (good) {
        ecc_point_mul_g(&point, &scalar);
        ecc_point_get(&point, x, y);
        key->kind = PUBLIC_P384;
        key->size = 48;
        nettle_mpz_get_str_256(48, key->x, x);
        nettle_mpz_get_str_256(48, key->y, y);
    }
    mpz_clear(y);
    mpz_clear(x);
    ecc_point_clear(&point);
    ecc_scalar_clear(&scalar);
    return good;
}
