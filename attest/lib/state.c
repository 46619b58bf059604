/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping and storing what is remembered of a host. */
#include "attest/lib/state.h"

#include "core/lib/bytes.h"

#include <stdlib.h>
#include <string.h>

#define REVISION 1u
#define BOOT_DIGITS 32u

void state_init(struct appraise_state *state)
{
    memset(state, 0, sizeof *state);
    pcr_init(&state->values);
}

void state_free(struct appraise_state *state)
{
    free(state->log);
    state_init(state);
}

uint64_t state_log_offset(const struct appraise_state *state, const char *boot, uint64_t log_length)
{
    bool goes_on = state->has_quote && strcmp(state->boot, boot) == 0 && log_length >= state->log_size;
    return goes_on ? state->log_size : 0;
}

/* The stored form: one function walks it in both directions, so that they cannot part. */
struct walk {
    uint8_t *at;
    uint32_t used;
    bool writing;
};

static void walk_bytes(struct walk *walk, void *bytes, uint32_t size)
{
    if (walk->writing)
        memcpy(walk->at + walk->used, bytes, size);
    else
        memcpy(bytes, walk->at + walk->used, size);
    walk->used += size;
}

static void walk_u64(struct walk *walk, uint64_t *value)
{
    uint8_t bytes[8];
    store_le64(bytes, *value);
    walk_bytes(walk, bytes, sizeof bytes);
    *value = load_le64(bytes);
}

static void walk_u32(struct walk *walk, uint32_t *value)
{
    uint64_t wide = *value;
    walk_u64(walk, &wide);
    *value = (uint32_t)wide;
}

static void walk_bool(struct walk *walk, bool *value)
{
    uint8_t byte = *value ? 1 : 0;
    walk_bytes(walk, &byte, 1);
    *value = byte == 1;
}

static uint32_t walk_state(struct walk *walk, struct appraise_state *state, uint32_t *revision)
{
    uint32_t signer = state->signer.size;
    walk_u32(walk, revision);
    walk_bool(walk, &state->baseline.approved);
    walk_bytes(walk, &state->baseline.pcr0, sizeof state->baseline.pcr0);
    walk_bytes(walk, &state->baseline.pcr2, sizeof state->baseline.pcr2);
    walk_bytes(walk, &state->baseline.pcr4, sizeof state->baseline.pcr4);
    walk_bytes(walk, &state->baseline.pcr7, sizeof state->baseline.pcr7);
    walk_u32(walk, &signer);
    state->signer.size = (uint16_t)signer;
    walk_bytes(walk, state->signer.bytes, sizeof state->signer.bytes);
    walk_bool(walk, &state->has_quote);
    walk_u64(walk, &state->clock);
    walk_u32(walk, &state->reset_count);
    walk_u32(walk, &state->restart_count);
    walk_bytes(walk, state->boot, BOOT_DIGITS);
    walk_u32(walk, &state->highest_version);
    walk_bool(walk, &state->had_counter);
    walk_bool(walk, &state->had_locality_2);
    walk_u32(walk, &state->highest_floor);
    walk_u32(walk, &state->version);
    walk_u32(walk, &state->floor);
    walk_bool(walk, &state->counter);
    walk_bool(walk, &state->locality_2);
    walk_u32(walk, &state->log_size);
    walk_bytes(walk, &state->values, sizeof state->values);
    walk_bool(walk, &state->sealed_reset[0]);
    walk_bool(walk, &state->sealed_reset[1]);
    return walk->used;
}

uint32_t state_write(const struct appraise_state *state, uint8_t head[STATE_HEAD_SIZE_MAX])
{
    struct appraise_state copy = *state;
    struct walk walk = {head, 0, true};
    uint32_t revision = REVISION;
    return walk_state(&walk, &copy, &revision);
}

bool state_read(const uint8_t *head, size_t head_size, const uint8_t *log, size_t log_size, struct appraise_state *state)
{
    uint8_t copy[STATE_HEAD_SIZE_MAX] = {0};
    struct walk walk = {copy, 0, false};
    uint32_t revision = 0;
    state_init(state);
    if (head_size > sizeof copy || log_size > EVENTLOG_SIZE_MAX)
        return false;
    memcpy(copy, head, head_size);
    bool good = walk_state(&walk, state, &revision) == head_size && revision == REVISION && state->log_size == log_size &&
                state->signer.size <= PUBLIC_NAME_MAX;
    uint8_t *bytes = good ? malloc(log_size + 1) : NULL;
    if (bytes == NULL) {
        state_init(state);
        return false;
    }
    if (log_size > 0)
        memcpy(bytes, log, log_size);
    state->log = bytes;
    return true;
}
