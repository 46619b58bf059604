/* SPDX-License-Identifier: Apache-2.0 */
/* Makes and reads P-384 keys. */
#include "attest/verifier/keys.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

static const struct rule rule_key = {
    "ATT-858", "the file holds no P-384 key", "a key on P-384 in PEM", "use the right file"};

bool keys_create(char secret_pem[KEYS_PEM_MAX], char public_pem[KEYS_PEM_MAX])
{
    gnutls_x509_privkey_t secret = NULL;
    gnutls_privkey_t abstract = NULL;
    gnutls_pubkey_t public = NULL;
    size_t secret_size = KEYS_PEM_MAX - 1, public_size = KEYS_PEM_MAX - 1;
    memset(secret_pem, 0, KEYS_PEM_MAX);
    memset(public_pem, 0, KEYS_PEM_MAX);
    unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1);
    bool good = gnutls_x509_privkey_init(&secret) == 0 && gnutls_privkey_init(&abstract) == 0 &&
                gnutls_pubkey_init(&public) == 0 && gnutls_x509_privkey_generate(secret, GNUTLS_PK_ECDSA, bits, 0) == 0 &&
                gnutls_x509_privkey_export_pkcs8(secret, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, secret_pem,
                                                 &secret_size) == 0 &&
                gnutls_privkey_import_x509(abstract, secret, 0) == 0 &&
                gnutls_pubkey_import_privkey(public, abstract, 0, 0) == 0 &&
                gnutls_pubkey_export(public, GNUTLS_X509_FMT_PEM, public_pem, &public_size) == 0;
    gnutls_pubkey_deinit(public);
    gnutls_privkey_deinit(abstract);
    gnutls_x509_privkey_deinit(secret);
    return good;
}

/* A number of at most 48 bytes, right-aligned. */
static bool put_number(const gnutls_datum_t *number, uint8_t to[48])
{
    size_t skip = 0;
    while (skip < number->size && number->data[skip] == 0)
        skip++;
    if (number->size - skip > 48)
        return false;
    memset(to, 0, 48);
    memcpy(to + 48 - (number->size - skip), number->data + skip, number->size - skip);
    return true;
}

static bool to_public(gnutls_ecc_curve_t curve, const gnutls_datum_t *x, const gnutls_datum_t *y, struct public_key *public)
{
    uint8_t point[97] = {4};
    return curve == GNUTLS_ECC_CURVE_SECP384R1 && put_number(x, point + 1) && put_number(y, point + 49) &&
           ecdsa_public_from_point(point, sizeof point, public);
}

void keys_id(const struct public_key *public, char id[KEYS_ID_SIZE])
{
    uint8_t point[97] = {4}, digest[HASH_SHA384_SIZE];
    memcpy(point + 1, public->x, 48);
    memcpy(point + 49, public->y, 48);
    hash_bytes(TPM_ALG_SHA384, point, sizeof point, digest);
    hash_to_hex(digest, sizeof digest, id);
}

bool keys_read_secret(const char *pem, const char *where, struct ecdsa_secret *secret, struct public_key *public,
                      char id[KEYS_ID_SIZE], struct report *report)
{
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)}, x = {0}, y = {0}, k = {0};
    gnutls_x509_privkey_t key = NULL;
    gnutls_ecc_curve_t curve;
    bool good = gnutls_x509_privkey_init(&key) == 0 && gnutls_x509_privkey_import(key, &text, GNUTLS_X509_FMT_PEM) == 0 &&
                gnutls_x509_privkey_export_ecc_raw(key, &curve, &x, &y, &k) == 0 && to_public(curve, &x, &y, public) &&
                put_number(&k, secret->bytes);
    if (k.data != NULL)
        gnutls_memset(k.data, 0, k.size);
    gnutls_free(x.data);
    gnutls_free(y.data);
    gnutls_free(k.data);
    gnutls_x509_privkey_deinit(key);
    if (good)
        keys_id(public, id);
    return report_unless(good, report, &rule_key, where, "something else");
}

bool keys_read_public(const char *pem, const char *where, struct public_key *public, char id[KEYS_ID_SIZE],
                      struct report *report)
{
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)}, x = {0}, y = {0};
    gnutls_pubkey_t key = NULL;
    gnutls_ecc_curve_t curve;
    bool good = gnutls_pubkey_init(&key) == 0 && gnutls_pubkey_import(key, &text, GNUTLS_X509_FMT_PEM) == 0 &&
                gnutls_pubkey_export_ecc_raw(key, &curve, &x, &y) == 0 && to_public(curve, &x, &y, public);
    gnutls_free(x.data);
    gnutls_free(y.data);
    gnutls_pubkey_deinit(key);
    if (good)
        keys_id(public, id);
    return report_unless(good, report, &rule_key, where, "something else");
}
