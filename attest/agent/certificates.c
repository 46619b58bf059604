/* SPDX-License-Identifier: Apache-2.0 */
/* Splits concatenated certificates; compares a certificate's key with the TPM's. */
#include "attest/agent/certificates.h"

#include "core/lib/cursor.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#define DER_SEQUENCE 0x30u
#define DER_ONE_LENGTH_BYTE 0x81u /* no certificate has less than 128 bytes, or 64 KiB and more */
#define DER_TWO_LENGTH_BYTES 0x82u

size_t certificate_length(const uint8_t *bytes, size_t size)
{
    struct cursor cursor = cursor_over(bytes, size);
    if (cursor_u8(&cursor) != DER_SEQUENCE)
        return 0;
    uint8_t form = cursor_u8(&cursor);
    if (form != DER_ONE_LENGTH_BYTE && form != DER_TWO_LENGTH_BYTES)
        return 0;
    size_t content = cursor_u8(&cursor);
    if (form == DER_TWO_LENGTH_BYTES)
        content = content << 8 | cursor_u8(&cursor);
    cursor_skip(&cursor, content);
    return cursor.overrun ? 0 : (size_t)cursor.at;
}

bool certificates_add(struct certificates *certificates, const uint8_t *bytes, size_t size)
{
    for (;;) {
        size_t length = certificate_length(bytes, size);
        if (length == 0)
            return true;
        if (length > CERTIFICATE_MAX_SIZE || certificates->count == CERTIFICATES_MAX)
            return false;
        struct certificate *certificate = &certificates->list[certificates->count++];
        memcpy(certificate->der, bytes, length);
        certificate->size = length;
        bytes += length;
        size -= length;
    }
}

/* Unsigned big-endian numbers, whatever zeroes stand in front. */
static bool same_number(const gnutls_datum_t *a, const uint8_t *b, size_t b_size)
{
    const uint8_t *a_bytes = a->data;
    size_t a_size = a->size;
    for (; a_size > 0 && *a_bytes == 0; a_size--)
        a_bytes++;
    for (; b_size > 0 && *b == 0; b_size--)
        b++;
    return a_size == b_size && memcmp(a_bytes, b, a_size) == 0;
}

static enum certificate_match match_rsa(gnutls_pubkey_t public, const TPMT_PUBLIC *key)
{
    gnutls_datum_t modulus, exponent;
    if (gnutls_pubkey_export_rsa_raw(public, &modulus, &exponent) != GNUTLS_E_SUCCESS)
        return CERTIFICATE_UNREADABLE;
    bool same = same_number(&modulus, key->unique.rsa.buffer, key->unique.rsa.size);
    gnutls_free(modulus.data);
    gnutls_free(exponent.data);
    return same ? CERTIFICATE_MATCHES : CERTIFICATE_DIFFERS;
}

static enum certificate_match match_ecc(gnutls_pubkey_t public, const TPMT_PUBLIC *key)
{
    gnutls_ecc_curve_t curve;
    gnutls_datum_t x, y;
    if (gnutls_pubkey_export_ecc_raw(public, &curve, &x, &y) != GNUTLS_E_SUCCESS)
        return CERTIFICATE_UNREADABLE;
    bool same = same_number(&x, key->unique.ecc.x.buffer, key->unique.ecc.x.size) &&
                same_number(&y, key->unique.ecc.y.buffer, key->unique.ecc.y.size);
    gnutls_free(x.data);
    gnutls_free(y.data);
    return same ? CERTIFICATE_MATCHES : CERTIFICATE_DIFFERS;
}

enum certificate_match certificate_matches(const struct certificate *certificate, const TPMT_PUBLIC *key)
{
    gnutls_datum_t der = {(unsigned char *)(uintptr_t)certificate->der, (unsigned)certificate->size};
    gnutls_x509_crt_t x509 = NULL;
    gnutls_pubkey_t public = NULL;
    enum certificate_match match = CERTIFICATE_UNREADABLE;
    if (gnutls_x509_crt_init(&x509) == GNUTLS_E_SUCCESS && gnutls_pubkey_init(&public) == GNUTLS_E_SUCCESS &&
        gnutls_x509_crt_import(x509, &der, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS &&
        gnutls_pubkey_import_x509(public, x509, 0) == GNUTLS_E_SUCCESS)
        match = key->type == TPM2_ALG_RSA ? match_rsa(public, key) : match_ecc(public, key);
    gnutls_pubkey_deinit(public);
    gnutls_x509_crt_deinit(x509);
    return match;
}
