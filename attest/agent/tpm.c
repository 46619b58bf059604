/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and closes the TPM. */
#include "attest/agent/tpm.h"

#include <stdlib.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

static const struct rule rule_open = {
    "AGENT-810", "the TPM cannot be reached", "a TPM 2.0 at the setting tcti, and the right to open it",
    "look for /dev/tpmrm0; the partition needs role = \"attest\", and its kernel the driver tpm_tis"};
static const struct rule rule_command = {
    "AGENT-811", "a TPM command failed", "success",
    "busy and interrupted TPMs are asked again by themselves; otherwise the text names what the TPM refused"};

/* A connection that ended in the middle of a command may have left objects of ours in a TPM without resource manager. With
 * one (/dev/tpmrm0) a new connection sees no objects; without one it has the TPM to itself: what is there is ours. */
static void flush_leftovers(struct tpm *tpm)
{
    struct report ignored;
    TPML_HANDLE handles;
    report_init(&ignored);
    if (!tpm_handles(tpm, TPM_TRANSIENT, TPM_TRANSIENT + TPM_HANDLES_OF_A_KIND, &handles, &ignored))
        return;
    for (uint32_t i = 0; i < handles.count; i++) {
        ESYS_TR object = ESYS_TR_NONE;
        if (Esys_TR_FromTPMPublic(tpm->esys, handles.handle[i], ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &object) ==
            TSS2_RC_SUCCESS)
            tpm_flush(tpm, &object);
    }
}

bool tpm_open(struct tpm *tpm, const char *tcti, struct report *report)
{
    *tpm = (struct tpm){0};
    (void)setenv("TSS2_LOG", "all+none", 0); /* findings say it once, and in our words */
    TSS2_RC rc = Tss2_TctiLdr_Initialize(tcti, &tpm->tcti);
    if (rc == TSS2_RC_SUCCESS)
        rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
    if (rc == TSS2_RC_SUCCESS) {
        flush_leftovers(tpm);
        return true;
    }
    report_add(report, &rule_open, tcti, "%s", Tss2_RC_Decode(rc));
    tpm_close(tpm);
    return false;
}

void tpm_close(struct tpm *tpm)
{
    Esys_Finalize(&tpm->esys);
    Tss2_TctiLdr_Finalize(&tpm->tcti);
}

bool tpm_succeeded(TSS2_RC rc, const char *command, struct report *report)
{
    return report_unless(rc == TSS2_RC_SUCCESS, report, &rule_command, command, "0x%x, %s", rc,
                         rc == TSS2_RC_SUCCESS ? "" : Tss2_RC_Decode(rc));
}

void tpm_flush(struct tpm *tpm, ESYS_TR *handle)
{
    if (*handle != ESYS_TR_NONE && tpm->esys != NULL)
        (void)Esys_FlushContext(tpm->esys, *handle); /* it may be gone already: after a reset of the TPM */
    *handle = ESYS_TR_NONE;
}

bool tpm_handles(struct tpm *tpm, uint32_t first, uint32_t end, TPML_HANDLE *handles, struct report *report)
{
    TPMI_YES_NO more;
    TPMS_CAPABILITY_DATA *data = NULL;
    TSS2_RC rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, first,
                                    TPM2_MAX_CAP_HANDLES, &more, &data);
    if (!tpm_succeeded(rc, "TPM2_GetCapability", report))
        return false;
    handles->count = 0;
    for (uint32_t i = 0; i < data->data.handles.count && data->data.handles.handle[i] < end; i++)
        handles->handle[handles->count++] = data->data.handles.handle[i];
    Esys_Free(data);
    return true;
}
