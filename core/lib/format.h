/* SPDX-License-Identifier: Apache-2.0 */
/* Text formatting into a bounded buffer: a small subset of printf, the same on host and target. */
#ifndef CORE_LIB_FORMAT_H
#define CORE_LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Writes at most `size` bytes including the NUL; always terminates when size > 0. Returns the length written without
 * the NUL. Understands: %s %c %% and %d %u %x with flags '0' and '-', width, '.precision' for %s, and the length
 * modifiers l, ll, z (all taken at their C sizes). Anything else is copied as it stands. */
size_t fmt_print(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t fmt_vprint(char *buffer, size_t size, const char *format, va_list args);

#endif
