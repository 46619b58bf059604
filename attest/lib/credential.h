/* SPDX-License-Identifier: Apache-2.0 */
/* MakeCredential in software (TPM 2.0 Library part 1, 24; annexes B.10.3 and C.6.4): a secret that only the TPM with this
 * endorsement key can read, and only if it also holds the key of this name. */
#ifndef ATTEST_LIB_CREDENTIAL_H
#define ATTEST_LIB_CREDENTIAL_H

#include "attest/lib/public.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CREDENTIAL_SECRET_SIZE 32u
#define CREDENTIAL_BLOB_MAX 128u   /* TPM2B_ID_OBJECT */
#define CREDENTIAL_SEED_MAX 264u   /* TPM2B_ENCRYPTED_SECRET */

struct credential {
    uint16_t blob_size, seed_size;
    uint8_t blob[CREDENTIAL_BLOB_MAX]; /* TPM2B_ID_OBJECT with its size field: `credential_blob` of the protocol */
    uint8_t seed[CREDENTIAL_SEED_MAX]; /* TPM2B_ENCRYPTED_SECRET with its size field: `secret` of the protocol */
};

/* Fills `size` random bytes; false: no randomness. */
typedef bool credential_random(void *context, uint8_t *bytes, size_t size);

/* The kernel's random numbers: getrandom(2). */
bool credential_random_kernel(void *context, uint8_t *bytes, size_t size);

/* Wraps `secret` for `ek`, bound to the key called `ak_name`. False only when there is no randomness. */
bool credential_make(const struct public_key *ek, const struct public_name *ak_name,
                     const uint8_t secret[CREDENTIAL_SECRET_SIZE], credential_random *random, void *random_context,
                     struct credential *credential);

/* HMAC-SHA-256 with the activated secret as key over "bulkhead-activate", host (32 hex digits), nonce (32 bytes). */
void credential_proof(const uint8_t secret[CREDENTIAL_SECRET_SIZE], const char *host, const uint8_t nonce[32],
                      uint8_t proof[HASH_SHA256_SIZE]);

#endif
