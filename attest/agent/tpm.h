/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to the TPM. Its errors become findings; closing it leaves nothing of ours in the TPM. */
#ifndef ATTEST_AGENT_TPM_H
#define ATTEST_AGENT_TPM_H

#include "core/lib/report.h"

#include <stdbool.h>
#include <stdint.h>
#include <tss2/tss2_esys.h>

struct tpm {
    TSS2_TCTI_CONTEXT *tcti;
    ESYS_CONTEXT *esys; /* NULL: closed */
};

/* Opens the connection that `tcti` names ("device:/dev/tpmrm0", "swtpm:host=127.0.0.1,port=2321"). */
bool tpm_open(struct tpm *tpm, const char *tcti, struct report *report);
void tpm_close(struct tpm *tpm);

/* True when the command succeeded; else a finding that names it and says in words what the TPM answered. */
bool tpm_succeeded(TSS2_RC rc, const char *command, struct report *report);

/* Flushes a transient object or a session, and forgets it: *handle becomes ESYS_TR_NONE, which is also allowed before. */
void tpm_flush(struct tpm *tpm, ESYS_TR *handle);

/* First handles of their kinds (TPM 2.0 Library part 2, 7.4); a kind has 2^24 of them. The TPM stack's own macros shift into
 * the sign bit. */
#define TPM_TRANSIENT 0x80000000u
#define TPM_LOADED_SESSION 0x02000000u
#define TPM_SAVED_SESSION 0x03000000u
#define TPM_HANDLES_OF_A_KIND 0x01000000u

/* Lists handles from `first` on, below `end`. */
bool tpm_handles(struct tpm *tpm, uint32_t first, uint32_t end, TPML_HANDLE *handles, struct report *report);

#endif
