/* SPDX-License-Identifier: Apache-2.0 */
/* The part of <string.h> that Bulkhead and the libraries it carries use; core/lib/string.c has the functions. */
#ifndef CORE_LIB_FREESTANDING_STRING_H
#define CORE_LIB_FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *in, int value, size_t size);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t size);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t size);
char *strchr(const char *text, int c);
char *strrchr(const char *text, int c);

#endif
