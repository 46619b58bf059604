/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded reader over untrusted bytes: it cannot leave its span, and it remembers that it was asked to. */
#ifndef CORE_LIB_CURSOR_H
#define CORE_LIB_CURSOR_H

#include "core/lib/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* `overrun` is sticky: after the first read past the end every read gives zeroes, so that a parser may read a whole
 * record and look once. */
struct cursor {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t at; /* <= size, always */
    bool overrun;
};

static inline struct cursor cursor_over(const uint8_t *bytes, uint64_t size)
{
    return (struct cursor){bytes, size, 0, false};
}

static inline uint64_t cursor_left(const struct cursor *cursor)
{
    return cursor->overrun ? 0 : cursor->size - cursor->at;
}

/* Moves on by `count` bytes and returns where they start, or NULL (and sets overrun) when there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *cursor, uint64_t count)
{
    if (cursor->overrun || count > cursor_left(cursor)) {
        cursor->overrun = true;
        return NULL;
    }
    const uint8_t *start = cursor->bytes + cursor->at;
    cursor->at += count;
    return start;
}

static inline void cursor_skip(struct cursor *cursor, uint64_t count)
{
    (void)cursor_take(cursor, count);
}

/* Goes to an absolute offset; beyond the end is an overrun. */
static inline void cursor_seek(struct cursor *cursor, uint64_t offset)
{
    if (offset > cursor->size)
        cursor->overrun = true;
    else
        cursor->at = offset;
}

static inline uint8_t cursor_u8(struct cursor *cursor)
{
    const uint8_t *at = cursor_take(cursor, 1);
    return at != NULL ? *at : 0;
}

static inline uint16_t cursor_u16(struct cursor *cursor)
{
    const uint8_t *at = cursor_take(cursor, 2);
    return at != NULL ? load_le16(at) : 0;
}

static inline uint32_t cursor_u32(struct cursor *cursor)
{
    const uint8_t *at = cursor_take(cursor, 4);
    return at != NULL ? load_le32(at) : 0;
}

static inline uint64_t cursor_u64(struct cursor *cursor)
{
    const uint8_t *at = cursor_take(cursor, 8);
    return at != NULL ? load_le64(at) : 0;
}

#endif
