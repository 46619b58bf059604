/* SPDX-License-Identifier: Apache-2.0 */
/* TPM commands as bytes. */
#include "core/x86/tpm_command.h"

#include "core/x86/cpu.h"

#define HEADER_SIZE 10u
#define SIZE_AT 2u
/* The TPM could not start a command and asks to be asked again (TPM 2.0 Library part 2, 6.6.3): after PAUSE_MS, and after twice
 * as long each time. */
#define TPM_RC_YIELDED 0x908u
#define TPM_RC_TESTING 0x90au
#define TPM_RC_RETRY 0x922u
#define PAUSE_MS 20u

static void store(uint8_t *at, uint32_t value, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

static uint32_t load(const uint8_t *at, uint32_t size)
{
    uint32_t value = 0;
    for (uint32_t i = 0; at != NULL && i < size; i++)
        value = value << 8 | at[i];
    return value;
}

static bool has_room(const struct tpm_command *command, uint32_t size)
{
    return command->used <= TPM_BUFFER_SIZE && size <= TPM_BUFFER_SIZE - command->used;
}

void tpm_put_bytes(struct tpm_command *command, const void *bytes, uint32_t size)
{
    if (has_room(command, size))
        memcpy(command->tpm->buffer + command->used, bytes, size);
    command->used = has_room(command, size) ? command->used + size : TPM_BUFFER_SIZE + 1;
}

void tpm_put(struct tpm_command *command, uint32_t value, uint32_t size)
{
    uint8_t bytes[4];
    store(bytes, value, size);
    tpm_put_bytes(command, bytes, size);
}

struct tpm_command tpm_command_begin(struct tpm *tpm, uint32_t tag, uint32_t code)
{
    struct tpm_command command = {tpm, 0};
    tpm_put(&command, tag, 2);
    tpm_put(&command, 0, 4);
    tpm_put(&command, code, 4);
    return command;
}

static void put_authorization(struct tpm_command *command, uint32_t session, uint8_t attributes,
                              const struct tpm_secret *secret)
{
    tpm_put(command, 4 + 2 + 1 + 2 + secret->size, 4);
    tpm_put(command, session, 4);
    tpm_put(command, 0, 2); /* no nonce */
    tpm_put(command, attributes, 1);
    tpm_put(command, secret->size, 2);
    tpm_put_bytes(command, secret->bytes, secret->size);
}

void tpm_put_session(struct tpm_command *command, uint32_t session, uint8_t attributes)
{
    static const struct tpm_secret none;
    put_authorization(command, session, attributes, &none);
}

void tpm_put_password(struct tpm_command *command, const struct tpm_secret *secret)
{
    put_authorization(command, TPM_RS_PW, 0, secret);
}

uint16_t tpm_get16(struct cursor *answer)
{
    return (uint16_t)load(cursor_take(answer, 2), 2);
}

uint32_t tpm_get32(struct cursor *answer)
{
    return load(cursor_take(answer, 4), 4);
}

static enum tpm_result run_once(struct tpm_command *command, struct cursor *answer)
{
    struct tpm *tpm = command->tpm;
    uint32_t tag = load(tpm->buffer, 2), used = 0;
    tpm->code = 0;
    enum tpm_result result =
        tpm_tis_transmit(&tpm->tis, tpm->buffer, command->used, tpm->buffer, TPM_BUFFER_SIZE, &used);
    if (result != TPM_DONE)
        return result;
    *answer = cursor_over(tpm->buffer, used);
    uint32_t answered = tpm_get16(answer);
    cursor_skip(answer, 4);
    tpm->code = tpm_get32(answer);
    if (tpm->code != 0)
        return TPM_REFUSED;
    /* A success has its command's tag (part 1, 18.4). */
    return answered == tag ? TPM_DONE : TPM_GARBLED;
}

/* Such an answer is a header alone, so that the rest of the command is still in the buffer. */
static bool asks_again(const struct tpm *tpm, enum tpm_result result, const struct cursor *answer)
{
    return result == TPM_REFUSED && cursor_left(answer) == 0 &&
           (tpm->code == TPM_RC_YIELDED || tpm->code == TPM_RC_TESTING || tpm->code == TPM_RC_RETRY);
}

enum tpm_result tpm_command_run(struct tpm_command *command, struct cursor *answer)
{
    struct tpm *tpm = command->tpm;
    uint8_t header[HEADER_SIZE];
    if (command->used > TPM_BUFFER_SIZE)
        return TPM_GARBLED;
    store(tpm->buffer + SIZE_AT, command->used, 4);
    memcpy(header, tpm->buffer, HEADER_SIZE);
    enum tpm_result result = run_once(command, answer);
    for (uint32_t pause = PAUSE_MS; pause <= tpm->tis.command_ms / 2 && asks_again(tpm, result, answer); pause *= 2) {
        tpm_tis_pause(&tpm->tis, pause);
        memcpy(tpm->buffer, header, HEADER_SIZE);
        result = run_once(command, answer);
    }
    return result;
}
