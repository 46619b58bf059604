/* SPDX-License-Identifier: Apache-2.0 */
/* Issues certificates (RFC 5280): random serial numbers, SHA-384, one purpose each. */
#include "attest/verifier/authority.h"

#include <arpa/inet.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY 86400
/* A client's clock may be a little behind. */
#define BACKDATE_S 300

struct authority {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
};

static const struct rule rule_ca = {
    "ATT-850", "the certificate authority's files do not belong together", "ca.pem and ca.key as `init` made them",
    "restore both from the same backup"};

static gnutls_datum_t datum(const void *bytes, size_t size)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)bytes, (unsigned)size};
}

static bool make_key(gnutls_x509_privkey_t *key)
{
    if (gnutls_x509_privkey_init(key) != 0)
        return false;
    return gnutls_x509_privkey_generate(*key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), 0) == 0;
}

/* What every certificate has: version, serial, dates, names. It ends at `latest` at the latest: who checks the chain would
 * not take it for longer. */
static bool fill_common(gnutls_x509_crt_t crt, const struct authority_subject *subject, time_t latest)
{
    uint8_t serial[16];
    time_t now = time(NULL), end = now + (time_t)subject->days * DAY;
    if (gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial) != 0)
        return false;
    serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40); /* positive, and always 16 bytes long */
    return gnutls_x509_crt_set_version(crt, 3) == 0 && gnutls_x509_crt_set_serial(crt, serial, sizeof serial) == 0 &&
           gnutls_x509_crt_set_activation_time(crt, now - BACKDATE_S) == 0 &&
           gnutls_x509_crt_set_expiration_time(crt, end < latest ? end : latest) == 0 &&
           gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_ORGANIZATIONAL_UNIT_NAME, 0, subject->role,
                                         (unsigned)strlen(subject->role)) == 0 &&
           gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, subject->name,
                                         (unsigned)strlen(subject->name)) == 0;
}

static bool add_name(gnutls_x509_crt_t crt, const char *name)
{
    uint8_t address[16];
    unsigned size = inet_pton(AF_INET, name, address) == 1 ? 4 : inet_pton(AF_INET6, name, address) == 1 ? 16 : 0;
    return size > 0 ? gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, address, size, GNUTLS_FSAN_APPEND) == 0
                    : gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name, (unsigned)strlen(name),
                                                           GNUTLS_FSAN_APPEND) == 0;
}

static bool fill_purpose(gnutls_x509_crt_t crt, const struct authority_subject *subject)
{
    bool good = gnutls_x509_crt_set_basic_constraints(crt, 0, -1) == 0 &&
                gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE) == 0;
    if (subject->purpose == AUTHORITY_CLIENT)
        return good && gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_CLIENT, 0) == 0;
    return good && gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0) == 0 &&
           add_name(crt, subject->name) && add_name(crt, "127.0.0.1") && add_name(crt, "localhost");
}

/* Names both keys in the certificate, so that chains can be built (RFC 5280, 4.2.1.1 and 4.2.1.2). */
static bool fill_key_ids(gnutls_x509_crt_t crt, gnutls_x509_crt_t issuer)
{
    uint8_t id[64];
    size_t size = sizeof id;
    if (gnutls_x509_crt_get_key_id(crt, 0, id, &size) != 0 || gnutls_x509_crt_set_subject_key_id(crt, id, size) != 0)
        return false;
    size = sizeof id;
    return gnutls_x509_crt_get_key_id(issuer, 0, id, &size) == 0 &&
           gnutls_x509_crt_set_authority_key_id(crt, id, size) == 0;
}

static bool export_certificate(gnutls_x509_crt_t crt, struct authority_certificate *out)
{
    gnutls_datum_t der = {0};
    size_t size = sizeof out->pem - 1;
    memset(out->pem, 0, sizeof out->pem);
    if (gnutls_x509_crt_export(crt, GNUTLS_X509_FMT_PEM, out->pem, &size) != 0 ||
        gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der) != 0)
        return false;
    hash_bytes(TPM_ALG_SHA256, der.data, der.size, out->hash);
    gnutls_free(der.data);
    out->not_after = gnutls_x509_crt_get_expiration_time(crt);
    return true;
}

static bool export_key(gnutls_x509_privkey_t key, struct authority_certificate *out)
{
    size_t size = sizeof out->key_pem - 1;
    memset(out->key_pem, 0, sizeof out->key_pem);
    return gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, out->key_pem, &size) == 0;
}

static bool fill_ca(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *name)
{
    struct authority_subject subject = {"ca", name, AUTHORITY_CLIENT, AUTHORITY_CA_DAYS};
    time_t no_limit = time(NULL) + (time_t)AUTHORITY_CA_DAYS * DAY;
    return fill_common(crt, &subject, no_limit) && gnutls_x509_crt_set_key(crt, key) == 0 &&
           gnutls_x509_crt_set_basic_constraints(crt, 1, 0) == 0 &&
           gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN) == 0 &&
           fill_key_ids(crt, crt) && gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA384, 0) == 0;
}

bool authority_create(const char *name, struct authority_certificate *certificate)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    bool good = make_key(&key) && gnutls_x509_crt_init(&crt) == 0 && fill_ca(crt, key, name) &&
                export_certificate(crt, certificate) && export_key(key, certificate);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return good;
}

struct authority *authority_open(const char *certificate_pem, const char *key_pem, struct report *report)
{
    struct authority *authority = calloc(1, sizeof *authority);
    if (authority == NULL)
        return NULL;
    gnutls_datum_t certificate = datum(certificate_pem, strlen(certificate_pem)), key = datum(key_pem, strlen(key_pem));
    uint8_t of_certificate[64], of_key[64];
    size_t certificate_size = sizeof of_certificate, key_size = sizeof of_key;
    bool good = gnutls_x509_crt_init(&authority->certificate) == 0 && gnutls_x509_privkey_init(&authority->key) == 0 &&
                gnutls_x509_crt_import(authority->certificate, &certificate, GNUTLS_X509_FMT_PEM) == 0 &&
                gnutls_x509_privkey_import(authority->key, &key, GNUTLS_X509_FMT_PEM) == 0 &&
                gnutls_x509_crt_get_key_id(authority->certificate, 0, of_certificate, &certificate_size) == 0 &&
                gnutls_x509_privkey_get_key_id(authority->key, 0, of_key, &key_size) == 0 &&
                certificate_size == key_size && memcmp(of_certificate, of_key, key_size) == 0;
    if (good)
        return authority;
    report_add(report, &rule_ca, "ca.pem", "no CA, or another key");
    authority_close(authority);
    return NULL;
}

void authority_close(struct authority *authority)
{
    if (authority == NULL)
        return;
    gnutls_x509_crt_deinit(authority->certificate);
    gnutls_x509_privkey_deinit(authority->key);
    free(authority);
}

/* Everything after the subject's key is set. */
static bool finish(const struct authority *authority, const struct authority_subject *subject, gnutls_x509_crt_t crt,
                   struct authority_certificate *certificate)
{
    time_t latest = gnutls_x509_crt_get_expiration_time(authority->certificate);
    return fill_common(crt, subject, latest) && fill_purpose(crt, subject) && fill_key_ids(crt, authority->certificate) &&
           gnutls_x509_crt_sign2(crt, authority->certificate, authority->key, GNUTLS_DIG_SHA384, 0) == 0 &&
           export_certificate(crt, certificate);
}

bool authority_issue(const struct authority *authority, const struct authority_subject *subject,
                     struct authority_certificate *certificate)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    bool good = make_key(&key) && gnutls_x509_crt_init(&crt) == 0 && gnutls_x509_crt_set_key(crt, key) == 0 &&
                finish(authority, subject, crt, certificate) && export_key(key, certificate);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return good;
}

bool authority_certify_key(const struct authority *authority, const struct authority_subject *subject, const char *key_pem,
                           struct authority_certificate *certificate)
{
    gnutls_datum_t text = datum(key_pem, strlen(key_pem));
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    certificate->key_pem[0] = '\0';
    bool good = gnutls_x509_privkey_init(&key) == 0 && gnutls_x509_privkey_import(key, &text, GNUTLS_X509_FMT_PEM) == 0 &&
                gnutls_x509_crt_init(&crt) == 0 && gnutls_x509_crt_set_key(crt, key) == 0 &&
                finish(authority, subject, crt, certificate);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return good;
}

bool authority_read_life(const char *pem, int64_t *not_before, int64_t *not_after)
{
    gnutls_datum_t text = datum(pem, strlen(pem));
    gnutls_x509_crt_t crt = NULL;
    bool good = gnutls_x509_crt_init(&crt) == 0 && gnutls_x509_crt_import(crt, &text, GNUTLS_X509_FMT_PEM) == 0;
    *not_before = good ? gnutls_x509_crt_get_activation_time(crt) : 0;
    *not_after = good ? gnutls_x509_crt_get_expiration_time(crt) : 0;
    gnutls_x509_crt_deinit(crt);
    return good;
}

bool authority_certify(const struct authority *authority, const struct authority_subject *subject, const uint8_t *csr,
                       size_t csr_size, struct authority_certificate *certificate)
{
    gnutls_datum_t der = datum(csr, csr_size);
    gnutls_x509_crq_t crq = NULL;
    gnutls_pubkey_t key = NULL;
    gnutls_x509_crt_t crt = NULL;
    certificate->key_pem[0] = '\0';
    bool good = gnutls_x509_crq_init(&crq) == 0 && gnutls_x509_crq_import(crq, &der, GNUTLS_X509_FMT_DER) == 0 &&
                gnutls_pubkey_init(&key) == 0 && gnutls_pubkey_import_x509_crq(key, crq, 0) == 0 &&
                gnutls_x509_crt_init(&crt) == 0 && gnutls_x509_crt_set_pubkey(crt, key) == 0 &&
                finish(authority, subject, crt, certificate);
    gnutls_x509_crt_deinit(crt);
    gnutls_pubkey_deinit(key);
    gnutls_x509_crq_deinit(crq);
    return good;
}
