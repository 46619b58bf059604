/* SPDX-License-Identifier: Apache-2.0 */
/* Counts what separates the values of a JSON text. */
#include "attest/verifier/body.h"

#include <string.h>

/* Behind the quote that ends a string; `at` is behind the one that began it. */
static const char *skip_string(const char *at, const char *end)
{
    const char *quote;
    while ((quote = memchr(at, '"', (size_t)(end - at))) != NULL) {
        const char *before = quote;
        while (before > at && before[-1] == '\\')
            before--;
        at = quote + 1;
        if ((quote - before) % 2 == 0)
            return at;
    }
    return end;
}

bool body_has_at_most(const char *text, size_t size, size_t most)
{
    const char *at = text, *end = text + size;
    size_t count = 0;
    while (at < end && count <= most) {
        char c = *at++;
        if (c == '"')
            at = skip_string(at, end);
        else
            count += c == '[' || c == '{' || c == ',' || c == ':';
    }
    return count <= most;
}
