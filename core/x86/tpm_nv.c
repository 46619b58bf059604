/* SPDX-License-Identifier: Apache-2.0 */
/* How commands about non-volatile indexes are authorized, and counting, which the monitor does, too. */
#include "core/x86/tpm_nv_command.h"

#define TPM_CC_NV_INCREMENT 0x134u
#define TPM_CC_FLUSH_CONTEXT 0x165u
#define TPM_CC_POLICY_LOCALITY 0x16fu
#define TPM_CC_START_AUTH_SESSION 0x176u
#define TPM_SE_POLICY 1u
#define TPMA_LOCALITY_TWO 0x04u
#define NONCE_SIZE 16u /* the least (part 3, 11.1); a session without secrets needs no fresh one */

static enum tpm_result start_policy_session(struct tpm *tpm, uint32_t *session)
{
    static const uint8_t nonce[NONCE_SIZE];
    struct cursor answer;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_NO_SESSIONS, TPM_CC_START_AUTH_SESSION);
    tpm_put(&command, TPM_RH_NULL, 4); /* no salt */
    tpm_put(&command, TPM_RH_NULL, 4); /* bound to nothing */
    tpm_put(&command, NONCE_SIZE, 2);
    tpm_put_bytes(&command, nonce, NONCE_SIZE);
    tpm_put(&command, 0, 2);
    tpm_put(&command, TPM_SE_POLICY, 1);
    tpm_put(&command, TPM_ALG_NULL, 2);
    tpm_put(&command, TPM_ALG_SHA256, 2);
    enum tpm_result result = tpm_command_run(&command, &answer);
    *session = result == TPM_DONE ? tpm_get32(&answer) : 0;
    return result == TPM_DONE && answer.overrun ? TPM_GARBLED : result;
}

static void flush(struct tpm *tpm, uint32_t session)
{
    struct cursor answer;
    uint32_t code = tpm->code;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_NO_SESSIONS, TPM_CC_FLUSH_CONTEXT);
    tpm_put(&command, session, 4);
    (void)tpm_command_run(&command, &answer);
    tpm->code = code; /* what failed before is what matters */
}

enum tpm_result tpm_nv_open_session(struct tpm *tpm, enum tpm_nv_auth auth, uint32_t *session)
{
    struct cursor answer;
    *session = TPM_RS_PW;
    if (auth == TPM_NV_EMPTY)
        return TPM_DONE;
    enum tpm_result result = start_policy_session(tpm, session);
    if (result != TPM_DONE)
        return result;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_NO_SESSIONS, TPM_CC_POLICY_LOCALITY);
    tpm_put(&command, *session, 4);
    tpm_put(&command, TPMA_LOCALITY_TWO, 1);
    result = tpm_command_run(&command, &answer);
    if (result != TPM_DONE)
        flush(tpm, *session);
    return result;
}

struct tpm_command tpm_nv_begin(struct tpm *tpm, uint32_t code, uint32_t index, uint32_t session)
{
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_SESSIONS, code);
    tpm_put(&command, index, 4);
    tpm_put(&command, index, 4);
    tpm_put_session(&command, session, 0);
    return command;
}

/* A policy session that authorized a command is gone; one that did not must be. */
enum tpm_result tpm_nv_finish(struct tpm_command *command, uint32_t session, struct cursor *answer)
{
    enum tpm_result result = tpm_command_run(command, answer);
    if (result != TPM_DONE && session != TPM_RS_PW)
        flush(command->tpm, session);
    return result;
}

enum tpm_result tpm_nv_run(struct tpm *tpm, uint32_t code, uint32_t index, enum tpm_nv_auth auth)
{
    struct cursor answer;
    uint32_t session;
    enum tpm_result result = tpm_nv_open_session(tpm, auth, &session);
    if (result != TPM_DONE)
        return result;
    struct tpm_command command = tpm_nv_begin(tpm, code, index, session);
    return tpm_nv_finish(&command, session, &answer);
}

enum tpm_result tpm_nv_increment(struct tpm *tpm, uint32_t index, enum tpm_nv_auth auth)
{
    return tpm_nv_run(tpm, TPM_CC_NV_INCREMENT, index, auth);
}
