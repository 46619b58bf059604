/* SPDX-License-Identifier: Apache-2.0 */
/* Base64. */
#include "attest/agent/encode.h"

#include <gnutls/gnutls.h>

json_t *encode_base64(const uint8_t *bytes, size_t size)
{
    gnutls_datum_t data = {(unsigned char *)(uintptr_t)bytes, (unsigned)size};
    gnutls_datum_t text = {NULL, 0};
    if (size == 0)
        return json_string("");
    if (gnutls_base64_encode2(&data, &text) != GNUTLS_E_SUCCESS)
        return NULL;
    json_t *string = json_stringn((const char *)text.data, text.size);
    gnutls_free(text.data);
    return string;
}
