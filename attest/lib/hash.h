/* SPDX-License-Identifier: Apache-2.0 */
/* The hashes of attestation: SHA-256, SHA-384, HMAC-SHA-256, by Nettle. Every function may be called from any thread. */
#ifndef ATTEST_LIB_HASH_H
#define ATTEST_LIB_HASH_H

#include "core/measure/log.h"

#include <stddef.h>
#include <stdint.h>

#define HASH_SHA256_SIZE 32u
#define HASH_SHA384_SIZE 48u
#define HASH_MAX_SIZE HASH_SHA384_SIZE

/* A hash in pieces. The state holds no pointers. */
struct hash_state {
    uint16_t algorithm;
    _Alignas(8) uint8_t opaque[232];
};

/* The size of a digest that can be computed here; 0 for every algorithm but TPM_ALG_SHA256 and TPM_ALG_SHA384. */
uint32_t hash_size(uint16_t algorithm);

/* Start, update as often as needed, finish. `algorithm` is one that hash_size() knows; finish returns the digest's size. */
void hash_start(struct hash_state *state, uint16_t algorithm);
void hash_update(struct hash_state *state, const void *data, size_t size);
uint32_t hash_finish(struct hash_state *state, uint8_t *digest);

/* The same at once; returns the digest's size. */
uint32_t hash_bytes(uint16_t algorithm, const void *data, size_t size, uint8_t *digest);

/* HMAC (RFC 2104) with SHA-256. */
void hash_hmac_sha256(const uint8_t *key, size_t key_size, const void *data, size_t size, uint8_t mac[HASH_SHA256_SIZE]);

/* Lower-case hexadecimal text with its NUL; `text` has room for 2 * size + 1. */
void hash_to_hex(const uint8_t *bytes, size_t size, char *text);

#endif
