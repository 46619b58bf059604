/* SPDX-License-Identifier: Apache-2.0 */
/* Text formatting into a bounded buffer. */
#include "core/lib/format.h"

#include <stdbool.h>
#include <stdint.h>

struct sink {
    char *buffer;
    size_t size;
    size_t used;
};

struct spec {
    bool zero;
    bool left;
    size_t width;
    size_t precision;
    unsigned longs; /* 0 int, 1 long, 2 long long; on this ABI long, long long and size_t are all 64 bits */
};

static void put(struct sink *sink, char c)
{
    if (sink->used + 1 < sink->size)
        sink->buffer[sink->used++] = c;
}

static void put_padded(struct sink *sink, const struct spec *spec, const char *text, size_t length)
{
    size_t pad = spec->width > length ? spec->width - length : 0;
    for (size_t i = 0; !spec->left && i < pad; i++)
        put(sink, spec->zero ? '0' : ' ');
    for (size_t i = 0; i < length; i++)
        put(sink, text[i]);
    for (size_t i = 0; spec->left && i < pad; i++)
        put(sink, ' ');
}

static void put_number(struct sink *sink, const struct spec *spec, uint64_t value, unsigned base, bool negative)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (negative)
        digits[--at] = '-';
    put_padded(sink, spec, digits + at, sizeof digits - at);
}

static void put_string(struct sink *sink, struct spec *spec, const char *text)
{
    size_t length = 0;
    while (length < spec->precision && text[length] != '\0')
        length++;
    spec->zero = false;
    put_padded(sink, spec, text, length);
}

static const char *parse_number(const char *at, size_t *number)
{
    *number = 0;
    while (*at >= '0' && *at <= '9')
        *number = *number * 10 + (size_t)(*at++ - '0');
    return at;
}

static const char *parse_spec(const char *at, struct spec *spec)
{
    *spec = (struct spec){.precision = SIZE_MAX};
    for (; *at == '0' || *at == '-'; at++) {
        spec->zero |= *at == '0';
        spec->left |= *at == '-';
    }
    at = parse_number(at, &spec->width);
    if (*at == '.')
        at = parse_number(at + 1, &spec->precision);
    for (; *at == 'l' || *at == 'z'; at++)
        spec->longs += *at == 'z' ? 2 : 1;
    return at;
}

static int64_t take_signed(va_list *args, const struct spec *spec)
{
    return spec->longs == 0 ? va_arg(*args, int) : va_arg(*args, long long);
}

static uint64_t take_unsigned(va_list *args, const struct spec *spec)
{
    return spec->longs == 0 ? va_arg(*args, unsigned) : va_arg(*args, unsigned long long);
}

static void put_conversion(struct sink *sink, char conversion, struct spec *spec, va_list *args)
{
    int64_t number;
    switch (conversion) {
    case 'd':
        number = take_signed(args, spec);
        put_number(sink, spec, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 10, number < 0);
        break;
    case 'u':
        put_number(sink, spec, take_unsigned(args, spec), 10, false);
        break;
    case 'x':
        put_number(sink, spec, take_unsigned(args, spec), 16, false);
        break;
    case 's':
        put_string(sink, spec, va_arg(*args, const char *));
        break;
    case 'c':
        put(sink, (char)va_arg(*args, int));
        break;
    default:
        put(sink, conversion);
    }
}

size_t fmt_vprint(char *buffer, size_t size, const char *format, va_list args)
{
    struct sink sink = {buffer, size, 0};
    va_list rest;
    va_copy(rest, args);
    while (*format != '\0') {
        if (*format != '%') {
            put(&sink, *format++);
            continue;
        }
        struct spec spec;
        format = parse_spec(format + 1, &spec);
        if (*format != '\0')
            put_conversion(&sink, *format++, &spec, &rest);
    }
    va_end(rest);
    if (size > 0)
        buffer[sink.used] = '\0';
    return sink.used;
}

size_t fmt_print(char *buffer, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t used = fmt_vprint(buffer, size, format, args);
    va_end(args);
    return used;
}
