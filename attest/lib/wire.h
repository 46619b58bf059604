/* SPDX-License-Identifier: Apache-2.0 */
/* Big-endian reads, as the TPM's structures have them (TPM 2.0 Library part 1, 4.22), on the bounded cursor. */
#ifndef ATTEST_LIB_WIRE_H
#define ATTEST_LIB_WIRE_H

#include "core/lib/cursor.h"

/* TPM_ALG_ID, TPM_ECC_CURVE, TPM_ST (part 2, 6.3, 6.4, 6.9). */
#define TPM_ALG_RSA 0x0001u
#define TPM_ALG_AES 0x0006u
#define TPM_ALG_NULL 0x0010u
#define TPM_ALG_ECDSA 0x0018u
#define TPM_ALG_ECC 0x0023u
#define TPM_ALG_CFB 0x0043u
#define TPM_ECC_NIST_P256 0x0003u
#define TPM_ECC_NIST_P384 0x0004u
#define TPM_GENERATED_VALUE 0xff544347u
#define TPM_ST_ATTEST_QUOTE 0x8018u

static inline uint16_t wire_u16(struct cursor *cursor)
{
    uint16_t value = cursor_u16(cursor);
    return (uint16_t)(value >> 8 | value << 8);
}

static inline uint32_t wire_u32(struct cursor *cursor)
{
    uint32_t high = wire_u16(cursor);
    return high << 16 | wire_u16(cursor);
}

static inline uint64_t wire_u64(struct cursor *cursor)
{
    uint64_t high = wire_u32(cursor);
    return high << 32 | wire_u32(cursor);
}

/* A TPM2B: size, bytes. NULL with *size = 0 when there are fewer bytes or more than `most`, which is an overrun too. */
static inline const uint8_t *wire_sized(struct cursor *cursor, uint16_t most, uint16_t *size)
{
    *size = wire_u16(cursor);
    const uint8_t *bytes = *size <= most ? cursor_take(cursor, *size) : NULL;
    if (bytes == NULL) {
        *size = 0;
        cursor->overrun = true;
    }
    return bytes;
}

/* True when everything was read, and nothing beyond. */
static inline bool wire_done(const struct cursor *cursor)
{
    return !cursor->overrun && cursor->at == cursor->size;
}

static inline void wire_store16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)(value >> 8);
    to[1] = (uint8_t)value;
}

static inline void wire_store32(uint8_t *to, uint32_t value)
{
    wire_store16(to, (uint16_t)(value >> 16));
    wire_store16(to + 2, (uint16_t)value);
}

#endif
