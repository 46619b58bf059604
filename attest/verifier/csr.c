/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a certificate request that came from the network. */
#include "attest/verifier/authority.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

static const struct rule rule_csr = {
    "ATT-851", "the certificate request cannot be used",
    "PKCS #10 in PEM, signed by its own key: P-256, P-384, Ed25519 or RSA of 2048 to 4096 bits", "make a new key and request"};

static bool key_is_good(gnutls_x509_crq_t crq)
{
    unsigned bits = 0;
    int algorithm = gnutls_x509_crq_get_pk_algorithm(crq, &bits);
    if (algorithm == GNUTLS_PK_RSA)
        return bits >= 2048 && bits <= 4096;
    return algorithm == GNUTLS_PK_EDDSA_ED25519 || (algorithm == GNUTLS_PK_ECDSA && (bits == 256 || bits == 384));
}

/* The bytes between the PEM lines, as they came: quotes are bound to their hash. */
static bool copy_der(const gnutls_datum_t *pem, uint8_t *der, size_t most, size_t *size)
{
    gnutls_datum_t bytes = {0};
    if (gnutls_pem_base64_decode2(NULL, pem, &bytes) != 0)
        return false;
    bool fits = bytes.size <= most;
    if (fits)
        memcpy(der, bytes.data, bytes.size);
    *size = fits ? bytes.size : 0;
    gnutls_free(bytes.data);
    return fits;
}

static bool check_request(gnutls_x509_crq_t crq, const gnutls_datum_t *der, struct report *report)
{
    return report_unless(gnutls_x509_crq_import(crq, der, GNUTLS_X509_FMT_DER) == 0, report, &rule_csr, "csr",
                         "%u bytes that are no request", der->size) &&
           report_unless(key_is_good(crq), report, &rule_csr, "csr", "another kind of key") &&
           report_unless(gnutls_x509_crq_verify(crq, 0) == 0, report, &rule_csr, "csr", "a signature by another key");
}

bool authority_read_csr(const char *pem, size_t pem_size, uint8_t *der, size_t most, size_t *size, struct report *report)
{
    gnutls_datum_t text = {(unsigned char *)(uintptr_t)pem, (unsigned)pem_size};
    gnutls_x509_crq_t crq;
    bool read = pem_size <= 2 * most && copy_der(&text, der, most, size);
    if (!report_unless(read, report, &rule_csr, "csr", "%zu bytes", pem_size) || gnutls_x509_crq_init(&crq) != 0)
        return false;
    gnutls_datum_t bytes = {der, (unsigned)*size};
    bool good = check_request(crq, &bytes, report);
    gnutls_x509_crq_deinit(crq);
    return good;
}
