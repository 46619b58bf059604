/* SPDX-License-Identifier: Apache-2.0 */
/* Signing keys, by Mbed TLS. */
#include "tools/crypto/key.h"

#include "tools/common/file.h"

#include <mbedtls/asn1.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <string.h>
#include <sys/random.h>

static const struct rule rule_not_a_key = {
    "TOOL-720", "this is no P-384 key", "a PEM file with a P-384 private or public key, without a password",
    "make one with 'bulkhead keygen'"};
static const struct rule rule_no_secret = {
    "TOOL-721", "this key cannot sign", "a private key", "name the private key's file, or sign detached"};
static const struct rule rule_no_random = {
    "TOOL-722", "the key operation failed", "a working random number generator", "try again on another machine"};
static const struct rule rule_signature_form = {
    "TOOL-723", "this is no P-384 signature", "96 bytes (r, s), or a DER SEQUENCE of two INTEGERs",
    "sign the digest file with ECDSA on P-384, without hashing it again"};

#define HALF (CRYPTO_P384_SIGNATURE_SIZE / 2)

static int random_bytes(void *context, unsigned char *output, size_t size)
{
    (void)context;
    while (size > 0) {
        ssize_t got = getrandom(output, size, 0);
        if (got < 0)
            return -1;
        output += got;
        size -= (size_t)got;
    }
    return 0;
}

/* Copies a parsed pair out; false when it is on another curve. */
static bool key_from_pair(const mbedtls_ecp_keypair *pair, bool has_secret, struct key *key)
{
    size_t length = 0;
    *key = (struct key){.has_secret = has_secret};
    return mbedtls_ecp_keypair_get_group_id(pair) == MBEDTLS_ECP_DP_SECP384R1 &&
           mbedtls_ecp_write_public_key(pair, MBEDTLS_ECP_PF_UNCOMPRESSED, &length, key->point, sizeof key->point) ==
               0 &&
           length == sizeof key->point &&
           (!has_secret || mbedtls_ecp_write_key_ext(pair, &length, key->secret, sizeof key->secret) == 0);
}

static bool set_public_point(const struct key *key, mbedtls_ecp_keypair *pair)
{
    mbedtls_ecp_group group;
    mbedtls_ecp_point point;
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&point);
    bool good = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP384R1) == 0 &&
                mbedtls_ecp_point_read_binary(&group, &point, key->point, sizeof key->point) == 0 &&
                mbedtls_ecp_set_public_key(MBEDTLS_ECP_DP_SECP384R1, pair, &point) == 0;
    mbedtls_ecp_point_free(&point);
    mbedtls_ecp_group_free(&group);
    return good;
}

/* Fills an initialised context from our form of the key. */
static bool key_to_pk(const struct key *key, mbedtls_pk_context *pk)
{
    if (mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) != 0)
        return false;
    mbedtls_ecp_keypair *pair = mbedtls_pk_ec(*pk);
    if (!key->has_secret)
        return set_public_point(key, pair);
    return mbedtls_ecp_read_key(MBEDTLS_ECP_DP_SECP384R1, pair, key->secret, sizeof key->secret) == 0 &&
           mbedtls_ecp_keypair_calc_public(pair, random_bytes, NULL) == 0;
}

bool key_generate(struct key *key, struct report *report)
{
    mbedtls_ecp_keypair pair;
    mbedtls_ecp_keypair_init(&pair);
    bool good = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP384R1, &pair, random_bytes, NULL) == 0 &&
                key_from_pair(&pair, true, key);
    mbedtls_ecp_keypair_free(&pair);
    if (!good)
        report_add(report, &rule_no_random, "key generation", "an error of the random number generator");
    return good;
}

/* The PEM parsers want the NUL behind the text to be counted; the DER parsers do not. */
static size_t parse_size(const struct file_bytes *file)
{
    return strstr((const char *)file->data, "-----BEGIN") != NULL ? file->size + 1 : file->size;
}

static bool key_parse(const struct file_bytes *file, struct key *key)
{
    mbedtls_pk_context pk;
    mbedtls_pk_init(&pk);
    bool has_secret =
        mbedtls_pk_parse_key(&pk, file->data, parse_size(file), NULL, 0, random_bytes, NULL) == 0;
    if (!has_secret) {
        mbedtls_pk_free(&pk);
        mbedtls_pk_init(&pk);
    }
    bool good = has_secret || mbedtls_pk_parse_public_key(&pk, file->data, parse_size(file)) == 0;
    good = good && mbedtls_pk_can_do(&pk, MBEDTLS_PK_ECKEY) && key_from_pair(mbedtls_pk_ec(pk), has_secret, key);
    mbedtls_pk_free(&pk);
    return good;
}

bool key_read(const char *path, struct key *key, struct report *report)
{
    struct file_bytes file;
    if (!file_read(path, KEY_FILE_MAX, &file, report))
        return false;
    bool good = key_parse(&file, key);
    if (!good)
        report_add(report, &rule_not_a_key, path, "%zu bytes of something else", file.size);
    mbedtls_platform_zeroize(file.data, file.size);
    file_bytes_free(&file);
    return good;
}

static size_t key_pem(const struct key *key, char *text, size_t size,
                      int (*write)(const mbedtls_pk_context *, unsigned char *, size_t))
{
    mbedtls_pk_context pk;
    mbedtls_pk_init(&pk);
    bool good = key_to_pk(key, &pk) && write(&pk, (unsigned char *)text, size) == 0;
    mbedtls_pk_free(&pk);
    return good ? strlen(text) : 0;
}

size_t key_private_pem(const struct key *key, char *text, size_t size)
{
    return key->has_secret ? key_pem(key, text, size, mbedtls_pk_write_key_pem) : 0;
}

size_t key_public_pem(const struct key *key, char *text, size_t size)
{
    return key_pem(key, text, size, mbedtls_pk_write_pubkey_pem);
}

/* The signing proper, on initialised objects that the caller frees. */
static bool sign_with(mbedtls_ecp_group *group, mbedtls_mpi *d, mbedtls_mpi *r, mbedtls_mpi *s, const struct key *key,
                      const uint8_t *digest, uint8_t *signature)
{
    return mbedtls_ecp_group_load(group, MBEDTLS_ECP_DP_SECP384R1) == 0 &&
           mbedtls_mpi_read_binary(d, key->secret, sizeof key->secret) == 0 &&
           mbedtls_ecdsa_sign_det_ext(group, r, s, d, digest, CRYPTO_SHA384_SIZE, MBEDTLS_MD_SHA384, random_bytes,
                                      NULL) == 0 &&
           mbedtls_mpi_write_binary(r, signature, HALF) == 0 &&
           mbedtls_mpi_write_binary(s, signature + HALF, HALF) == 0;
}

bool key_sign(const struct key *key, const uint8_t digest[CRYPTO_SHA384_SIZE],
              uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE], struct report *report)
{
    if (!key->has_secret) {
        report_add(report, &rule_no_secret, "signing key", "a public key");
        return false;
    }
    mbedtls_ecp_group group;
    mbedtls_mpi d;
    mbedtls_mpi r;
    mbedtls_mpi s;
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&d);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    bool good = sign_with(&group, &d, &r, &s, key, digest, signature);
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&d);
    mbedtls_ecp_group_free(&group);
    if (!good)
        report_add(report, &rule_no_random, "signing", "an error of the random number generator");
    return good;
}

void key_id(const struct key *key, uint8_t id[CRYPTO_SHA384_SIZE])
{
    crypto_sha384(key->point, sizeof key->point, id);
}

/* Reads one INTEGER of a DER signature into 48 big-endian bytes. */
static bool read_der_integer(unsigned char **at, const unsigned char *end, uint8_t half[HALF])
{
    mbedtls_mpi number;
    mbedtls_mpi_init(&number);
    bool good = mbedtls_asn1_get_mpi(at, end, &number) == 0 && mbedtls_mpi_write_binary(&number, half, HALF) == 0;
    mbedtls_mpi_free(&number);
    return good;
}

static bool read_der(const uint8_t *bytes, size_t size, uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE])
{
    unsigned char *at = (unsigned char *)(uintptr_t)bytes; /* the parser only reads, but has no const */
    const unsigned char *end = bytes + size;
    size_t length;
    return mbedtls_asn1_get_tag(&at, end, &length, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) == 0 &&
           at + length == end && read_der_integer(&at, end, signature) &&
           read_der_integer(&at, end, signature + HALF) && at == end;
}

bool signature_read(const uint8_t *bytes, size_t size, const char *where,
                    uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE], struct report *report)
{
    if (size == CRYPTO_P384_SIGNATURE_SIZE) {
        memcpy(signature, bytes, size);
        return true;
    }
    if (read_der(bytes, size, signature))
        return true;
    report_add(report, &rule_signature_form, where, "%zu bytes", size);
    return false;
}

void key_wipe(struct key *key)
{
    mbedtls_platform_zeroize(key, sizeof *key);
}
