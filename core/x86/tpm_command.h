/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a TPM command together in struct tpm's buffer and taking its response apart (TPM 2.0 Library 1.59, part 1, 18). For
 * core/x86/tpm*.c only. Both are bounded and sticky: one look at the end tells whether everything fitted. */
#ifndef CORE_X86_TPM_COMMAND_H
#define CORE_X86_TPM_COMMAND_H

#include "core/lib/cursor.h"
#include "core/x86/tpm.h"

/* Tags, handles and codes by their names in part 2, 6. */
#define TPM_ST_NO_SESSIONS 0x8001u
#define TPM_ST_SESSIONS 0x8002u
#define TPM_RS_PW 0x40000009u
#define TPM_RH_NULL 0x40000007u
#define TPM_RH_PLATFORM 0x4000000cu
#define TPM_ALG_NULL 0x0010u

struct tpm_command {
    struct tpm *tpm;
    uint32_t used; /* beyond TPM_BUFFER_SIZE: it did not fit, and is not sent */
};

struct tpm_command tpm_command_begin(struct tpm *tpm, uint32_t tag, uint32_t code);
void tpm_put(struct tpm_command *command, uint32_t value, uint32_t size); /* 1, 2 or 4 bytes, big-endian */
void tpm_put_bytes(struct tpm_command *command, const void *bytes, uint32_t size);

/* The authorization area with one session and nothing secret: TPM_RS_PW with an empty password, or a policy session. */
void tpm_put_session(struct tpm_command *command, uint32_t session, uint8_t attributes);

/* ... with a secret of the handle's. */
void tpm_put_password(struct tpm_command *command, const struct tpm_secret *secret);

/* Sends it. `*answer` stands behind the response's header, before handles and, with sessions, the size of the parameters. It
 * reads from the command's buffer. TPM_REFUSED, and tpm->code, when the response code is not TPM_RC_SUCCESS. A TPM that asks to
 * be asked again is, for at most as long as it may take for a command, tis.command_ms. */
enum tpm_result tpm_command_run(struct tpm_command *command, struct cursor *answer);

/* Big-endian reads of the response. */
uint16_t tpm_get16(struct cursor *answer);
uint32_t tpm_get32(struct cursor *answer);

#endif
