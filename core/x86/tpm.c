/* SPDX-License-Identifier: Apache-2.0 */
/* TPM 2.0 commands for the boot stage alone: what a TPM is, its random numbers, guarding and closing it. */
#include "core/x86/tpm.h"

#include "core/measure/event.h"
#include "core/x86/tpm_command.h"

#define TPM_CC_HIERARCHY_CONTROL 0x121u
#define TPM_CC_PCR_RESET 0x13du
#define TPM_CC_STARTUP 0x144u
#define TPM_CC_GET_CAPABILITY 0x17au
#define TPM_CC_GET_RANDOM 0x17bu
#define TPM_CC_PCR_SET_AUTH_VALUE 0x183u
#define TPM_CAP_PCRS 5u
#define TPM_SU_CLEAR 0u
#define TPM_RC_VALUE 0x084u
#define TPM_RC_COMMAND_CODE 0x143u
#define TPM_RC_VALUE_HANDLE_1 0x184u
#define TPM_RC_INITIALIZE 0x100u          /* started already */
#define TPM_RC_HIERARCHY_HANDLE_1 0x185u  /* the hierarchy is off already */
#define TPM_RC_BAD_AUTH_SESSION_1 0x9a2u  /* it has a secret */
#define TPM_RC_AUTH_FAIL_SESSION_1 0x98eu /* ... and counts failures */
#define SELECT_MAX 4u                     /* bytes: PCRs 0 to 31 */

enum tpm_result tpm_startup(struct tpm *tpm)
{
    struct cursor answer;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_NO_SESSIONS, TPM_CC_STARTUP);
    tpm_put(&command, TPM_SU_CLEAR, 2);
    enum tpm_result result = tpm_command_run(&command, &answer);
    return result == TPM_REFUSED && tpm->code == TPM_RC_INITIALIZE ? TPM_DONE : result;
}

/* One TPMS_PCR_SELECTION: a bank is on when it has a register. */
static bool take_bank(struct cursor *answer, struct tpm *tpm)
{
    uint16_t algorithm = tpm_get16(answer);
    uint8_t bytes = cursor_u8(answer), any = 0;
    for (uint32_t i = 0; i < bytes && i < SELECT_MAX; i++)
        any |= cursor_u8(answer);
    if (bytes > SELECT_MAX || (any != 0 && (tpm->bank_count == MEASURE_MAX_BANKS || measure_digest_size(algorithm) == 0)))
        return false;
    if (any != 0)
        tpm->banks[tpm->bank_count++] = algorithm;
    return true;
}

enum tpm_result tpm_find_banks(struct tpm *tpm)
{
    struct cursor answer;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_NO_SESSIONS, TPM_CC_GET_CAPABILITY);
    tpm_put(&command, TPM_CAP_PCRS, 4);
    tpm_put(&command, 0, 4);
    tpm_put(&command, 1, 4);
    tpm->bank_count = 0;
    enum tpm_result result = tpm_command_run(&command, &answer);
    if (result != TPM_DONE)
        return result;
    cursor_skip(&answer, 1); /* moreData */
    uint32_t capability = tpm_get32(&answer), banks = tpm_get32(&answer);
    for (uint32_t i = 0; i < banks && !answer.overrun; i++)
        if (!take_bank(&answer, tpm))
            return TPM_GARBLED;
    return capability == TPM_CAP_PCRS && !answer.overrun ? TPM_DONE : TPM_GARBLED;
}

enum tpm_result tpm_pcr_reset(struct tpm *tpm, uint32_t pcr)
{
    struct cursor answer;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_SESSIONS, TPM_CC_PCR_RESET);
    tpm_put(&command, pcr, 4);
    tpm_put_session(&command, TPM_RS_PW, 0);
    return tpm_command_run(&command, &answer);
}

enum tpm_result tpm_close_platform(struct tpm *tpm)
{
    struct cursor answer;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_SESSIONS, TPM_CC_HIERARCHY_CONTROL);
    tpm_put(&command, TPM_RH_PLATFORM, 4);
    tpm_put_session(&command, TPM_RS_PW, 0);
    tpm_put(&command, TPM_RH_PLATFORM, 4);
    tpm_put(&command, 0, 1); /* off */
    enum tpm_result result = tpm_command_run(&command, &answer);
    bool closed = tpm->code == TPM_RC_HIERARCHY_HANDLE_1 || tpm->code == TPM_RC_BAD_AUTH_SESSION_1 ||
                  tpm->code == TPM_RC_AUTH_FAIL_SESSION_1;
    return result == TPM_REFUSED && closed ? TPM_DONE : result;
}

enum tpm_result tpm_pcr_event(struct tpm *tpm, uint32_t pcr, const uint8_t *data, uint32_t size,
                              struct measure_digests *digests)
{
    static const struct tpm_secret none;
    return tpm_pcr_event_guarded(tpm, pcr, &none, data, size, digests);
}

enum tpm_result tpm_random(struct tpm *tpm, uint8_t *bytes, uint32_t size)
{
    struct cursor answer;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_NO_SESSIONS, TPM_CC_GET_RANDOM);
    tpm_put(&command, size, 2);
    enum tpm_result result = tpm_command_run(&command, &answer);
    if (result != TPM_DONE)
        return result;
    uint32_t given = tpm_get16(&answer);
    const uint8_t *from = cursor_take(&answer, size);
    if (given != size || from == NULL)
        return TPM_GARBLED;
    memcpy(bytes, from, size);
    return TPM_DONE;
}

/* The command, or a secret for this register, is not there (part 2, 6.6.3: TPM_RC_COMMAND_CODE, TPM_RC_VALUE with or without
 * the number of a handle). */
static bool has_no_secret(uint32_t code)
{
    return code == TPM_RC_COMMAND_CODE || code == TPM_RC_VALUE || code == TPM_RC_VALUE_HANDLE_1;
}

enum tpm_result tpm_pcr_guard(struct tpm *tpm, uint32_t pcr, struct tpm_secret *secret)
{
    struct cursor answer;
    struct tpm_secret fresh = {.size = TPM_RANDOM_MAX};
    enum tpm_result result = tpm_random(tpm, fresh.bytes, fresh.size);
    if (result != TPM_DONE)
        return result;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_SESSIONS, TPM_CC_PCR_SET_AUTH_VALUE);
    tpm_put(&command, pcr, 4);
    tpm_put_session(&command, TPM_RS_PW, 0);
    tpm_put(&command, fresh.size, 2);
    tpm_put_bytes(&command, fresh.bytes, fresh.size);
    result = tpm_command_run(&command, &answer);
    bool none = result == TPM_REFUSED && has_no_secret(tpm->code);
    *secret = result == TPM_DONE ? fresh : (struct tpm_secret){0};
    return none ? TPM_DONE : result;
}
