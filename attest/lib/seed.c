/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds, by Nettle and GMP. */
#include "attest/lib/seed.h"

#include "attest/lib/wire.h"

#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/hmac.h>
#include <string.h>

#define LABEL "IDENTITY" /* with its NUL (part 1, 24.3) */

void seed_hmac(uint16_t hash, const uint8_t *key, size_t key_size, const uint8_t *data, size_t size, uint8_t *mac)
{
    struct hmac_sha384_ctx context;
    if (hash == TPM_ALG_SHA256) {
        hash_hmac_sha256(key, key_size, data, size, mac);
        return;
    }
    hmac_sha384_set_key(&context, key_size, key);
    hmac_sha384_update(&context, size, data);
    hmac_sha384_digest(&context, HASH_SHA384_SIZE, mac);
}

void seed_kdfa(uint16_t hash, const uint8_t *seed, const char *label, const uint8_t *context, size_t context_size,
               uint32_t bits, uint8_t *out)
{
    uint8_t message[4 + 16 + PUBLIC_NAME_MAX + 4], mac[HASH_MAX_SIZE];
    size_t label_size = strnlen(label, 15) + 1; /* the NUL is part of it */
    size_t used = 4 + label_size;
    memcpy(message + 4, label, label_size);
    if (context_size > 0)
        memcpy(message + used, context, context_size);
    used += context_size;
    wire_store32(message + used, bits);
    used += 4;
    for (uint32_t done = 0, round = 1; done < bits / 8; round++) {
        uint32_t size = hash_size(hash);
        wire_store32(message, round);
        seed_hmac(hash, seed, size, message, used, mac);
        uint32_t part = bits / 8 - done < size ? bits / 8 - done : size;
        memcpy(out + done, mac, part);
        done += part;
    }
}

/* MGF1 (RFC 8017, B.2.1) over `seed`, into the mask: out ^= mask. */
static void mask(uint16_t hash, const uint8_t *seed, size_t seed_size, uint8_t *out, size_t size)
{
    for (uint32_t round = 0; size > 0; round++) {
        struct hash_state state;
        uint8_t counter[4], block[HASH_MAX_SIZE];
        wire_store32(counter, round);
        hash_start(&state, hash);
        hash_update(&state, seed, seed_size);
        hash_update(&state, counter, sizeof counter);
        size_t part = hash_finish(&state, block);
        part = part < size ? part : size;
        for (size_t i = 0; i < part; i++)
            out[i] ^= block[i];
        out += part;
        size -= part;
    }
}

/* RSAES-OAEP (RFC 8017, 7.1.1): 00, masked seed, masked {hash of the label, zeroes, 01, message}. */
static void pad(uint16_t hash, const uint8_t *salt, const uint8_t *message, uint8_t padded[PUBLIC_RSA_SIZE])
{
    uint32_t size = hash_size(hash);
    uint8_t *block = padded + 1 + size;
    size_t block_size = PUBLIC_RSA_SIZE - 1 - size;
    memset(padded, 0, PUBLIC_RSA_SIZE);
    memcpy(padded + 1, salt, size);
    hash_bytes(hash, LABEL, sizeof LABEL, block);
    block[block_size - size - 1] = 0x01;
    memcpy(block + block_size - size, message, size);
    mask(hash, salt, size, block, block_size);
    mask(hash, block, block_size, padded + 1, size);
}

bool seed_wrap_rsa(const struct public_key *ek, credential_random *random, void *context, uint8_t *seed,
                   struct credential *credential)
{
    uint8_t salt[HASH_MAX_SIZE], padded[PUBLIC_RSA_SIZE];
    uint32_t size = hash_size(ek->name_algorithm);
    mpz_t number, modulus;
    if (!random(context, seed, size) || !random(context, salt, size))
        return false;
    pad(ek->name_algorithm, salt, seed, padded);
    nettle_mpz_init_set_str_256_u(number, sizeof padded, padded);
    nettle_mpz_init_set_str_256_u(modulus, PUBLIC_RSA_SIZE, ek->modulus);
    mpz_powm_ui(number, number, ek->exponent, modulus);
    wire_store16(credential->seed, PUBLIC_RSA_SIZE);
    nettle_mpz_get_str_256(PUBLIC_RSA_SIZE, credential->seed + 2, number);
    credential->seed_size = 2 + PUBLIC_RSA_SIZE;
    mpz_clear(modulus);
    mpz_clear(number);
    explicit_bzero(padded, sizeof padded);
    return true;
}

/* KDFe (11.4.10.3): one round is enough, the seed has the hash's size. */
static void derive(uint16_t hash, uint16_t size, const uint8_t *shared, const uint8_t *ours, const uint8_t *theirs,
                   uint8_t *seed)
{
    static const uint8_t first_round[4] = {0, 0, 0, 1};
    struct hash_state state;
    hash_start(&state, hash);
    hash_update(&state, first_round, sizeof first_round);
    hash_update(&state, shared, size);
    hash_update(&state, LABEL, sizeof LABEL);
    hash_update(&state, ours, size);
    hash_update(&state, theirs, size);
    hash_finish(&state, seed);
}

static void get_point(const struct ecc_point *point, uint16_t size, uint8_t *x, uint8_t *y)
{
    mpz_t x_number, y_number;
    mpz_init(x_number);
    mpz_init(y_number);
    ecc_point_get(point, x_number, y_number);
    nettle_mpz_get_str_256(size, x, x_number);
    nettle_mpz_get_str_256(size, y, y_number);
    mpz_clear(y_number);
    mpz_clear(x_number);
}

struct random_source {
    credential_random *random;
    void *context;
    bool failed;
};

/* Nettle's random functions cannot fail; the source remembers. Any scalar will do then, since nothing is sent. */
static void random_or_mark(void *context, size_t size, uint8_t *bytes)
{
    struct random_source *source = context;
    if (!source->failed && source->random(source->context, bytes, size))
        return;
    source->failed = true;
    memset(bytes, 1, size);
}

/* The one-time key's point goes to the TPM, the shared point's x into the seed. False: the EK is beside the curve. */
static bool agree(const struct public_key *ek, struct ecc_scalar *scalar, struct ecc_point *point, uint8_t *seed,
                  struct credential *credential)
{
    uint8_t shared_x[48], shared_y[48];
    mpz_t x, y;
    uint16_t size = ek->size;
    uint8_t *out = credential->seed;
    wire_store16(out, (uint16_t)(2 * (2 + size)));
    wire_store16(out + 2, size);
    wire_store16(out + 4 + size, size);
    get_point(point, size, out + 4, out + 6 + size);
    credential->seed_size = (uint16_t)(2 + 2 * (2 + size));
    nettle_mpz_init_set_str_256_u(x, size, ek->x);
    nettle_mpz_init_set_str_256_u(y, size, ek->y);
    bool good = ecc_point_set(point, x, y) == 1;
    mpz_clear(y);
    mpz_clear(x);
    if (!good)
        return false;
    ecc_point_mul(point, scalar, point);
    get_point(point, size, shared_x, shared_y);
    derive(ek->name_algorithm, size, shared_x, out + 4, ek->x, seed);
    explicit_bzero(shared_x, sizeof shared_x);
    return true;
}

bool seed_wrap_ecc(const struct public_key *ek, credential_random *random, void *context, uint8_t *seed,
                   struct credential *credential)
{
    const struct ecc_curve *curve = ek->kind == PUBLIC_P384 ? nettle_get_secp_384r1() : nettle_get_secp_256r1();
    struct random_source source = {random, context, false};
    struct ecc_scalar scalar;
    struct ecc_point point;
    ecc_scalar_init(&scalar, curve);
    ecc_point_init(&point, curve);
    ecc_scalar_random(&scalar, &source, random_or_mark);
    ecc_point_mul_g(&point, &scalar);
    bool good = !source.failed && agree(ek, &scalar, &point, seed, credential);
    ecc_point_clear(&point);
    ecc_scalar_clear(&scalar);
    return good;
}
