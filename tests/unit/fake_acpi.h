/* SPDX-License-Identifier: Apache-2.0 */
/* Physical memory with ACPI tables in it, built field by field. */
#ifndef TESTS_UNIT_FAKE_ACPI_H
#define TESTS_UNIT_FAKE_ACPI_H

#include "core/boot/discover.h"
#include "core/lib/bytes.h"

#include <stdlib.h>
#include <string.h>

#define FAKE_MEMORY_BASE 0x7ffe0000ull
#define FAKE_MEMORY_SIZE 0x8000u

struct fake_memory {
    uint8_t bytes[FAKE_MEMORY_SIZE];
    uint32_t used;
    uint32_t table; /* the table being built */
};

static inline bool fake_memory_read(void *context, struct hpa address, void *out, uint32_t size)
{
    const struct fake_memory *memory = context;
    uint64_t offset = address.v - FAKE_MEMORY_BASE;
    if (address.v < FAKE_MEMORY_BASE || offset > FAKE_MEMORY_SIZE || size > FAKE_MEMORY_SIZE - offset)
        return false;
    memcpy(out, memory->bytes + offset, size);
    return true;
}

static inline struct physical_reader fake_reader(struct fake_memory *memory)
{
    return (struct physical_reader){fake_memory_read, memory};
}

/* Appends a number of `size` bytes; more than 8 are filled up with zeroes. */
static inline void fake_put(struct fake_memory *memory, uint64_t value, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        memory->bytes[memory->used++] = (uint8_t)(i < 8 ? value >> (8 * i) : 0);
}

static inline void fake_put_bytes(struct fake_memory *memory, const void *bytes, uint32_t size)
{
    memcpy(memory->bytes + memory->used, bytes, size);
    memory->used += size;
}

static inline void fake_sum(struct fake_memory *memory, uint32_t from, uint32_t size, uint32_t at)
{
    uint8_t sum = 0;
    memory->bytes[at] = 0;
    for (uint32_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + memory->bytes[from + i]);
    memory->bytes[at] = (uint8_t)(0u - sum);
}

/* Starts a table; its content follows by fake_put(), then fake_table_end(). Tables start at any byte, as in life. */
static inline uint64_t fake_table(struct fake_memory *memory, const char *signature)
{
    memory->used += 5;
    memory->table = memory->used;
    fake_put_bytes(memory, signature, 4);
    fake_put(memory, 0, 4);
    fake_put(memory, 1, 2); /* revision, checksum */
    fake_put_bytes(memory, "SAMPLESAMPLE  ", 14);
    fake_put(memory, 1, 12);
    return FAKE_MEMORY_BASE + memory->table;
}

static inline void fake_table_end(struct fake_memory *memory)
{
    uint32_t length = memory->used - memory->table;
    store_le32(memory->bytes + memory->table + 4, length);
    fake_sum(memory, memory->table, length, memory->table + 9);
}

static inline uint64_t fake_madt(struct fake_memory *memory, uint32_t cores)
{
    uint64_t at = fake_table(memory, "APIC");
    fake_put(memory, 0xfee00000u, 8);
    for (uint32_t i = 0; i < cores; i++) {
        fake_put(memory, 0x0800, 2);
        fake_put(memory, i, 1);
        fake_put(memory, i, 1);
        fake_put(memory, 1, 4);
    }
    fake_table_end(memory);
    return at;
}

static inline uint64_t fake_mcfg(struct fake_memory *memory, uint64_t base, uint16_t segment, uint8_t first,
                                 uint8_t last)
{
    uint64_t at = fake_table(memory, "MCFG");
    fake_put(memory, 0, 8);
    fake_put(memory, base, 8);
    fake_put(memory, segment, 2);
    fake_put(memory, first, 1);
    fake_put(memory, last, 1);
    fake_put(memory, 0, 4);
    fake_table_end(memory);
    return at;
}

static inline uint64_t fake_xsdt(struct fake_memory *memory, const uint64_t *tables, uint32_t count)
{
    uint64_t at = fake_table(memory, "XSDT");
    for (uint32_t i = 0; i < count; i++)
        fake_put(memory, tables[i], 8);
    fake_table_end(memory);
    return at;
}

static inline uint64_t fake_rsdt(struct fake_memory *memory, const uint64_t *tables, uint32_t count)
{
    uint64_t at = fake_table(memory, "RSDT");
    for (uint32_t i = 0; i < count; i++)
        fake_put(memory, tables[i], 4);
    fake_table_end(memory);
    return at;
}

static inline void fake_rsdp_sums(struct fake_memory *memory, uint32_t at)
{
    fake_sum(memory, at, 20, at + 8);
    if (memory->bytes[at + 15] >= 2)
        fake_sum(memory, at, 36, at + 32);
}

/* A root pointer of revision 0 (with an RSDT) or 2 (with either or both). */
static inline uint64_t fake_rsdp(struct fake_memory *memory, uint8_t revision, uint64_t rsdt, uint64_t xsdt)
{
    uint32_t at = memory->used;
    fake_put_bytes(memory, "RSD PTR ", 8);
    fake_put(memory, 0, 1);
    fake_put_bytes(memory, "SAMPLE", 6);
    fake_put(memory, revision, 1);
    fake_put(memory, rsdt, 4);
    if (revision >= 2) {
        fake_put(memory, 36, 4);
        fake_put(memory, xsdt, 8);
        fake_put(memory, 0, 4);
    }
    fake_rsdp_sums(memory, at);
    return FAKE_MEMORY_BASE + at;
}

#endif
