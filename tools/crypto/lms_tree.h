/* SPDX-License-Identifier: Apache-2.0 */
/* Making LMS keys and signatures (RFC 8554; LMS_SHA256_M32_H10 with LMOTS_SHA256_N32_W8): the computation, without files and
 * without memory of which leaf was used. Mbed TLS verifies what comes out (crypto_lms_verify()); its own signer wants 8 million
 * hashes for every signature, while here the leaves of the tree are kept. Pure. */
#ifndef TOOLS_CRYPTO_LMS_TREE_H
#define TOOLS_CRYPTO_LMS_TREE_H

#include "core/lib/crypto.h"

#include <stdint.h>

#define LMS_LEAVES 1024u /* signatures that one key can make */
#define LMS_HASH_SIZE 32u
#define LMS_SEED_SIZE 32u
#define LMS_ID_SIZE 16u

struct lms_tree {
    uint8_t id[LMS_ID_SIZE];     /* "I" of the RFC: random, and public */
    uint8_t seed[LMS_SEED_SIZE]; /* the secret */
    uint8_t leaves[LMS_LEAVES][LMS_HASH_SIZE]; /* T[1024] to T[2047]; public */
};

/* Computes leaf `index` from id and seed: 8,670 hashes. */
void lms_leaf(struct lms_tree *tree, uint32_t index);

/* The public key (RFC 8554, 5.3) that the leaves make. */
void lms_public_key(const struct lms_tree *tree, uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE]);

/* Signs `digest` with leaf `index`, which must never sign anything else. */
void lms_sign_with_leaf(const struct lms_tree *tree, uint32_t index, const uint8_t digest[CRYPTO_SHA384_SIZE],
                        uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE]);

#endif
