/* SPDX-License-Identifier: Apache-2.0 */
/* Hex and base64, strictly: one text for each row of bytes. */
#include "attest/lib/evidence.h"

#include <nettle/base64.h>
#include <string.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool evidence_hex(const char *text, size_t length, uint8_t *bytes, size_t size)
{
    if (length != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Nettle skips white space and counts the padding; the form is checked here first. */
bool evidence_base64(const char *text, size_t length, uint8_t *bytes, size_t most, size_t *size)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct base64_decode_ctx context;
    size_t padding = 0;
    *size = 0;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    if (length % 4 != 0 || length / 4 * 3 - padding > most || strspn(text, alphabet) != length - padding)
        return false;
    base64_decode_init(&context);
    *size = most;
    return base64_decode_update(&context, size, bytes, length, text) == 1 && base64_decode_final(&context) == 1;
}
