/* SPDX-License-Identifier: Apache-2.0 */
/* Quotes and the registers they are about. */
#ifndef ATTEST_AGENT_QUOTE_H
#define ATTEST_AGENT_QUOTE_H

#include "attest/agent/tpm.h"
#include "attest/lib/pcr.h"
#include "attest/lib/quote.h"

/* One TPM2_Quote over both banks, as the TPM's own bytes. */
struct quote_bytes {
    uint16_t attest_size, signature_size;
    uint8_t attest[QUOTE_ATTEST_MAX];
    uint8_t signature[QUOTE_SIGNATURE_MAX];
};
bool quote_make(struct tpm *tpm, ESYS_TR key, const struct pcr_selection *selection, const uint8_t extra[HASH_SHA256_SIZE],
                struct quote_bytes *quote, struct report *report);

/* Reads the selected registers; TPMs give at most eight at a time, so one may change between two of them. */
bool pcr_read(struct tpm *tpm, const struct pcr_selection *selection, struct pcr_banks *values, struct report *report);

#endif
