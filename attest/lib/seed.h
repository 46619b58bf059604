/* SPDX-License-Identifier: Apache-2.0 */
/* The seed of a protected credential: how it reaches the TPM, and what is derived from it (TPM 2.0 Library part 1, 11.4.10,
 * B.10, C.6). */
#ifndef ATTEST_LIB_SEED_H
#define ATTEST_LIB_SEED_H

#include "attest/lib/credential.h"

/* KDFa (11.4.10.2): `bits`, a multiple of 8 and at most 384, from a seed of the hash's size; label without its NUL in the
 * count, contextU = context, contextV empty. */
void seed_kdfa(uint16_t hash, const uint8_t *seed, const char *label, const uint8_t *context, size_t context_size,
               uint32_t bits, uint8_t *out);

/* HMAC with SHA-256 or SHA-384. */
void seed_hmac(uint16_t hash, const uint8_t *key, size_t key_size, const uint8_t *data, size_t size, uint8_t *mac);

/* Makes a seed of the size of the EK's name algorithm and fills credential->seed with what the TPM needs to learn it:
 * RSAES-OAEP (B.4, label "IDENTITY"), or a one-time key (C.6.1). False: no randomness, or no such key. */
bool seed_wrap_rsa(const struct public_key *ek, credential_random *random, void *context, uint8_t *seed,
                   struct credential *credential);
bool seed_wrap_ecc(const struct public_key *ek, credential_random *random, void *context, uint8_t *seed,
                   struct credential *credential);

#endif
