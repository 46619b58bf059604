/* SPDX-License-Identifier: Apache-2.0 */
/* Templates L-1, L-2 and H-3 (TCG EK Credential Profile 2.5, B.3.3, B.3.4, B.4.4). */
#include "attest/agent/ek_template.h"

#include <string.h>

/* Low-range keys are used under PolicyA alone (B.3), high-range keys under PolicyB or their empty authorisation (B.4). */
#define LOW_ATTRIBUTES \
    (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY | \
     TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define HIGH_ATTRIBUTES (LOW_ATTRIBUTES | TPMA_OBJECT_USERWITHAUTH)

/* PolicyA: TPM2_PolicySecret(TPM_RH_ENDORSEMENT), SHA-256 (B.6.2). */
static const TPM2B_DIGEST policy_a = {
    32, {0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
         0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa}};
/* PolicyB: PolicyA or an authorisation kept in NV, SHA-384 (B.6.3). */
static const TPM2B_DIGEST policy_b = {
    48, {0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, 0xbc, 0xf5, 0xfd, 0x3a, 0x1a,
         0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, 0xb4, 0xe4, 0xcb, 0x1c, 0x0a, 0xd9, 0xbd, 0xe4, 0x19, 0xca,
         0xcb, 0x47, 0xba, 0x09, 0x69, 0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00, 0xf3, 0xf8, 0x0e, 0x12}};

static void fill_ecc(TPMT_PUBLIC *public, TPM2_ECC_CURVE curve, TPM2_KEY_BITS symmetric_bits, uint16_t unique)
{
    public->type = TPM2_ALG_ECC;
    public->parameters.eccDetail = (TPMS_ECC_PARMS){
        .symmetric = {.algorithm = TPM2_ALG_AES, .keyBits.aes = symmetric_bits, .mode.aes = TPM2_ALG_CFB},
        .scheme.scheme = TPM2_ALG_NULL,
        .curveID = curve,
        .kdf.scheme = TPM2_ALG_NULL,
    };
    public->unique.ecc.x.size = unique;
    public->unique.ecc.y.size = unique;
}

static void fill_rsa(TPMT_PUBLIC *public)
{
    public->type = TPM2_ALG_RSA;
    public->parameters.rsaDetail = (TPMS_RSA_PARMS){
        .symmetric = {.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB},
        .scheme.scheme = TPM2_ALG_NULL,
        .keyBits = 2048,
    };
    public->unique.rsa.size = 256;
}

void ek_template(enum ek_kind kind, unsigned variant, struct ek_template *template)
{
    static const char *const names[EK_KINDS] = {"P-384", "P-256", "RSA 2048"};
    static const uint32_t indices[EK_KINDS] = {0x01c00016, 0x01c0000a, 0x01c00002};
    memset(template, 0, sizeof *template);
    template->name = names[kind];
    template->certificate_index = indices[kind];
    TPMT_PUBLIC *public = &template->public.publicArea;
    public->nameAlg = kind == EK_P384 ? TPM2_ALG_SHA384 : TPM2_ALG_SHA256;
    public->objectAttributes = kind == EK_P384 ? HIGH_ATTRIBUTES : LOW_ATTRIBUTES;
    public->authPolicy = kind == EK_P384 ? policy_b : policy_a;
    if (kind == EK_P384)
        fill_ecc(public, TPM2_ECC_NIST_P384, 256, variant == 0 ? 0 : 48);
    else if (kind == EK_P256)
        fill_ecc(public, TPM2_ECC_NIST_P256, 128, variant == 0 ? 32 : 0);
    else
        fill_rsa(public);
}
