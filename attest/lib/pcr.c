/* SPDX-License-Identifier: Apache-2.0 */
/* Registers in software. */
#include "attest/lib/pcr.h"

#include <string.h>

void pcr_init(struct pcr_banks *banks)
{
    memset(banks, 0, sizeof *banks);
    for (uint32_t pcr = 17; pcr <= 22; pcr++) {
        memset(banks->sha256[pcr], 0xff, HASH_SHA256_SIZE);
        memset(banks->sha384[pcr], 0xff, HASH_SHA384_SIZE);
    }
}

void pcr_reset(struct pcr_banks *banks, uint32_t pcr)
{
    memset(banks->sha256[pcr], 0, HASH_SHA256_SIZE);
    memset(banks->sha384[pcr], 0, HASH_SHA384_SIZE);
}

static void extend(uint16_t algorithm, uint8_t *value, const uint8_t *digest)
{
    uint8_t both[2 * HASH_MAX_SIZE];
    uint32_t size = hash_size(algorithm);
    memcpy(both, value, size);
    memcpy(both + size, digest, size);
    hash_bytes(algorithm, both, 2 * size, value);
}

void pcr_extend(struct pcr_banks *banks, uint32_t pcr, const struct pcr_digests *digests)
{
    extend(TPM_ALG_SHA256, banks->sha256[pcr], digests->sha256);
    extend(TPM_ALG_SHA384, banks->sha384[pcr], digests->sha384);
}

void pcr_hash(const void *data, size_t size, struct pcr_digests *digests)
{
    hash_bytes(TPM_ALG_SHA256, data, size, digests->sha256);
    hash_bytes(TPM_ALG_SHA384, data, size, digests->sha384);
}

void pcr_event(struct pcr_banks *banks, uint32_t pcr, const void *data, size_t size, struct pcr_digests *digests)
{
    struct pcr_digests own;
    struct pcr_digests *hashes = digests != NULL ? digests : &own;
    pcr_hash(data, size, hashes);
    pcr_extend(banks, pcr, hashes);
}

uint32_t pcr_composite(const struct pcr_banks *banks, const struct pcr_selection *selection, uint16_t algorithm,
                       uint8_t *digest)
{
    struct hash_state state;
    hash_start(&state, algorithm);
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++)
        if (selection->sha256 >> pcr & 1)
            hash_update(&state, banks->sha256[pcr], HASH_SHA256_SIZE);
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++)
        if (selection->sha384 >> pcr & 1)
            hash_update(&state, banks->sha384[pcr], HASH_SHA384_SIZE);
    return hash_finish(&state, digest);
}
