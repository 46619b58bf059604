/* SPDX-License-Identifier: Apache-2.0 */
/* Makes and loads the attestation key. */
#include "attest/agent/ak.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <tss2/tss2_mu.h>

static const struct rule rule_foreign = {
    "AGENT-814", "the attestation key in the state folder is not this TPM's", "the key that was made with this TPM",
    "if the TPM was replaced: have the operator retire the host, empty the state folder, enrol again"};
static const struct rule rule_random = {
    "AGENT-807", "the kernel gives no random numbers", "getrandom(2) that works", "find out what is wrong with this kernel"};

/* noDA: the key's empty authorisation is no guess, and a TPM in lockout must go on quoting. */
#define AK_ATTRIBUTES \
    (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | \
     TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT)

/* A primary key is a function of the hierarchy's seed and of the whole template, the salt in its unique field included (TPM
 * 2.0 Library part 1, 27.2.1). */
static TPM2B_PUBLIC make_template(bool p384, const uint8_t salt[AK_SALT_SIZE])
{
    TPMI_ALG_HASH hash = p384 ? TPM2_ALG_SHA384 : TPM2_ALG_SHA256;
    TPM2B_PUBLIC template = {.publicArea = {
        .type = TPM2_ALG_ECC,
        .nameAlg = hash,
        .objectAttributes = AK_ATTRIBUTES,
        .parameters.eccDetail = {
            .symmetric.algorithm = TPM2_ALG_NULL,
            .scheme = {.scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = hash},
            .curveID = p384 ? TPM2_ECC_NIST_P384 : TPM2_ECC_NIST_P256,
            .kdf.scheme = TPM2_ALG_NULL,
        },
        .unique.ecc.x.size = AK_SALT_SIZE,
    }};
    memcpy(template.publicArea.unique.ecc.x.buffer, salt, AK_SALT_SIZE);
    return template;
}

static bool make_primary(struct tpm *tpm, const TPM2B_PUBLIC *template, ESYS_TR *handle, TPM2B_PUBLIC *made,
                         struct report *report)
{
    static const TPM2B_SENSITIVE_CREATE no_secret;
    static const TPM2B_DATA no_data;
    static const TPML_PCR_SELECTION no_pcrs;
    TPM2B_PUBLIC *public = NULL;
    TSS2_RC rc = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                    &no_secret, template, &no_data, &no_pcrs, handle, &public, NULL, NULL, NULL);
    if (!tpm_succeeded(rc, "TPM2_CreatePrimary of the attestation key", report)) {
        *handle = ESYS_TR_NONE;
        return false;
    }
    *made = *public;
    Esys_Free(public);
    return true;
}

bool ak_create(struct tpm *tpm, enum settings_ak kind, struct ak *ak, ESYS_TR *handle, struct report *report)
{
    bool random = getrandom(ak->salt, sizeof ak->salt, 0) == sizeof ak->salt;
    if (!report_unless(random, report, &rule_random, "getrandom", "%s", strerror(errno)))
        return false;
    TPM2B_PUBLIC template = make_template(kind == SETTINGS_AK_P384, ak->salt);
    return make_primary(tpm, &template, handle, &ak->public, report);
}

/* The same point; all else is in the template. */
static bool same_key(const TPM2B_PUBLIC *a, const TPM2B_PUBLIC *b)
{
    const TPMS_ECC_POINT *p = &a->publicArea.unique.ecc, *q = &b->publicArea.unique.ecc;
    return p->x.size == q->x.size && p->y.size == q->y.size && memcmp(p->x.buffer, q->x.buffer, p->x.size) == 0 &&
           memcmp(p->y.buffer, q->y.buffer, p->y.size) == 0;
}

bool ak_load(struct tpm *tpm, const struct ak *ak, ESYS_TR *handle, struct report *report)
{
    bool p384 = ak->public.publicArea.parameters.eccDetail.curveID == TPM2_ECC_NIST_P384;
    TPM2B_PUBLIC template = make_template(p384, ak->salt), made;
    if (!make_primary(tpm, &template, handle, &made, report))
        return false;
    if (same_key(&made, &ak->public))
        return true;
    report_add(report, &rule_foreign, "TPM2_CreatePrimary", "another key");
    tpm_flush(tpm, handle);
    return false;
}

size_t ak_marshal(const struct ak *ak, uint8_t bytes[AK_BYTES_MAX])
{
    size_t used = AK_SALT_SIZE;
    memcpy(bytes, ak->salt, AK_SALT_SIZE);
    return Tss2_MU_TPM2B_PUBLIC_Marshal(&ak->public, bytes, AK_BYTES_MAX, &used) == TSS2_RC_SUCCESS ? used : 0;
}

bool ak_unmarshal(const uint8_t *bytes, size_t size, struct ak *ak)
{
    size_t at = AK_SALT_SIZE;
    *ak = (struct ak){0};
    if (size < AK_SALT_SIZE)
        return false;
    memcpy(ak->salt, bytes, AK_SALT_SIZE);
    return Tss2_MU_TPM2B_PUBLIC_Unmarshal(bytes, size, &at, &ak->public) == TSS2_RC_SUCCESS && at == size &&
           ak->public.publicArea.type == TPM2_ALG_ECC;
}
