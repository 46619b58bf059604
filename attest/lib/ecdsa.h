/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA on P-256 and P-384 (FIPS 186-5, 6.4), by Nettle: docs/attestation.md has the figures it was chosen by. Any thread. */
#ifndef ATTEST_LIB_ECDSA_H
#define ATTEST_LIB_ECDSA_H

#include "attest/lib/public.h"

/* True when r, s (big-endian, `key->size` bytes each) sign `digest` (of `key->size` bytes) by `key`. */
bool ecdsa_verify_digest(const struct public_key *key, const uint8_t *digest, const uint8_t *r, const uint8_t *s);

/* A P-384 key pair. */
struct ecdsa_secret {
    uint8_t bytes[48]; /* big-endian; the caller wipes it */
};

/* Signs a SHA-384 digest: r, s, 96 bytes. False without randomness or for a secret outside 1 to n - 1. */
bool ecdsa_sign_p384(const struct ecdsa_secret *secret, const uint8_t digest[HASH_SHA384_SIZE], uint8_t signature[96]);

/* The public half. False for a secret outside 1 to n - 1. */
bool ecdsa_public_p384(const struct ecdsa_secret *secret, struct public_key *key);

/* From an uncompressed point (04, x, y; 65 or 97 bytes). False: not on the curve. */
bool ecdsa_public_from_point(const uint8_t *point, size_t size, struct public_key *key);

#endif
