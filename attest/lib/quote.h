/* SPDX-License-Identifier: Apache-2.0 */
/* What TPM2_Quote returns: TPMS_ATTEST (TPM 2.0 Library part 2, 10.12.8) and TPMT_SIGNATURE (11.3.4). */
#ifndef ATTEST_LIB_QUOTE_H
#define ATTEST_LIB_QUOTE_H

#include "attest/lib/pcr.h"
#include "attest/lib/public.h"
#include "core/lib/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUOTE_ATTEST_MAX 512u    /* the longest quote over two banks is 199 bytes */
#define QUOTE_SIGNATURE_MAX 128u /* ECDSA P-384: 104 bytes */
#define QUOTE_EXTRA_MAX 64u

struct quote {
    struct public_name signer; /* qualified name of the signing key */
    uint16_t extra_size;
    uint8_t extra[QUOTE_EXTRA_MAX];
    uint64_t clock; /* ms */
    uint32_t reset_count, restart_count; /* obfuscated for keys of the owner hierarchy: differences hold, values do not */
    bool safe;                           /* no earlier quote told a later clock */
    uint64_t firmware;
    struct pcr_selection selection;
    uint16_t digest_size;
    uint8_t digest[HASH_MAX_SIZE];
};

/* True when `signature` (TPMT_SIGNATURE, ECDSA with the key's own hash, nothing left over) over `attest` is the key's. */
bool quote_verify(const struct public_key *key, const uint8_t *attest, size_t attest_size, const uint8_t *signature,
                  size_t signature_size, struct report *report);

/* Reads the structure: magic TPM_GENERATED_VALUE, type TPM_ST_ATTEST_QUOTE, banks SHA-256 then SHA-384, each once, nothing
 * left over. False with a finding. */
bool quote_read(const uint8_t *attest, size_t size, struct quote *quote, struct report *report);

/* The extraData that binds a quote (docs/attestation.md, Protocol). `host` and `boot` are 32 hex digits; `channel` is the
 * SHA-256 of the agent's certificate, or of its request, in DER. */
void quote_binding(const uint8_t nonce[32], const char *host, const char *boot, const uint8_t channel[32],
                   uint8_t extra[HASH_SHA256_SIZE]);

#endif
