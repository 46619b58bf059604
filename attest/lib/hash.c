/* SPDX-License-Identifier: Apache-2.0 */
/* The hashes, by Nettle. */
#include "attest/lib/hash.h"

#include <assert.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>

static_assert(sizeof(struct sha256_ctx) <= sizeof((struct hash_state *)0)->opaque, "the state must hold the context");
static_assert(sizeof(struct sha384_ctx) <= sizeof((struct hash_state *)0)->opaque, "the state must hold the context");

uint32_t hash_size(uint16_t algorithm)
{
    switch (algorithm) {
    case TPM_ALG_SHA256:
        return HASH_SHA256_SIZE;
    case TPM_ALG_SHA384:
        return HASH_SHA384_SIZE;
    default:
        return 0;
    }
}

void hash_start(struct hash_state *state, uint16_t algorithm)
{
    state->algorithm = algorithm;
    if (algorithm == TPM_ALG_SHA256)
        sha256_init((struct sha256_ctx *)(void *)state->opaque);
    else
        sha384_init((struct sha384_ctx *)(void *)state->opaque);
}

void hash_update(struct hash_state *state, const void *data, size_t size)
{
    if (state->algorithm == TPM_ALG_SHA256)
        sha256_update((struct sha256_ctx *)(void *)state->opaque, size, data);
    else
        sha384_update((struct sha384_ctx *)(void *)state->opaque, size, data);
}

uint32_t hash_finish(struct hash_state *state, uint8_t *digest)
{
    if (state->algorithm == TPM_ALG_SHA256)
        sha256_digest((struct sha256_ctx *)(void *)state->opaque, HASH_SHA256_SIZE, digest);
    else
        sha384_digest((struct sha384_ctx *)(void *)state->opaque, HASH_SHA384_SIZE, digest);
    return hash_size(state->algorithm);
}

uint32_t hash_bytes(uint16_t algorithm, const void *data, size_t size, uint8_t *digest)
{
    struct hash_state state;
    hash_start(&state, algorithm);
    hash_update(&state, data, size);
    return hash_finish(&state, digest);
}

void hash_hmac_sha256(const uint8_t *key, size_t key_size, const void *data, size_t size, uint8_t mac[HASH_SHA256_SIZE])
{
    struct hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, key_size, key);
    hmac_sha256_update(&context, size, data);
    hmac_sha256_digest(&context, HASH_SHA256_SIZE, mac);
}

void hash_to_hex(const uint8_t *bytes, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15];
    }
    *text = '\0';
}
