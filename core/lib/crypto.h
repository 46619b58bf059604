/* SPDX-License-Identifier: Apache-2.0 */
/* The cryptography the hypervisor needs: SHA-384, and verification of ECDSA on P-384 and of LMS. Mbed TLS does the work; no one
 * else includes its headers. */
#ifndef CORE_LIB_CRYPTO_H
#define CORE_LIB_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_SHA384_SIZE 48
#define CRYPTO_P384_POINT_SIZE 97     /* uncompressed point: 04, x, y (SEC 1, 2.3.3) */
#define CRYPTO_P384_SIGNATURE_SIZE 96 /* r, s; big-endian, 48 bytes each */
#define CRYPTO_LMS_PUBLIC_SIZE 56     /* RFC 8554, 5.3: types, I, root of the tree */
#define CRYPTO_LMS_SIGNATURE_SIZE 1452 /* RFC 8554, 5.4, with LMOTS_SHA256_N32_W8 and a tree of height 10 */
#define CRYPTO_HEAP_SIZE (64u << 10)  /* enough for a verification, which takes 6 KiB, with room to spare */

/* Gives the module its heap: `size` bytes at 16-aligned `memory`, kept until the next call. Only signature verification
 * needs it; without it every verification fails. Not thread-safe: one core verifies. */
void crypto_init(void *memory, size_t size);

/* The most bytes of the heap that were ever in use at once. */
size_t crypto_heap_peak(void);

/* SHA-384 (FIPS 180-4) of `size` bytes. */
void crypto_sha384(const void *data, size_t size, uint8_t digest[CRYPTO_SHA384_SIZE]);

/* The same in pieces: start, update as often as needed, finish. The state holds no pointers. */
struct crypto_sha384_state {
    _Alignas(8) uint8_t opaque[224];
};
void crypto_sha384_start(struct crypto_sha384_state *state);
void crypto_sha384_update(struct crypto_sha384_state *state, const void *data, size_t size);
void crypto_sha384_finish(struct crypto_sha384_state *state, uint8_t digest[CRYPTO_SHA384_SIZE]);

/* True when `signature` over `digest` was made with the private half of `point` (FIPS 186-5, 6.4.2). False for every
 * other input, a point off the curve included. */
bool crypto_p384_verify(const uint8_t point[CRYPTO_P384_POINT_SIZE], const uint8_t digest[CRYPTO_SHA384_SIZE],
                        const uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE]);

/* True when `signature` over the 48 bytes of `digest` was made with the private half of `public_key` (RFC 8554, 5.4.2;
 * LMS_SHA256_M32_H10 with LMOTS_SHA256_N32_W8, and no other). False for every other input. */
bool crypto_lms_verify(const uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE], const uint8_t digest[CRYPTO_SHA384_SIZE],
                       const uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE]);

/* True when the first `size` bytes are equal. Takes the same time wherever they differ. */
bool crypto_equal(const void *a, const void *b, size_t size);

#endif
