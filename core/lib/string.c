/* SPDX-License-Identifier: Apache-2.0 */
/* The string functions of the freestanding builds; the hosted ones use the C library's. */
#include <stdint.h>
#include <string.h>

/* ERMSB and FSRM make the string instructions the fastest general copy without vector registers. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *at = to;
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
    return to;
}

void *memset(void *to, int value, size_t size)
{
    void *at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(value) : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    /* The destination starts inside the source: copy from the end. The ABI wants the direction flag clear again. */
    uint8_t *last_to = (uint8_t *)to + size - 1;
    const uint8_t *last_from = (const uint8_t *)from + size - 1;
    __asm__ volatile("std; rep movsb; cld" : "+D"(last_to), "+S"(last_from), "+c"(size) : : "memory", "cc");
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *left = a;
    const uint8_t *right = b;
    for (size_t i = 0; i < size; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}

void *memchr(const void *in, int value, size_t size)
{
    const uint8_t *bytes = in;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] == (uint8_t)value)
            return (void *)(uintptr_t)(bytes + i);
    return NULL;
}

size_t strnlen(const char *text, size_t size)
{
    size_t length = 0;
    while (length < size && text[length] != '\0')
        length++;
    return length;
}

size_t strlen(const char *text)
{
    return strnlen(text, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i])
            return (uint8_t)a[i] < (uint8_t)b[i] ? -1 : 1;
        if (a[i] == '\0')
            return 0;
    }
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *text, int c)
{
    return memchr(text, c, strlen(text) + 1);
}

char *strrchr(const char *text, int c)
{
    for (size_t i = strlen(text) + 1; i > 0; i--)
        if (text[i - 1] == (char)c)
            return (char *)(uintptr_t)(text + i - 1);
    return NULL;
}
