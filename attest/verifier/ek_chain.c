/* SPDX-License-Identifier: Apache-2.0 */
/* EK certificates (TCG EK Credential Profile 2.5, 3.2): the subject stands in a critical SAN as a directory name, the
 * extended key usage is the TCG's own. Revocation lists are not asked for: docs/CAVEATS.md. */
#include "attest/verifier/ek_chain.h"

#include <dirent.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OID_TCG_EK_CERTIFICATE "2.23.133.8.1"

static const struct rule rule_none = {
    "ATT-852", "the endorsement key has no certificate, and no pin was set for this asset",
    "the EK certificate chain, or an operator's pin of this key",
    "let the agent send the TPM's certificate, or run `bulkhead-verifier hosts pin ASSET SHA256` after checking the key"};
static const struct rule rule_form = {
    "ATT-853", "the EK certificate cannot be read", "X.509 certificates in DER, the EK's own first",
    "read the certificate from the TPM's NV index again"};
static const struct rule rule_chain = {
    "ATT-854", "the EK certificate does not lead to a trusted TPM maker", "a chain to a CA of the ek-ca folder",
    "put the maker's root and intermediate certificates into ek-ca, if this is a TPM you trust"};
static const struct rule rule_key = {
    "ATT-855", "the EK certificate is for another key", "the key of ek_public in the certificate",
    "this is not the TPM it says it is, or the certificate of its other EK was sent"};
static const struct rule rule_purpose = {
    "ATT-856", "the certificate is not an EK's", "an end entity's, its extended key usage (if any) 2.23.133.8.1",
    "send the EK certificate"};
static const struct rule rule_file = {
    "ATT-857", "a file of the ek-ca folder holds no certificate", "certificates in PEM or DER",
    "convert or remove it; it is not used"};

struct ek_bundle {
    gnutls_x509_trust_list_t list;
};

static bool is_certificate_file(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcmp(dot, ".pem") == 0 || strcmp(dot, ".crt") == 0 || strcmp(dot, ".cer") == 0 ||
                           strcmp(dot, ".der") == 0);
}

static int add_file(struct ek_bundle *bundle, const char *path)
{
    int added = gnutls_x509_trust_list_add_trust_file(bundle->list, path, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
    return added > 0 ? added
                     : gnutls_x509_trust_list_add_trust_file(bundle->list, path, NULL, GNUTLS_X509_FMT_DER, 0, 0);
}

struct ek_bundle *ek_bundle_load(const char *folder, unsigned *count, struct report *report)
{
    struct ek_bundle *bundle = calloc(1, sizeof *bundle);
    *count = 0;
    if (bundle == NULL || gnutls_x509_trust_list_init(&bundle->list, 0) != 0) {
        free(bundle);
        return NULL;
    }
    DIR *files = opendir(folder);
    for (struct dirent *file; files != NULL && (file = readdir(files)) != NULL;) {
        char path[4096];
        if (!is_certificate_file(file->d_name))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, file->d_name);
        int added = add_file(bundle, path);
        if (report_unless(added > 0, report, &rule_file, file->d_name, "no certificate"))
            *count += (unsigned)added;
    }
    if (files != NULL)
        closedir(files);
    return bundle;
}

void ek_bundle_free(struct ek_bundle *bundle)
{
    if (bundle == NULL)
        return;
    gnutls_x509_trust_list_deinit(bundle->list, 1);
    free(bundle);
}

/* Equal numbers, whatever zeros stand before them. */
static bool same_number(const gnutls_datum_t *a, const uint8_t *b, size_t size)
{
    size_t skip = 0;
    while (skip < a->size && a->data[skip] == 0)
        skip++;
    while (size > 0 && *b == 0) {
        b++;
        size--;
    }
    return a->size - skip == size && memcmp(a->data + skip, b, size) == 0;
}

static bool same_rsa(gnutls_x509_crt_t leaf, const struct public_key *ek)
{
    gnutls_datum_t modulus = {0}, exponent = {0};
    uint8_t number[4] = {(uint8_t)(ek->exponent >> 24), (uint8_t)(ek->exponent >> 16), (uint8_t)(ek->exponent >> 8),
                         (uint8_t)ek->exponent};
    if (gnutls_x509_crt_get_pk_rsa_raw(leaf, &modulus, &exponent) != 0)
        return false;
    bool same = same_number(&modulus, ek->modulus, ek->size) && same_number(&exponent, number, sizeof number);
    gnutls_free(modulus.data);
    gnutls_free(exponent.data);
    return same;
}

static bool same_point(gnutls_x509_crt_t leaf, const struct public_key *ek)
{
    gnutls_ecc_curve_t curve;
    gnutls_datum_t x = {0}, y = {0};
    if (gnutls_x509_crt_get_pk_ecc_raw(leaf, &curve, &x, &y) != 0)
        return false;
    gnutls_ecc_curve_t expected = ek->kind == PUBLIC_P256 ? GNUTLS_ECC_CURVE_SECP256R1 : GNUTLS_ECC_CURVE_SECP384R1;
    bool same = curve == expected && same_number(&x, ek->x, ek->size) && same_number(&y, ek->y, ek->size);
    gnutls_free(x.data);
    gnutls_free(y.data);
    return same;
}

/* An end entity; where it restricts its purpose at all, an EK. */
static bool is_ek_certificate(gnutls_x509_crt_t leaf)
{
    unsigned critical;
    if (gnutls_x509_crt_get_ca_status(leaf, &critical) > 0)
        return false;
    for (unsigned i = 0; i < 16; i++) {
        char oid[64] = "";
        size_t size = sizeof oid;
        int status = gnutls_x509_crt_get_key_purpose_oid(leaf, i, oid, &size, NULL);
        if (status == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return i == 0;
        if (status == 0 && strcmp(oid, OID_TCG_EK_CERTIFICATE) == 0)
            return true;
    }
    return false;
}

static void print_status(unsigned status, char *text, size_t size)
{
    gnutls_datum_t words = {0};
    text[0] = '\0';
    if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &words, 0) == 0)
        snprintf(text, size, "%s", words.data);
    gnutls_free(words.data);
}

static bool check(const struct ek_bundle *bundle, gnutls_x509_crt_t *chain, unsigned count, const struct public_key *ek,
                  struct report *report)
{
    unsigned status = ~0u;
    char words[REPORT_FOUND_MAX];
    bool verified = gnutls_x509_trust_list_verify_crt(bundle->list, chain, count, 0, &status, NULL) == 0 && status == 0;
    print_status(status, words, sizeof words);
    bool same = ek->kind == PUBLIC_RSA2048 ? same_rsa(chain[0], ek) : same_point(chain[0], ek);
    return report_unless(verified, report, &rule_chain, "ek_certificates", "%s", words) &&
           report_unless(is_ek_certificate(chain[0]), report, &rule_purpose, "ek_certificates", "another purpose") &&
           report_unless(same, report, &rule_key, "ek_certificates", "another key");
}

bool ek_chain_fits(size_t count, struct report *report)
{
    return report_unless(count <= EK_CHAIN_MAX, report, &rule_form, "ek_certificates", "no list, or more than %u",
                         EK_CHAIN_MAX);
}

bool ek_chain_check(const struct ek_bundle *bundle, const struct ek_certificate *chain, size_t count,
                    const struct public_key *ek, struct report *report)
{
    gnutls_x509_crt_t certificates[EK_CHAIN_MAX];
    unsigned read = 0;
    bool good = report_unless(count > 0, report, &rule_none, "ek_certificates", "none") && ek_chain_fits(count, report);
    while (good && read < count) {
        gnutls_datum_t der = {(unsigned char *)(uintptr_t)chain[read].der, (unsigned)chain[read].size};
        if (gnutls_x509_crt_init(&certificates[read]) != 0)
            break;
        good = report_unless(gnutls_x509_crt_import(certificates[read], &der, GNUTLS_X509_FMT_DER) == 0, report, &rule_form,
                             "ek_certificates", "certificate %u of %zu bytes is none", read + 1, chain[read].size);
        read++;
    }
    good = good && read == count && check(bundle, certificates, read, ek, report);
    while (read > 0)
        gnutls_x509_crt_deinit(certificates[--read]);
    return good;
}
