/* SPDX-License-Identifier: Apache-2.0 */
/* Commands about non-volatile indexes for the boot stage alone: what an index is, reading, writing, locking. */
#include "core/x86/tpm_nv_command.h"

#define TPM_CC_NV_WRITE 0x137u
#define TPM_CC_NV_WRITE_LOCK 0x138u
#define TPM_CC_NV_READ 0x14eu
#define TPM_CC_NV_READ_PUBLIC 0x169u

enum tpm_result tpm_nv_read_public(struct tpm *tpm, uint32_t index, struct tpm_nv_public *public)
{
    struct cursor answer;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_NO_SESSIONS, TPM_CC_NV_READ_PUBLIC);
    tpm_put(&command, index, 4);
    enum tpm_result result = tpm_command_run(&command, &answer);
    if (result != TPM_DONE)
        return result;
    cursor_skip(&answer, 2); /* size of the whole */
    bool same = tpm_get32(&answer) == index;
    public->name_algorithm = tpm_get16(&answer);
    public->attributes = tpm_get32(&answer);
    public->policy_size = tpm_get16(&answer);
    if (!same || public->policy_size > TPM_NV_POLICY_MAX)
        return TPM_GARBLED;
    const uint8_t *policy = cursor_take(&answer, public->policy_size);
    public->size = tpm_get16(&answer);
    if (answer.overrun)
        return TPM_GARBLED;
    memcpy(public->policy, policy, public->policy_size);
    return TPM_DONE;
}

enum tpm_result tpm_nv_read(struct tpm *tpm, uint32_t index, enum tpm_nv_auth auth, uint32_t offset, uint8_t *bytes,
                            uint32_t size)
{
    struct cursor answer;
    uint32_t session;
    enum tpm_result result = tpm_nv_open_session(tpm, auth, &session);
    if (result != TPM_DONE)
        return result;
    struct tpm_command command = tpm_nv_begin(tpm, TPM_CC_NV_READ, index, session);
    tpm_put(&command, size, 2);
    tpm_put(&command, offset, 2);
    result = tpm_nv_finish(&command, session, &answer);
    if (result != TPM_DONE)
        return result;
    cursor_skip(&answer, 4); /* size of the parameters */
    uint32_t given = tpm_get16(&answer);
    const uint8_t *from = cursor_take(&answer, size);
    if (given != size || from == NULL)
        return TPM_GARBLED;
    memcpy(bytes, from, size);
    return TPM_DONE;
}

enum tpm_result tpm_nv_write(struct tpm *tpm, uint32_t index, enum tpm_nv_auth auth, uint32_t offset,
                             const uint8_t *bytes, uint32_t size)
{
    struct cursor answer;
    uint32_t session;
    enum tpm_result result = tpm_nv_open_session(tpm, auth, &session);
    if (result != TPM_DONE)
        return result;
    struct tpm_command command = tpm_nv_begin(tpm, TPM_CC_NV_WRITE, index, session);
    tpm_put(&command, size, 2);
    tpm_put_bytes(&command, bytes, size);
    tpm_put(&command, offset, 2);
    return tpm_nv_finish(&command, session, &answer);
}

enum tpm_result tpm_nv_lock_writing(struct tpm *tpm, uint32_t index, enum tpm_nv_auth auth)
{
    return tpm_nv_run(tpm, TPM_CC_NV_WRITE_LOCK, index, auth);
}
