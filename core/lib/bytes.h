/* SPDX-License-Identifier: Apache-2.0 */
/* Little-endian numbers in byte arrays, at any alignment. */
#ifndef CORE_LIB_BYTES_H
#define CORE_LIB_BYTES_H

#include <stdint.h>

static inline uint16_t load_le16(const uint8_t *from)
{
    return (uint16_t)(from[0] | from[1] << 8);
}

static inline uint32_t load_le32(const uint8_t *from)
{
    return load_le16(from) | (uint32_t)load_le16(from + 2) << 16;
}

static inline uint64_t load_le64(const uint8_t *from)
{
    return load_le32(from) | (uint64_t)load_le32(from + 4) << 32;
}

static inline void store_le16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static inline void store_le32(uint8_t *to, uint32_t value)
{
    store_le16(to, (uint16_t)value);
    store_le16(to + 2, (uint16_t)(value >> 16));
}

static inline void store_le64(uint8_t *to, uint64_t value)
{
    store_le32(to, (uint32_t)value);
    store_le32(to + 4, (uint32_t)(value >> 32));
}

#endif
