/* SPDX-License-Identifier: Apache-2.0 */
/* The attestation key: a restricted signing key that never leaves this TPM. It is a primary key of the endorsement hierarchy,
 * so that it outlives TPM2_Clear: a cleared TPM still quotes, and its clock tells the verifier what happened (a key below a
 * primary key would be lost). Nothing of it is secret outside the TPM: what is kept is the salt it was made from. */
#ifndef ATTEST_AGENT_AK_H
#define ATTEST_AGENT_AK_H

#include "attest/agent/settings.h"
#include "attest/agent/tpm.h"

#define AK_SALT_SIZE 32u

/* What is kept: from the salt the TPM makes the same key again; the public part tells whether it is the same TPM. */
struct ak {
    uint8_t salt[AK_SALT_SIZE];
    TPM2B_PUBLIC public;
};

/* Makes a new key and leaves it loaded; tpm_flush() the handle afterwards, here as below. */
bool ak_create(struct tpm *tpm, enum settings_ak kind, struct ak *ak, ESYS_TR *handle, struct report *report);

/* Loads it again. False with a finding, too, when this TPM makes another key from the salt. */
bool ak_load(struct tpm *tpm, const struct ak *ak, ESYS_TR *handle, struct report *report);

#define AK_BYTES_MAX (sizeof(struct ak))
size_t ak_marshal(const struct ak *ak, uint8_t bytes[AK_BYTES_MAX]);

/* False when the bytes are not exactly one key. */
bool ak_unmarshal(const uint8_t *bytes, size_t size, struct ak *ak);

#endif
