/* SPDX-License-Identifier: Apache-2.0 */
/* Writes base64, by Nettle. (Reading it is evidence_base64().) */
#include "attest/verifier/base64.h"

#include <nettle/base64.h>
#include <stdlib.h>

json_t *base64_json(const void *bytes, size_t size)
{
    size_t length = BASE64_ENCODE_RAW_LENGTH(size);
    char *text = malloc(length + 1);
    if (text == NULL)
        return NULL;
    base64_encode_raw(text, size, bytes);
    json_t *json = json_stringn(text, length);
    free(text);
    return json;
}

json_t *base64_url_json(const void *bytes, size_t size)
{
    struct base64_encode_ctx context;
    char *text = malloc(BASE64_ENCODE_LENGTH(size) + BASE64_ENCODE_FINAL_LENGTH + 1);
    if (text == NULL)
        return NULL;
    base64url_encode_init(&context);
    size_t length = base64_encode_update(&context, text, size, bytes);
    length += base64_encode_final(&context, text + length);
    while (length > 0 && text[length - 1] == '=')
        length--;
    json_t *json = json_stringn(text, length);
    free(text);
    return json;
}
