/* SPDX-License-Identifier: Apache-2.0 */
/* A TPM's platform configuration registers in software, SHA-256 and SHA-384 banks: for prediction and for replay of the log. */
#ifndef ATTEST_LIB_PCR_H
#define ATTEST_LIB_PCR_H

#include "attest/lib/hash.h"

#include <stdbool.h>
#include <stdint.h>

#define PCR_COUNT 24u

/* Both banks, as after power-on or some events later. */
struct pcr_banks {
    uint8_t sha256[PCR_COUNT][HASH_SHA256_SIZE];
    uint8_t sha384[PCR_COUNT][HASH_SHA384_SIZE];
};

/* One register's value, or one event's digest, in both banks. */
struct pcr_digests {
    uint8_t sha256[HASH_SHA256_SIZE];
    uint8_t sha384[HASH_SHA384_SIZE];
};

/* Which registers of each bank; bit n is register n. */
struct pcr_selection {
    uint32_t sha256;
    uint32_t sha384;
};

/* After Startup(CLEAR): zero, but all-ones in 17 to 22 (PC Client Platform TPM Profile 1.05, 4.6: PCR attributes). */
void pcr_init(struct pcr_banks *banks);

/* TPM2_PCR_Reset: zero. Registers 21 and 22 are reset like that at locality 2 before their first event. */
void pcr_reset(struct pcr_banks *banks, uint32_t pcr);

/* TPM2_PCR_Extend of both banks: new = H(old || digest). */
void pcr_extend(struct pcr_banks *banks, uint32_t pcr, const struct pcr_digests *digests);

/* TPM2_PCR_Event: extends with the hash of `data`. The digests, too, when the pointer is not NULL. */
void pcr_event(struct pcr_banks *banks, uint32_t pcr, const void *data, size_t size, struct pcr_digests *digests);

/* The hash of `data` in both banks. */
void pcr_hash(const void *data, size_t size, struct pcr_digests *digests);

/* The pcrDigest of TPM2_Quote over `selection` when it names the SHA-256 bank first, then SHA-384, and the signing scheme's
 * hash is `algorithm` (TPM 2.0 Library part 3, 18.4): H over the selected values in that order. Returns the digest's size. */
uint32_t pcr_composite(const struct pcr_banks *banks, const struct pcr_selection *selection, uint16_t algorithm,
                       uint8_t *digest);

#endif
