/* SPDX-License-Identifier: Apache-2.0 */
/* TPM2_Quote and TPM2_PCR_Read. */
#include "attest/agent/quote.h"

#include <string.h>
#include <tss2/tss2_mu.h>

static const struct rule rule_bank = {
    "AGENT-817", "the TPM does not give a register", "the banks SHA-256 and SHA-384, both switched on",
    "switch both banks on in the firmware's settings"};

/* One bank of a selection, three octets (TPM 2.0 Library part 2, 10.6.2). */
static TPMS_PCR_SELECTION select_bank(TPMI_ALG_HASH bank, uint32_t registers)
{
    return (TPMS_PCR_SELECTION){
        .hash = bank,
        .sizeofSelect = 3,
        .pcrSelect = {(uint8_t)registers, (uint8_t)(registers >> 8), (uint8_t)(registers >> 16)},
    };
}

/* The answer is copied only when it fits: what does not is no quote that anyone would take. */
static bool keep(const TPM2B_ATTEST *attest, const TPMT_SIGNATURE *signature, struct quote_bytes *quote)
{
    size_t used = 0;
    if (attest->size > sizeof quote->attest)
        return false;
    memcpy(quote->attest, attest->attestationData, attest->size);
    quote->attest_size = attest->size;
    if (Tss2_MU_TPMT_SIGNATURE_Marshal(signature, quote->signature, sizeof quote->signature, &used) != TSS2_RC_SUCCESS)
        return false;
    quote->signature_size = (uint16_t)used;
    return true;
}

bool quote_make(struct tpm *tpm, ESYS_TR key, const struct pcr_selection *selection, const uint8_t extra[HASH_SHA256_SIZE],
                struct quote_bytes *quote, struct report *report)
{
    static const TPMT_SIG_SCHEME keys_own = {.scheme = TPM2_ALG_NULL};
    TPM2B_DATA data = {.size = HASH_SHA256_SIZE};
    TPML_PCR_SELECTION both = {2, {select_bank(TPM2_ALG_SHA256, selection->sha256),
                                   select_bank(TPM2_ALG_SHA384, selection->sha384)}};
    TPM2B_ATTEST *attest = NULL;
    TPMT_SIGNATURE *signature = NULL;
    memcpy(data.buffer, extra, HASH_SHA256_SIZE);
    TSS2_RC rc = Esys_Quote(tpm->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &data, &keys_own, &both, &attest,
                            &signature);
    if (!tpm_succeeded(rc, "TPM2_Quote", report))
        return false;
    bool good = keep(attest, signature, quote) || tpm_succeeded(TSS2_BASE_RC_MALFORMED_RESPONSE, "TPM2_Quote", report);
    Esys_Free(attest);
    Esys_Free(signature);
    return good;
}

static uint8_t *value_of(struct pcr_banks *values, TPMI_ALG_HASH bank, uint32_t pcr)
{
    return bank == TPM2_ALG_SHA256 ? values->sha256[pcr] : values->sha384[pcr];
}

/* Files the digests of one answer; *left loses the registers that it brought. False when the answer makes no sense. */
static bool take_values(const TPMS_PCR_SELECTION *given, const TPML_DIGEST *digests, TPMI_ALG_HASH bank, uint32_t *left,
                        struct pcr_banks *values)
{
    uint32_t next = 0;
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++) {
        if (pcr / 8 >= given->sizeofSelect || (given->pcrSelect[pcr / 8] >> pcr % 8 & 1) == 0)
            continue;
        if (next >= digests->count || digests->digests[next].size != hash_size(bank))
            return false;
        memcpy(value_of(values, bank, pcr), digests->digests[next++].buffer, hash_size(bank));
        *left &= ~(1u << pcr);
    }
    return next > 0;
}

static bool read_bank(struct tpm *tpm, TPMI_ALG_HASH bank, uint32_t registers, struct pcr_banks *values,
                      struct report *report)
{
    while (registers != 0) {
        TPML_PCR_SELECTION wanted = {1, {select_bank(bank, registers)}};
        TPML_PCR_SELECTION *given = NULL;
        TPML_DIGEST *digests = NULL;
        TSS2_RC rc = Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wanted, NULL, &given, &digests);
        if (!tpm_succeeded(rc, "TPM2_PCR_Read", report))
            return false;
        bool good = given->count == 1 && given->pcrSelections[0].hash == bank &&
                    take_values(&given->pcrSelections[0], digests, bank, &registers, values);
        Esys_Free(given);
        Esys_Free(digests);
        if (!report_unless(good, report, &rule_bank, "TPM2_PCR_Read", "registers 0x%06x of bank 0x%x missing", registers,
                           bank))
            return false;
    }
    return true;
}

bool pcr_read(struct tpm *tpm, const struct pcr_selection *selection, struct pcr_banks *values, struct report *report)
{
    return read_bank(tpm, TPM2_ALG_SHA256, selection->sha256, values, report) &&
           read_bank(tpm, TPM2_ALG_SHA384, selection->sha384, values, report);
}
