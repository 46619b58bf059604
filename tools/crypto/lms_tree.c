/* SPDX-License-Identifier: Apache-2.0 */
/* Makes LMS keys and signatures. The names in the comments are those of RFC 8554. */
#include "tools/crypto/lms_tree.h"

#include <mbedtls/sha256.h>
#include <string.h>

#define CHAINS 34u      /* p: 32 digits of the message's hash and 2 of their checksum */
#define CHAIN_END 255u  /* 2^w - 1 */
#define TYPE_LMS 6u     /* LMS_SHA256_M32_H10 */
#define TYPE_LMOTS 4u   /* LMOTS_SHA256_N32_W8 */
#define D_PBLC 0x8080u
#define D_MESG 0x8181u
#define D_LEAF 0x8282u
#define D_INTR 0x8383u
#define RANDOMIZER 0xfffdu /* appendix A: the i of the pseudorandom C */

/* Offsets in a signature (5.4): q, the one-time signature (type, C, y), type, path. */
#define AT_OTS 4u
#define AT_C (AT_OTS + 4u)
#define AT_Y (AT_C + LMS_HASH_SIZE)
#define AT_TYPE (AT_Y + CHAINS * LMS_HASH_SIZE)
#define AT_PATH (AT_TYPE + 4u)

static void put_be16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static void put_be32(uint8_t *to, uint32_t value)
{
    put_be16(to, value >> 16);
    put_be16(to + 2, value);
}

/* H(I || number || tag || data). In this configuration SHA-256 is plain computation and returns 0. */
static void hash(const struct lms_tree *tree, uint32_t number, uint32_t tag, const void *data, size_t size, uint8_t *out)
{
    uint8_t head[LMS_ID_SIZE + 6];
    mbedtls_sha256_context context;
    memcpy(head, tree->id, LMS_ID_SIZE);
    put_be32(head + LMS_ID_SIZE, number);
    put_be16(head + LMS_ID_SIZE + 4, tag);
    mbedtls_sha256_init(&context);
    (void)mbedtls_sha256_starts(&context, 0);
    (void)mbedtls_sha256_update(&context, head, sizeof head);
    (void)mbedtls_sha256_update(&context, data, size);
    (void)mbedtls_sha256_finish(&context, out);
    mbedtls_sha256_free(&context);
}

/* One step of chain `chain`: H(I || q || i || j || value), with j = 255 for the secrets (appendix A). */
static void step(const struct lms_tree *tree, uint32_t leaf, uint32_t chain, uint32_t j, const uint8_t *from, uint8_t *to)
{
    uint8_t data[1 + LMS_HASH_SIZE];
    data[0] = (uint8_t)j;
    memcpy(data + 1, from, LMS_HASH_SIZE);
    hash(tree, leaf, chain, data, sizeof data, to);
}

/* The chain's value after `steps` steps from its secret (4.2, 4.5). */
static void walk(const struct lms_tree *tree, uint32_t leaf, uint32_t chain, uint32_t steps, uint8_t value[LMS_HASH_SIZE])
{
    step(tree, leaf, chain, CHAIN_END, tree->seed, value);
    for (uint32_t j = 0; j < steps; j++)
        step(tree, leaf, chain, j, value, value);
}

void lms_leaf(struct lms_tree *tree, uint32_t index)
{
    uint8_t ends[CHAINS][LMS_HASH_SIZE];
    uint8_t key[LMS_HASH_SIZE];
    for (uint32_t i = 0; i < CHAINS; i++)
        walk(tree, index, i, CHAIN_END, ends[i]);
    hash(tree, index, D_PBLC, ends, sizeof ends, key);
    hash(tree, LMS_LEAVES + index, D_LEAF, key, sizeof key, tree->leaves[index]);
}

/* Reduces one level of the tree to the one above it, in place; `first` is the number of the level's first node. */
static void reduce(const struct lms_tree *tree, uint8_t (*nodes)[LMS_HASH_SIZE], uint32_t first)
{
    for (uint32_t i = 0; i < first / 2; i++)
        hash(tree, first / 2 + i, D_INTR, nodes[2 * i], (size_t)2 * LMS_HASH_SIZE, nodes[i]);
}

void lms_public_key(const struct lms_tree *tree, uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE])
{
    uint8_t nodes[LMS_LEAVES][LMS_HASH_SIZE];
    memcpy(nodes, tree->leaves, sizeof nodes);
    for (uint32_t first = LMS_LEAVES; first > 1; first /= 2)
        reduce(tree, nodes, first);
    put_be32(public_key, TYPE_LMS);
    put_be32(public_key + 4, TYPE_LMOTS);
    memcpy(public_key + 8, tree->id, LMS_ID_SIZE);
    memcpy(public_key + 8 + LMS_ID_SIZE, nodes[0], LMS_HASH_SIZE);
}

/* The siblings from the leaf up to the root (5.4.1). */
static void write_path(const struct lms_tree *tree, uint32_t leaf, uint8_t *path)
{
    uint8_t nodes[LMS_LEAVES][LMS_HASH_SIZE];
    memcpy(nodes, tree->leaves, sizeof nodes);
    for (uint32_t first = LMS_LEAVES; first > 1; first /= 2, leaf /= 2, path += LMS_HASH_SIZE) {
        memcpy(path, nodes[leaf ^ 1], LMS_HASH_SIZE);
        reduce(tree, nodes, first);
    }
}

/* The digits that say how far each chain is walked (4.5, with 4.4's checksum). */
static void message_digits(const struct lms_tree *tree, uint32_t leaf, const uint8_t *randomizer, const uint8_t *digest,
                           uint8_t digits[CHAINS])
{
    uint8_t message[LMS_HASH_SIZE + CRYPTO_SHA384_SIZE];
    uint32_t checksum = 0;
    memcpy(message, randomizer, LMS_HASH_SIZE);
    memcpy(message + LMS_HASH_SIZE, digest, CRYPTO_SHA384_SIZE);
    hash(tree, leaf, D_MESG, message, sizeof message, digits);
    for (uint32_t i = 0; i < LMS_HASH_SIZE; i++)
        checksum += CHAIN_END - digits[i];
    put_be16(digits + LMS_HASH_SIZE, checksum);
}

void lms_sign_with_leaf(const struct lms_tree *tree, uint32_t index, const uint8_t digest[CRYPTO_SHA384_SIZE],
                        uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE])
{
    uint8_t digits[CHAINS];
    put_be32(signature, index);
    put_be32(signature + AT_OTS, TYPE_LMOTS);
    step(tree, index, RANDOMIZER, CHAIN_END, tree->seed, signature + AT_C);
    message_digits(tree, index, signature + AT_C, digest, digits);
    for (uint32_t i = 0; i < CHAINS; i++)
        walk(tree, index, i, digits[i], signature + AT_Y + i * LMS_HASH_SIZE);
    put_be32(signature + AT_TYPE, TYPE_LMS);
    write_path(tree, index, signature + AT_PATH);
}
