/* SPDX-License-Identifier: Apache-2.0 */
/* AML opcodes and resource descriptors, byte by byte. */
#include "core/tables/aml.h"

#include "core/lib/bytes.h"

#define AML_ONE_BYTE 0x0au
#define AML_TWO_BYTES 0x0bu
#define AML_FOUR_BYTES 0x0cu
#define AML_STRING 0x0du
#define AML_NAME 0x08u
#define AML_SCOPE 0x10u
#define AML_BUFFER 0x11u
#define AML_PACKAGE 0x12u
#define AML_EXTENDED 0x5bu
#define AML_DEVICE 0x82u
#define AML_ROOT_CHARACTER 0x5cu

#define PACKAGE_LENGTH_SIZE 3u /* always the 20-bit form (20.2.4), so that it can be filled in afterwards */
#define BUFFER_SIZE_OFFSET 4u  /* package length, then a 16-bit integer */

#define RESOURCE_IO 0x47u
#define RESOURCE_FIXED_MEMORY 0x86u
#define RESOURCE_END 0x79u
#define RESOURCE_WORD 0x88u
#define RESOURCE_DWORD 0x87u
#define RESOURCE_QWORD 0x8au
#define RESOURCE_TYPE_MEMORY 0u
#define RESOURCE_TYPE_BUS 2u
#define RESOURCE_FIXED 0x0cu /* _MIF and _MAF: both ends fixed; produced, positive decoding */
#define RESOURCE_READ_WRITE 0x01u
#define IO_DECODES_16_BITS 0x01u

static void put8(struct aml *aml, uint32_t value)
{
    if (aml->used < aml->size)
        aml->bytes[aml->used++] = (uint8_t)value;
    else
        aml->full = true;
}

static void put(struct aml *aml, uint64_t value, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        put8(aml, (uint8_t)(value >> (8 * i)));
}

static void put_segment(struct aml *aml, const char *name)
{
    for (uint32_t i = 0; i < 4; i++)
        put8(aml, (uint8_t)name[i]);
}

static uint32_t open_package(struct aml *aml)
{
    uint32_t mark = aml->used;
    put(aml, 0, PACKAGE_LENGTH_SIZE);
    return mark;
}

void aml_close(struct aml *aml, uint32_t mark)
{
    uint32_t length = aml->used - mark; /* counts itself */
    if (aml->full)
        return;
    aml->bytes[mark] = (uint8_t)(0x80u | (length & 0xfu)); /* two more bytes follow */
    store_le16(aml->bytes + mark + 1, (uint16_t)(length >> 4));
}

uint32_t aml_scope_open(struct aml *aml, const char *name)
{
    put8(aml, AML_SCOPE);
    uint32_t mark = open_package(aml);
    put8(aml, AML_ROOT_CHARACTER);
    put_segment(aml, name);
    return mark;
}

uint32_t aml_device_open(struct aml *aml, const char *name)
{
    put8(aml, AML_EXTENDED);
    put8(aml, AML_DEVICE);
    uint32_t mark = open_package(aml);
    put_segment(aml, name);
    return mark;
}

uint32_t aml_package_open(struct aml *aml, uint8_t elements)
{
    put8(aml, AML_PACKAGE);
    uint32_t mark = open_package(aml);
    put8(aml, elements);
    return mark;
}

void aml_name(struct aml *aml, const char *name)
{
    put8(aml, AML_NAME);
    put_segment(aml, name);
}

void aml_integer(struct aml *aml, uint32_t value)
{
    uint32_t bytes = value < 0x100 ? 1 : value < 0x10000 ? 2 : 4;
    put8(aml, bytes == 1 ? AML_ONE_BYTE : bytes == 2 ? AML_TWO_BYTES : AML_FOUR_BYTES);
    put(aml, value, bytes);
}

static uint32_t hex_digit(char c)
{
    return c >= '0' && c <= '9' ? (uint32_t)(c - '0') : (uint32_t)(c - 'A' + 10);
}

/* Three letters of 5 bits and four hexadecimal digits, big-endian (ACPI 19.3.4). */
void aml_eisa_id(struct aml *aml, const char *id)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < 3; i++)
        value = value << 5 | ((uint32_t)(id[i] - '@') & 0x1fu);
    for (uint32_t i = 3; i < 7; i++)
        value = value << 4 | hex_digit(id[i]);
    put8(aml, AML_FOUR_BYTES);
    for (uint32_t i = 0; i < 4; i++)
        put8(aml, value >> (24 - 8 * i));
}

void aml_string(struct aml *aml, const char *text)
{
    put8(aml, AML_STRING);
    for (; *text != '\0'; text++)
        put8(aml, (uint8_t)*text);
    put8(aml, 0);
}

uint32_t aml_resources_open(struct aml *aml)
{
    put8(aml, AML_BUFFER);
    uint32_t mark = open_package(aml);
    put8(aml, AML_TWO_BYTES);
    put(aml, 0, 2);
    return mark;
}

void aml_resources_close(struct aml *aml, uint32_t mark)
{
    put8(aml, RESOURCE_END);
    put8(aml, 0); /* no checksum */
    uint32_t content = mark + BUFFER_SIZE_OFFSET + 2;
    if (!aml->full)
        store_le16(aml->bytes + mark + BUFFER_SIZE_OFFSET, (uint16_t)(aml->used - content));
    aml_close(aml, mark);
}

void aml_io(struct aml *aml, uint16_t base, uint8_t count)
{
    put8(aml, RESOURCE_IO);
    put8(aml, IO_DECODES_16_BITS);
    put(aml, base, 2);
    put(aml, base, 2);
    put8(aml, 1); /* alignment */
    put8(aml, count);
}

/* An address space descriptor (6.4.3.5) whose numbers have `width` bytes. */
static void put_range(struct aml *aml, uint32_t tag, uint32_t width, uint32_t type, uint32_t type_flags, uint64_t base,
                      uint64_t size)
{
    put8(aml, tag);
    put(aml, 3 + 5 * (uint64_t)width, 2);
    put8(aml, type);
    put8(aml, RESOURCE_FIXED);
    put8(aml, type_flags);
    put(aml, 0, width); /* granularity */
    put(aml, base, width);
    put(aml, base + size - 1, width);
    put(aml, 0, width); /* translation */
    put(aml, size, width);
}

void aml_bus_range(struct aml *aml, uint16_t first, uint16_t last)
{
    put_range(aml, RESOURCE_WORD, 2, RESOURCE_TYPE_BUS, 0, first, (uint64_t)last - first + 1);
}

void aml_memory_window(struct aml *aml, uint64_t base, uint64_t size)
{
    bool wide = base + size > 0x100000000ull;
    put_range(aml, wide ? RESOURCE_QWORD : RESOURCE_DWORD, wide ? 8 : 4, RESOURCE_TYPE_MEMORY, RESOURCE_READ_WRITE,
              base, size);
}

/* 32-bit fixed memory range descriptor (6.4.3.4). */
void aml_fixed_memory(struct aml *aml, uint32_t base, uint32_t size)
{
    put8(aml, RESOURCE_FIXED_MEMORY);
    put(aml, 9, 2);
    put8(aml, RESOURCE_READ_WRITE);
    put(aml, base, 4);
    put(aml, size, 4);
}
