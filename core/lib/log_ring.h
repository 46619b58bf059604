/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of text in memory that survives a warm reset: what the machine said, without a serial cable. */
#ifndef CORE_LIB_LOG_RING_H
#define CORE_LIB_LOG_RING_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_RING_SIZE 0x20000ull /* bytes, header included */
#define LOG_RING_TEXT (LOG_RING_SIZE - 32)
#define LOG_RING_MAGIC 0x676f6c2d6b6c7542ull /* "Bulk-log" */

/* `written` counts every byte ever put in; the newest LOG_RING_TEXT of them are in `text`, the next one goes to
 * text[written % LOG_RING_TEXT]. `check` binds magic and boots so that stale memory is not taken for a ring. */
struct log_ring {
    uint64_t magic;
    uint64_t boots;
    uint64_t check;
    uint64_t written;
    char text[LOG_RING_TEXT];
};

_Static_assert(sizeof(struct log_ring) == LOG_RING_SIZE, "the ring fills its range exactly");

static inline bool log_ring_valid(const struct log_ring *ring)
{
    return ring->magic == LOG_RING_MAGIC && ring->check == ~(ring->magic ^ ring->boots);
}

/* Takes over a ring that an earlier boot left (returns true) or starts an empty one. Either way counts this boot. */
static inline bool log_ring_open(struct log_ring *ring)
{
    bool kept = log_ring_valid(ring);
    if (!kept) {
        ring->magic = LOG_RING_MAGIC;
        ring->boots = 0;
        ring->written = 0;
    }
    ring->boots++;
    ring->check = ~(ring->magic ^ ring->boots);
    return kept;
}

static inline void log_ring_put(struct log_ring *ring, char c)
{
    ring->text[ring->written % LOG_RING_TEXT] = c;
    ring->written++;
}

#endif
