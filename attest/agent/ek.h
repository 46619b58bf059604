/* SPDX-License-Identifier: Apache-2.0 */
/* The endorsement key: who this TPM is, as its maker vouches (TCG EK Credential Profile 2.5, annex B). */
#ifndef ATTEST_AGENT_EK_H
#define ATTEST_AGENT_EK_H

#include "attest/agent/certificates.h"
#include "attest/agent/tpm.h"

struct ek {
    ESYS_TR handle; /* loaded; ESYS_TR_NONE: not */
    TPM2B_PUBLIC public;
    struct certificates certificates; /* none when the maker left none */
};

/* Loads the best endorsement key that has a certificate: P-384, then P-256, then RSA 2048. Where none has, the best that
 * the TPM can make, for a verifier that knows it by its public part. ek_unload() afterwards. */
bool ek_load(struct tpm *tpm, struct ek *ek, struct report *report);
void ek_unload(struct tpm *tpm, struct ek *ek);

/* Opens the credential (TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET as bytes) that only this TPM with this attestation key
 * can open; `secret` is what was inside. */
bool ek_activate(struct tpm *tpm, const struct ek *ek, ESYS_TR attestation_key, const TPM2B_ID_OBJECT *credential,
                 const TPM2B_ENCRYPTED_SECRET *encrypted, TPM2B_DIGEST *secret, struct report *report);

#endif
