/* SPDX-License-Identifier: Apache-2.0 */
/* TPM 2.0 commands for both boot stage and monitor: extending registers. */
#include "core/x86/tpm_command.h"

#define TPM_CC_PCR_EVENT 0x13cu

static bool is_on(const struct tpm *tpm, uint16_t algorithm)
{
    for (uint32_t i = 0; i < tpm->bank_count; i++)
        if (tpm->banks[i] == algorithm)
            return true;
    return false;
}

/* TPML_DIGEST_VALUES. A digest whose size is unknown hides what follows it. */
static bool take_digests(struct cursor *answer, const struct tpm *tpm, struct measure_digests *digests)
{
    uint32_t count = tpm_get32(answer);
    digests->count = 0;
    for (uint32_t i = 0; i < count && digests->count < tpm->bank_count; i++) {
        uint16_t algorithm = tpm_get16(answer);
        uint32_t size = measure_digest_size(algorithm);
        const uint8_t *bytes = cursor_take(answer, size);
        if (size == 0 || bytes == NULL)
            return false;
        if (!is_on(tpm, algorithm))
            continue;
        struct measure_digest *bank = &digests->banks[digests->count++];
        bank->algorithm = algorithm;
        memcpy(bank->bytes, bytes, size);
    }
    return digests->count > 0 && digests->count == tpm->bank_count;
}

enum tpm_result tpm_pcr_event_guarded(struct tpm *tpm, uint32_t pcr, const struct tpm_secret *secret, const uint8_t *data,
                                      uint32_t size, struct measure_digests *digests)
{
    struct cursor answer;
    struct tpm_command command = tpm_command_begin(tpm, TPM_ST_SESSIONS, TPM_CC_PCR_EVENT);
    tpm_put(&command, pcr, 4);
    tpm_put_password(&command, secret);
    tpm_put(&command, size, 2);
    tpm_put_bytes(&command, data, size);
    enum tpm_result result = tpm_command_run(&command, &answer);
    if (result != TPM_DONE)
        return result;
    cursor_skip(&answer, 4); /* size of the parameters */
    return take_digests(&answer, tpm, digests) ? TPM_DONE : TPM_GARBLED;
}
