/* SPDX-License-Identifier: Apache-2.0 */
/* Reads NV indices, in pieces as large as every TPM gives them. */
#include "attest/agent/nv.h"

#include "attest/agent/journal.h"

#include <stdio.h>
#include <string.h>

#define NV_PIECE 512u /* the least TPM2_PT_NV_BUFFER_MAX of the PC Client profile (PTP 1.05, 4.5) */

static const struct rule rule_size = {
    "AGENT-812", "an NV index of the TPM is larger than anything that belongs there", "at most 16 KiB",
    "find out who wrote it"};

/* Who may read: those who know the index's own (empty) authorisation, or the owner. */
static bool read_piece(struct tpm *tpm, ESYS_TR index, TPMA_NV attributes, size_t offset, size_t size, uint8_t *to,
                       struct report *report)
{
    TPM2B_MAX_NV_BUFFER *piece = NULL;
    ESYS_TR reader = (attributes & TPMA_NV_AUTHREAD) != 0 ? index : ESYS_TR_RH_OWNER;
    TSS2_RC rc = Esys_NV_Read(tpm->esys, reader, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, (uint16_t)size,
                              (uint16_t)offset, &piece);
    if (!tpm_succeeded(rc, "TPM2_NV_Read", report))
        return false;
    bool good = piece->size == size;
    if (good)
        memcpy(to, piece->buffer, size);
    Esys_Free(piece);
    return good || tpm_succeeded(TSS2_BASE_RC_MALFORMED_RESPONSE, "TPM2_NV_Read", report);
}

static enum nv_result read_all(struct tpm *tpm, ESYS_TR index, uint32_t number, uint8_t *bytes, size_t *size,
                               struct report *report)
{
    TPM2B_NV_PUBLIC *public = NULL;
    char where[16];
    TSS2_RC rc = Esys_NV_ReadPublic(tpm->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public, NULL);
    if (!tpm_succeeded(rc, "TPM2_NV_ReadPublic", report))
        return NV_FAILED;
    size_t whole = public->nvPublic.dataSize;
    TPMA_NV attributes = public->nvPublic.attributes;
    Esys_Free(public);
    snprintf(where, sizeof where, "0x%08x", number);
    if ((attributes & TPMA_NV_WRITTEN) == 0) { /* reading would give TPM_RC_NV_UNINITIALIZED */
        journal_say(JOURNAL_WARNING, "the TPM's NV index %s was defined and never written; passed over", where);
        return NV_ABSENT;
    }
    if (!report_unless(whole <= NV_READ_MAX, report, &rule_size, where, "%zu bytes", whole))
        return NV_FAILED;
    for (size_t at = 0; at < whole; at += NV_PIECE) {
        size_t piece = whole - at < NV_PIECE ? whole - at : NV_PIECE;
        if (!read_piece(tpm, index, attributes, at, piece, bytes + at, report))
            return NV_FAILED;
    }
    *size = whole;
    return NV_READ;
}

enum nv_result nv_read(struct tpm *tpm, uint32_t index, uint8_t bytes[NV_READ_MAX], size_t *size, struct report *report)
{
    TPML_HANDLE found;
    ESYS_TR handle = ESYS_TR_NONE;
    *size = 0;
    if (!tpm_handles(tpm, index, index + 1, &found, report))
        return NV_FAILED;
    if (found.count == 0)
        return NV_ABSENT;
    TSS2_RC rc =
        Esys_TR_FromTPMPublic(tpm->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &handle);
    if (!tpm_succeeded(rc, "TPM2_NV_ReadPublic", report))
        return NV_FAILED;
    enum nv_result result = read_all(tpm, handle, index, bytes, size, report);
    (void)Esys_TR_Close(tpm->esys, &handle); /* our record of it; the index stays */
    return result;
}
