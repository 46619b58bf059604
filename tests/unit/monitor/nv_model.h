/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM model's answers about the two indexes of rollback protection: defined or not, written or not, locked or not. */
#ifndef TESTS_UNIT_MONITOR_NV_MODEL_H
#define TESTS_UNIT_MONITOR_NV_MODEL_H

#include "core/lib/bytes.h"
#include "core/lib/rollback_index.h"
#include "tests/unit/monitor/tpm.h"

#include <string.h>

enum nv_command { NV_INCREMENT = 0x34, NV_WRITE = 0x37, NV_WRITE_LOCK = 0x38, NV_READ = 0x4e, NV_FLUSH = 0x65, NV_LOOK = 0x69,
                  NV_POLICY = 0x6f, NV_SESSION = 0x76 };
#define NV_RC_NO_INDEX 0x18bu
#define NV_RC_FAILURE 0x101u

struct nv_index {
    bool defined;
    uint32_t attributes;
    uint16_t name_algorithm, size;
    uint8_t policy[ROLLBACK_POLICY_SIZE];
    uint64_t value;
};

static struct {
    struct nv_index indexes[2]; /* counter, base */
    uint8_t refuse;             /* this command fails; 0: none does */
    uint32_t sessions;          /* open ones */
    uint32_t counts[256];       /* commands so far, by their last byte */
    uint64_t first;             /* where a new counter begins */
    uint8_t locality, tag;      /* of the last command */
} nv;

static inline void nv_model_reset(void)
{
    static const uint8_t policy[] = ROLLBACK_POLICY;
    memset(&nv, 0, sizeof nv);
    nv.first = 1;
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t attributes = i == 0 ? ROLLBACK_COUNTER_ATTRIBUTES : ROLLBACK_BASE_ATTRIBUTES;
        nv.indexes[i] = (struct nv_index){true, attributes, 0x0b, ROLLBACK_SIZE, {0}, 0};
        memcpy(nv.indexes[i].policy, policy, sizeof policy);
    }
}

/* As after `raised` requests on a machine whose counter began at `first`. */
static inline void nv_model_written(uint64_t first, uint64_t raised)
{
    nv.indexes[0].attributes |= ROLLBACK_WRITTEN;
    nv.indexes[0].value = first + raised;
    nv.indexes[1].attributes |= ROLLBACK_WRITTEN | ROLLBACK_WRITE_LOCKED;
    nv.indexes[1].value = first;
}

static inline uint8_t *nv_put(uint8_t *at, uint64_t value, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> 8 * (size - 1 - i));
    return at + size;
}

/* Success has the command's tag; failure never has sessions (part 1, 18.5). */
static inline uint32_t nv_say(uint8_t *response, uint32_t code, const uint8_t *bytes, uint32_t size)
{
    uint8_t whole[128] = {0x80, code == 0 ? nv.tag : 0x01};
    nv_put(whole + 6, code, 4);
    if (size > 0)
        memcpy(whole + 10, bytes, size);
    return tpm_model_say(response, whole, 10 + size);
}

static inline uint32_t nv_look(const struct nv_index *index, uint32_t number, uint8_t *response)
{
    uint8_t bytes[64], *at = nv_put(bytes, 14 + sizeof index->policy, 2);
    at = nv_put(nv_put(nv_put(at, number, 4), index->name_algorithm, 2), index->attributes, 4);
    at = nv_put(at, sizeof index->policy, 2);
    memcpy(at, index->policy, sizeof index->policy);
    at = nv_put(nv_put(at + sizeof index->policy, index->size, 2), 0, 2);
    return nv_say(response, 0, bytes, (uint32_t)(at - bytes));
}

static inline void nv_change(struct nv_index *index, const uint8_t *command, uint32_t size)
{
    if (command[9] == NV_INCREMENT)
        index->value = (index->attributes & ROLLBACK_WRITTEN) != 0 ? index->value + 1 : nv.first;
    if (command[9] == NV_WRITE) /* ... the value, then its offset */
        for (uint32_t i = 0; i < 8; i++)
            index->value = index->value << 8 | command[size - 10 + i];
    index->attributes |= command[9] == NV_WRITE_LOCK ? ROLLBACK_WRITE_LOCKED : ROLLBACK_WRITTEN;
}

static inline uint32_t nv_model_answer(uint32_t locality, const uint8_t *command, uint32_t size, uint8_t *response)
{
    uint32_t number = (uint32_t)command[10] << 24 | (uint32_t)command[11] << 16 | (uint32_t)command[12] << 8 | command[13];
    struct nv_index *index = &nv.indexes[number == ROLLBACK_BASE];
    nv.counts[command[9]]++;
    nv.locality = (uint8_t)locality;
    nv.tag = command[1];
    if (command[9] == nv.refuse)
        return nv_say(response, NV_RC_FAILURE, NULL, 0);
    uint8_t bytes[32] = {0};
    switch (command[9]) {
    case NV_SESSION:
        nv.sessions++;
        return nv_say(response, 0, bytes, 4 + 2 + 16);
    case NV_FLUSH:
        nv.sessions--;
        return nv_say(response, 0, NULL, 0);
    case NV_LOOK:
        return index->defined ? nv_look(index, number, response) : nv_say(response, NV_RC_NO_INDEX, NULL, 0);
    case NV_READ:
        nv_put(nv_put(bytes + 4, 8, 2), index->value, 8);
        return nv_say(response, 0, bytes, 14);
    case NV_INCREMENT:
    case NV_WRITE:
    case NV_WRITE_LOCK:
        nv.sessions--;
        nv_change(index, command, size);
        return nv_say(response, 0, bytes, 4);
    default:
        return nv_say(response, 0, NULL, 0);
    }
}

#endif
