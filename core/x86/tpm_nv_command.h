/* SPDX-License-Identifier: Apache-2.0 */
/* The frame that commands about one non-volatile index share. For core/x86/tpm_nv*.c only. */
#ifndef CORE_X86_TPM_NV_COMMAND_H
#define CORE_X86_TPM_NV_COMMAND_H

#include "core/x86/tpm_command.h"
#include "core/x86/tpm_nv.h"

/* A session for the authorization: TPM_RS_PW, or a policy session that has passed PolicyLocality(2). */
enum tpm_result tpm_nv_open_session(struct tpm *tpm, enum tpm_nv_auth auth, uint32_t *session);

/* The command up to its parameters: two handles, which are the index twice, and the session. */
struct tpm_command tpm_nv_begin(struct tpm *tpm, uint32_t code, uint32_t index, uint32_t session);

/* Runs it, and leaves no session behind. */
enum tpm_result tpm_nv_finish(struct tpm_command *command, uint32_t session, struct cursor *answer);

/* All of it, for a command without parameters and without an answer. */
enum tpm_result tpm_nv_run(struct tpm *tpm, uint32_t code, uint32_t index, enum tpm_nv_auth auth);

#endif
