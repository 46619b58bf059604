/* SPDX-License-Identifier: Apache-2.0 */
/* Appending to the event log. */
#include "core/measure/log.h"

#include "core/lib/bytes.h"
#include "core/measure/event.h"

#include <string.h>

#define SPEC_ID_SIGNATURE "Spec ID Event03" /* 16 bytes with the NUL */
#define SPEC_ID_FIXED 28u                   /* signature, platform class, version, uintn size, number of algorithms */
#define SHA1_HEADER 32u                     /* TCG_PCR_EVENT: PCR, type, 20 bytes of digest, size */

uint32_t measure_digest_size(uint16_t algorithm)
{
    switch (algorithm) {
    case TPM_ALG_SHA1:
        return 20;
    case TPM_ALG_SHA256:
    case TPM_ALG_SM3_256:
        return 32;
    case TPM_ALG_SHA384:
        return 48;
    case TPM_ALG_SHA512:
        return 64;
    default:
        return 0;
    }
}

bool measure_log_begin(struct measure_log *log, const uint16_t *algorithms, uint32_t count)
{
    uint32_t size = SPEC_ID_FIXED + 4 * count + 1;
    if (log->size < SHA1_HEADER + size)
        return false;
    uint8_t *at = log->bytes;
    memset(at, 0, SHA1_HEADER + size);
    store_le32(at + 4, EV_NO_ACTION);
    store_le32(at + 28, size);
    at += SHA1_HEADER;
    memcpy(at, SPEC_ID_SIGNATURE, 16);
    at[21] = 2; /* specification version 2.0 (minor, major, errata at 20, 21, 22) */
    at[23] = 2; /* size of UINTN, in units of 32 bits */
    store_le32(at + 24, count);
    for (uint32_t i = 0; i < count; i++) {
        store_le16(at + SPEC_ID_FIXED + 4 * i, algorithms[i]);
        store_le16(at + SPEC_ID_FIXED + 4 * i + 2, (uint16_t)measure_digest_size(algorithms[i]));
    }
    log->used = SHA1_HEADER + size;
    return true;
}

static uint32_t record_size(const struct measure_digests *digests, uint32_t data_size)
{
    uint32_t size = 16 + data_size;
    for (uint32_t i = 0; i < digests->count; i++)
        size += 2 + measure_digest_size(digests->banks[i].algorithm);
    return size;
}

bool measure_log_append(struct measure_log *log, uint32_t pcr, uint32_t type, const struct measure_digests *digests,
                        const uint8_t *data, uint32_t size)
{
    if (record_size(digests, size) > log->size - log->used)
        return false;
    uint8_t *at = log->bytes + log->used;
    store_le32(at, pcr);
    store_le32(at + 4, type);
    store_le32(at + 8, digests->count);
    at += 12;
    for (uint32_t i = 0; i < digests->count; i++) {
        uint32_t bytes = measure_digest_size(digests->banks[i].algorithm);
        store_le16(at, digests->banks[i].algorithm);
        memcpy(at + 2, digests->banks[i].bytes, bytes);
        at += 2 + bytes;
    }
    store_le32(at, size);
    memcpy(at + 4, data, size);
    log->used += record_size(digests, size);
    return true;
}
