/* SPDX-License-Identifier: Apache-2.0 */
/* The heap Mbed TLS computes in: first fit over one block of memory that the caller passed in. */
#include "core/lib/crypto.h"
#include "core/lib/crypto/mbedtls_config.h"

#include <string.h>

/* A chunk starts with its header; the next one follows `size` bytes after the header's end. */
struct chunk {
    size_t size; /* bytes behind the header, a multiple of the header's size */
    size_t used; /* 0 or 1; as wide as size, to keep the header 16 bytes */
};

static struct {
    struct chunk *first;
    struct chunk *end;
    size_t in_use;
    size_t peak;
} heap;

void crypto_init(void *memory, size_t size)
{
    size_t chunks = size / sizeof(struct chunk);
    heap.in_use = 0;
    heap.peak = 0;
    heap.first = memory;
    heap.end = heap.first + chunks;
    if (chunks < 2)
        heap.end = heap.first;
    else
        *heap.first = (struct chunk){.size = (chunks - 1) * sizeof(struct chunk)};
}

size_t crypto_heap_peak(void)
{
    return heap.peak;
}

static struct chunk *chunk_next(struct chunk *chunk)
{
    return chunk + 1 + chunk->size / sizeof(struct chunk);
}

/* Joins `chunk` with the free chunks behind it. */
static void chunk_merge(struct chunk *chunk)
{
    for (struct chunk *next = chunk_next(chunk); next != heap.end && next->used == 0; next = chunk_next(chunk))
        chunk->size += sizeof *next + next->size;
}

/* Takes `size` bytes from the front of a free chunk that has them; what is left becomes a free chunk. */
static void chunk_take(struct chunk *chunk, size_t size)
{
    if (chunk->size > size) {
        struct chunk *rest = chunk + 1 + size / sizeof(struct chunk);
        *rest = (struct chunk){.size = chunk->size - size - sizeof *rest};
        chunk->size = size;
    }
    chunk->used = 1;
    heap.in_use += sizeof *chunk + size;
    if (heap.in_use > heap.peak)
        heap.peak = heap.in_use;
}

void *crypto_heap_calloc(size_t count, size_t size)
{
    size_t wanted;
    if (__builtin_mul_overflow(count, size, &wanted) || wanted > SIZE_MAX / 2)
        return NULL;
    wanted = (wanted + sizeof(struct chunk) - 1) / sizeof(struct chunk) * sizeof(struct chunk);
    for (struct chunk *chunk = heap.first; chunk != heap.end; chunk = chunk_next(chunk)) {
        if (chunk->used != 0)
            continue;
        chunk_merge(chunk);
        if (chunk->size < wanted)
            continue;
        chunk_take(chunk, wanted);
        return memset(chunk + 1, 0, wanted);
    }
    return NULL;
}

void crypto_heap_free(void *pointer)
{
    if (pointer == NULL)
        return;
    struct chunk *chunk = (struct chunk *)pointer - 1;
    chunk->used = 0;
    heap.in_use -= sizeof *chunk + chunk->size;
}
