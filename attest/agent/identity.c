/* SPDX-License-Identifier: Apache-2.0 */
/* Key, request and certificate, by GnuTLS. */
#include "attest/agent/identity.h"

#include "attest/agent/folder.h"
#include "attest/lib/evidence.h"
#include "tools/common/file.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <string.h>

static const struct rule rule_make = {
    "AGENT-822", "the TLS key or its request cannot be made", "what GnuTLS can make from the setting asset",
    "see the text; the asset's name must fit into a certificate"};
static const struct rule rule_read = {
    "AGENT-823", "the TLS request or certificate in the state folder is damaged", "what was stored there",
    "restore it; or have the operator retire the host, empty the state folder, enrol again"};
static const struct rule rule_foreign = {
    "AGENT-824", "the verifier's certificate is not for this agent", "one for the key of the request, with CN = host id",
    "see the verifier's log: it may have mixed up two hosts"};

static bool gnutls_good(int code, const struct rule *rule, const char *where, struct report *report)
{
    return report_unless(code >= 0, report, rule, where, "%s", gnutls_strerror(code));
}

/* Writes the key first: a request without its key would be useless. */
static bool store(const struct settings *settings, gnutls_x509_privkey_t key, gnutls_x509_crq_t request,
                  struct report *report)
{
    gnutls_datum_t key_pem = {NULL, 0}, request_pem = {NULL, 0};
    int code = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &key_pem);
    if (code >= 0)
        code = gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_PEM, &request_pem);
    bool good = gnutls_good(code, &rule_make, "request", report) &&
                folder_write(settings, FOLDER_TLS_KEY, key_pem.data, key_pem.size, report) &&
                folder_write(settings, FOLDER_TLS_REQUEST, request_pem.data, request_pem.size, report);
    if (key_pem.data != NULL)
        gnutls_memset(key_pem.data, 0, key_pem.size);
    gnutls_free(key_pem.data);
    gnutls_free(request_pem.data);
    return good;
}

static int fill_request(const struct settings *settings, gnutls_x509_privkey_t key, gnutls_x509_crq_t request)
{
    bool p384 = settings->attestation_key == SETTINGS_AK_P384;
    unsigned bits = GNUTLS_CURVE_TO_BITS(p384 ? GNUTLS_ECC_CURVE_SECP384R1 : GNUTLS_ECC_CURVE_SECP256R1);
    int code = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, bits, 0);
    if (code >= 0)
        code = gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, settings->asset,
                                             (unsigned)strlen(settings->asset));
    if (code >= 0)
        code = gnutls_x509_crq_set_version(request, 1);
    if (code >= 0)
        code = gnutls_x509_crq_set_key(request, key);
    if (code >= 0)
        code = gnutls_x509_crq_sign2(request, key, p384 ? GNUTLS_DIG_SHA384 : GNUTLS_DIG_SHA256, 0);
    return code;
}

bool identity_make(const struct settings *settings, struct report *report)
{
    gnutls_x509_privkey_t key = NULL;
    gnutls_x509_crq_t request = NULL;
    if (folder_has(settings, FOLDER_TLS_REQUEST))
        return true;
    int code = gnutls_x509_privkey_init(&key);
    if (code >= 0)
        code = gnutls_x509_crq_init(&request);
    if (code >= 0)
        code = fill_request(settings, key, request);
    bool good = gnutls_good(code, &rule_make, "request", report) && store(settings, key, request, report);
    gnutls_x509_crq_deinit(request);
    gnutls_x509_privkey_deinit(key);
    return good;
}

/* DER from a file's PEM with the given header; the caller frees it with gnutls_free(). */
static bool read_pem(const struct settings *settings, const char *name, const char *header, struct file_bytes *pem,
                     gnutls_datum_t *der, struct report *report)
{
    char path[FOLDER_PATH_MAX];
    folder_path(settings, name, path);
    if (!file_read(path, IDENTITY_PEM_MAX - 1, pem, report))
        return false;
    gnutls_datum_t text = {pem->data, (unsigned)pem->size};
    if (gnutls_good(gnutls_pem_base64_decode2(header, &text, der), &rule_read, path, report))
        return true;
    file_bytes_free(pem);
    return false;
}

bool identity_read_request(const struct settings *settings, char pem[IDENTITY_PEM_MAX], uint8_t channel[HASH_SHA256_SIZE],
                           struct report *report)
{
    struct file_bytes text;
    gnutls_datum_t der = {NULL, 0};
    if (!read_pem(settings, FOLDER_TLS_REQUEST, "NEW CERTIFICATE REQUEST", &text, &der, report))
        return false;
    memcpy(pem, text.data, text.size + 1);
    hash_bytes(TPM_ALG_SHA256, der.data, der.size, channel);
    gnutls_free(der.data);
    file_bytes_free(&text);
    return true;
}

static bool same_key(gnutls_x509_crt_t certificate, const struct settings *settings, struct report *report)
{
    gnutls_x509_crq_t request = NULL;
    struct file_bytes pem;
    gnutls_datum_t der = {NULL, 0};
    uint8_t ours[HASH_SHA256_SIZE], theirs[HASH_SHA256_SIZE];
    size_t ours_size = sizeof ours, theirs_size = sizeof theirs;
    if (!read_pem(settings, FOLDER_TLS_REQUEST, "NEW CERTIFICATE REQUEST", &pem, &der, report))
        return false;
    bool same = gnutls_x509_crq_init(&request) >= 0 && gnutls_x509_crq_import(request, &der, GNUTLS_X509_FMT_DER) >= 0 &&
                gnutls_x509_crq_get_key_id(request, GNUTLS_KEYID_USE_SHA256, ours, &ours_size) >= 0 &&
                gnutls_x509_crt_get_key_id(certificate, GNUTLS_KEYID_USE_SHA256, theirs, &theirs_size) >= 0 &&
                ours_size == theirs_size && memcmp(ours, theirs, ours_size) == 0;
    gnutls_x509_crq_deinit(request);
    gnutls_free(der.data);
    file_bytes_free(&pem);
    return same;
}

/* The CN, where it has the form of a host id. */
static bool read_host(gnutls_x509_crt_t certificate, char host[33])
{
    uint8_t bytes[16];
    size_t size = 33;
    return gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, host, &size) >= 0 &&
           evidence_hex(host, strlen(host), bytes, sizeof bytes);
}

bool identity_accept(const struct settings *settings, const char *pem, const char *host, struct report *report)
{
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
    gnutls_x509_crt_t certificate = NULL;
    char named[33] = "";
    bool good = gnutls_x509_crt_init(&certificate) >= 0 &&
                gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM) >= 0 && read_host(certificate, named) &&
                strcmp(named, host) == 0 && same_key(certificate, settings, report);
    gnutls_x509_crt_deinit(certificate);
    return report_unless(good, report, &rule_foreign, "certificate", "CN %s, or another key", named) &&
           folder_write(settings, FOLDER_TLS_CERTIFICATE, pem, strlen(pem), report);
}

bool identity_read_certificate(const struct settings *settings, struct identity_certificate *stored, struct report *report)
{
    gnutls_x509_crt_t certificate = NULL;
    struct file_bytes pem;
    gnutls_datum_t der = {NULL, 0};
    if (!read_pem(settings, FOLDER_TLS_CERTIFICATE, "CERTIFICATE", &pem, &der, report))
        return false;
    hash_bytes(TPM_ALG_SHA256, der.data, der.size, stored->channel);
    bool good = gnutls_x509_crt_init(&certificate) >= 0 &&
                gnutls_x509_crt_import(certificate, &der, GNUTLS_X509_FMT_DER) >= 0 && read_host(certificate, stored->host);
    stored->not_before = good ? gnutls_x509_crt_get_activation_time(certificate) : 0;
    stored->not_after = good ? gnutls_x509_crt_get_expiration_time(certificate) : 0;
    gnutls_x509_crt_deinit(certificate);
    gnutls_free(der.data);
    file_bytes_free(&pem);
    return report_unless(good, report, &rule_read, FOLDER_TLS_CERTIFICATE, "no certificate with a host id");
}
