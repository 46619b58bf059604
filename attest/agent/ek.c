/* SPDX-License-Identifier: Apache-2.0 */
/* Finds, makes and uses the endorsement key. */
#include "attest/agent/ek.h"

#include "attest/agent/ek_template.h"
#include "attest/agent/journal.h"
#include "attest/agent/nv.h"

#include <stdio.h>
#include <string.h>

/* Makers put the authorities between root and endorsement key here, split over as many indices as they need (TCG EK
 * Credential Profile 2.5, 2.2.1.5.2). */
#define CHAIN_FIRST 0x01c00100u
#define CHAIN_END 0x01c00200u
#define CHAIN_MAX ((size_t)32 << 10)

static const struct rule rule_no_ek = {
    "AGENT-813", "the TPM makes none of the endorsement keys that Bulkhead knows", "P-384, P-256 or RSA 2048",
    "see what 'bulkhead-agent status' and the lines before this one say"};

static bool create(struct tpm *tpm, const TPM2B_PUBLIC *template, struct ek *ek, struct report *report)
{
    static const TPM2B_SENSITIVE_CREATE no_secret;
    static const TPM2B_DATA no_data;
    static const TPML_PCR_SELECTION no_pcrs;
    TPM2B_PUBLIC *public = NULL;
    TSS2_RC rc = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                    &no_secret, template, &no_data, &no_pcrs, &ek->handle, &public, NULL, NULL, NULL);
    if (!tpm_succeeded(rc, "TPM2_CreatePrimary of an endorsement key", report)) {
        ek->handle = ESYS_TR_NONE;
        return false;
    }
    ek->public = *public;
    Esys_Free(public);
    return true;
}

void ek_unload(struct tpm *tpm, struct ek *ek)
{
    tpm_flush(tpm, &ek->handle);
}

enum certified { CERTIFIED_LOADED, CERTIFIED_ABSENT, CERTIFIED_FAILED };

/* The key that its certificate is for: the template leaves makers a choice. */
static enum certified load_matching(struct tpm *tpm, enum ek_kind kind, struct ek *ek, struct report *report)
{
    struct ek_template template;
    for (unsigned variant = 0; variant < EK_VARIANTS; variant++) {
        ek_template(kind, variant, &template);
        if (!create(tpm, &template.public, ek, report))
            return CERTIFIED_FAILED;
        if (certificate_matches(&ek->certificates.list[0], &ek->public.publicArea) != CERTIFICATE_DIFFERS)
            return CERTIFIED_LOADED;
        ek_unload(tpm, ek);
    }
    journal_say(JOURNAL_WARNING, "the %s endorsement certificate is for another key than the TPM makes; passed over",
                template.name);
    return CERTIFIED_ABSENT;
}

/* A certificate that is there and cannot be read is a failure: a busy TPM must not change who this host is. */
static enum certified load_certified(struct tpm *tpm, enum ek_kind kind, struct ek *ek, struct report *report)
{
    uint8_t bytes[NV_READ_MAX];
    size_t size;
    struct ek_template template;
    ek_template(kind, 0, &template);
    ek->certificates.count = 0;
    enum nv_result read = nv_read(tpm, template.certificate_index, bytes, &size, report);
    if (read != NV_READ)
        return read == NV_ABSENT ? CERTIFIED_ABSENT : CERTIFIED_FAILED;
    bool all = certificates_add(&ek->certificates, bytes, size);
    if (!all || ek->certificates.count == 0) {
        journal_say(JOURNAL_WARNING,
                    "what stands at 0x%08x, where the %s endorsement certificate should be, is %s; passed over",
                    template.certificate_index, template.name, all ? "none" : "more or longer than is sent along");
        return CERTIFIED_ABSENT;
    }
    return load_matching(tpm, kind, ek, report);
}

/* The authorities' certificates are one stream of bytes over all indices. */
static bool add_chain(struct tpm *tpm, struct ek *ek, struct report *report)
{
    static uint8_t chain[CHAIN_MAX];
    TPML_HANDLE indices;
    size_t used = 0;
    uint32_t i = 0;
    if (!tpm_handles(tpm, CHAIN_FIRST, CHAIN_END, &indices, report))
        return false;
    for (; i < indices.count && used + NV_READ_MAX <= CHAIN_MAX; i++) {
        size_t size;
        if (nv_read(tpm, indices.handle[i], chain + used, &size, report) == NV_FAILED)
            return false;
        used += size;
    }
    if (!certificates_add(&ek->certificates, chain, used) || i < indices.count)
        journal_say(JOURNAL_WARNING, "the TPM holds more or longer certificates than are sent along");
    return true;
}

/* No certificate fits: the best key that the TPM can make. */
static bool load_uncertified(struct tpm *tpm, struct ek *ek, struct report *report)
{
    struct report unsupported; /* curves that this TPM does not have */
    report_init(&unsupported);
    ek->certificates.count = 0;
    for (enum ek_kind kind = 0; kind < EK_KINDS; kind++) {
        struct ek_template template;
        ek_template(kind, 0, &template);
        if (create(tpm, &template.public, ek, &unsupported)) {
            journal_say(JOURNAL_NOTICE, "no endorsement certificate fits: the verifier must know the %s key itself",
                        template.name);
            return true;
        }
    }
    journal_report(JOURNAL_WARNING, &unsupported);
    report_add(report, &rule_no_ek, "TPM2_CreatePrimary", "none");
    return false;
}

bool ek_load(struct tpm *tpm, struct ek *ek, struct report *report)
{
    ek->handle = ESYS_TR_NONE;
    for (enum ek_kind kind = 0; kind < EK_KINDS; kind++) {
        enum certified found = load_certified(tpm, kind, ek, report);
        if (found == CERTIFIED_FAILED)
            return false;
        if (found == CERTIFIED_LOADED) {
            if (add_chain(tpm, ek, report))
                return true;
            ek_unload(tpm, ek);
            return false;
        }
    }
    return load_uncertified(tpm, ek, report);
}

/* A session in which the endorsement hierarchy's (empty) authorisation was shown: PolicyA. */
static bool start_policy(struct tpm *tpm, ESYS_TR *session, struct report *report)
{
    static const TPMT_SYM_DEF no_encryption = {.algorithm = TPM2_ALG_NULL};
    TSS2_RC rc = Esys_StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                       NULL, TPM2_SE_POLICY, &no_encryption, TPM2_ALG_SHA256, session);
    if (!tpm_succeeded(rc, "TPM2_StartAuthSession", report)) {
        *session = ESYS_TR_NONE;
        return false;
    }
    rc = Esys_PolicySecret(tpm->esys, ESYS_TR_RH_ENDORSEMENT, *session, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, NULL,
                           NULL, NULL, 0, NULL, NULL);
    return tpm_succeeded(rc, "TPM2_PolicySecret", report);
}

bool ek_activate(struct tpm *tpm, const struct ek *ek, ESYS_TR attestation_key, const TPM2B_ID_OBJECT *credential,
                 const TPM2B_ENCRYPTED_SECRET *encrypted, TPM2B_DIGEST *secret, struct report *report)
{
    ESYS_TR session = ESYS_TR_NONE;
    TPM2B_DIGEST *inside = NULL;
    bool by_policy = (ek->public.publicArea.objectAttributes & TPMA_OBJECT_USERWITHAUTH) == 0;
    bool good = !by_policy || start_policy(tpm, &session, report);
    if (good) {
        TSS2_RC rc = Esys_ActivateCredential(tpm->esys, attestation_key, ek->handle, ESYS_TR_PASSWORD,
                                             by_policy ? session : ESYS_TR_PASSWORD, ESYS_TR_NONE, credential, encrypted,
                                             &inside);
        good = tpm_succeeded(rc, "TPM2_ActivateCredential", report);
    }
    if (good) {
        *secret = *inside;
        Esys_Free(inside);
    }
    tpm_flush(tpm, &session);
    return good;
}
