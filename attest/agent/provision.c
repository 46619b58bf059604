/* SPDX-License-Identifier: Apache-2.0 */
/* Defines the indexes of rollback protection. */
#include "attest/agent/provision.h"

#include "core/lib/rollback_index.h"

#include <stdio.h>
#include <string.h>

static const struct rule rule_there = {
    "AGENT-850", "the TPM has this index already", "neither 0x01804248 nor 0x01804249",
    "leave it, if Bulkhead's; to begin anew remove both with tpm2_nvundefine, and have the host approved again"};

static bool is_free(struct tpm *tpm, uint32_t number, struct report *report)
{
    TPML_HANDLE found;
    char where[16];
    snprintf(where, sizeof where, "0x%08x", number);
    return tpm_handles(tpm, number, number + 1, &found, report) &&
           report_unless(found.count == 0, report, &rule_there, where, "an index");
}

static bool define(struct tpm *tpm, uint32_t number, uint32_t attributes, ESYS_TR *handle, struct report *report)
{
    static const uint8_t policy[ROLLBACK_POLICY_SIZE] = ROLLBACK_POLICY;
    const TPM2B_AUTH none = {0};
    TPM2B_NV_PUBLIC public = {.nvPublic = {.nvIndex = number, .nameAlg = TPM2_ALG_SHA256, .attributes = attributes,
                                           .authPolicy.size = sizeof policy, .dataSize = ROLLBACK_SIZE}};
    memcpy(public.nvPublic.authPolicy.buffer, policy, sizeof policy);
    return tpm_succeeded(Esys_NV_DefineSpace(tpm->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &none,
                                             &public, handle),
                         "TPM2_NV_DefineSpace", report);
}

static bool set_owner_password(struct tpm *tpm, const char *password, struct report *report)
{
    TPM2B_AUTH auth = {.size = (uint16_t)strnlen(password, PROVISION_PASSWORD_MAX)};
    memcpy(auth.buffer, password, auth.size);
    return tpm_succeeded(Esys_TR_SetAuth(tpm->esys, ESYS_TR_RH_OWNER, &auth), "the owner's password", report);
}

bool provision_rollback(struct tpm *tpm, const char *owner_password, struct report *report)
{
    ESYS_TR counter = ESYS_TR_NONE, base = ESYS_TR_NONE;
    if (!is_free(tpm, ROLLBACK_COUNTER, report) || !is_free(tpm, ROLLBACK_BASE, report) ||
        !set_owner_password(tpm, owner_password, report) ||
        !define(tpm, ROLLBACK_COUNTER, ROLLBACK_COUNTER_ATTRIBUTES, &counter, report))
        return false;
    bool good = define(tpm, ROLLBACK_BASE, ROLLBACK_BASE_ATTRIBUTES, &base, report);
    if (!good) {
        (void)Esys_NV_UndefineSpace(tpm->esys, ESYS_TR_RH_OWNER, counter, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE);
        return false;
    }
    (void)Esys_TR_Close(tpm->esys, &counter); /* our record of it; the index stays */
    (void)Esys_TR_Close(tpm->esys, &base);
    return true;
}
