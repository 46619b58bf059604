/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier's own certificate authority: P-384, X.509, by GnuTLS. It certifies agents, people and the server. */
#ifndef ATTEST_VERIFIER_AUTHORITY_H
#define ATTEST_VERIFIER_AUTHORITY_H

#include "attest/lib/hash.h"
#include "core/lib/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUTHORITY_PEM_MAX 4096u
#define AUTHORITY_CA_DAYS 7300
#define AUTHORITY_SERVER_DAYS 3650

struct authority;

/* PEM text of a new certificate, and what it is listed by. */
struct authority_certificate {
    char pem[AUTHORITY_PEM_MAX];
    char key_pem[AUTHORITY_PEM_MAX]; /* "" when the key is someone else's */
    uint8_t hash[HASH_SHA256_SIZE];  /* SHA-256 of the DER */
    int64_t not_after;
};

/* What a certificate says: `role` becomes OU, `name` CN. A server's `name` is also its DNS name or IP address, beside 127.0.0.1
 * and localhost. */
enum authority_purpose { AUTHORITY_CLIENT, AUTHORITY_SERVER };
struct authority_subject {
    const char *role;
    const char *name;
    enum authority_purpose purpose;
    int64_t days;
};

/* A new CA's key and certificate as PEM. False: GnuTLS failed. */
bool authority_create(const char *name, struct authority_certificate *certificate);

/* Opens a CA. NULL with a finding when the PEM texts are no CA. */
struct authority *authority_open(const char *certificate_pem, const char *key_pem, struct report *report);
void authority_close(struct authority *authority);

/* A certificate for a new P-384 key, or for the key of a request (DER), or for a key that is there already (PEM). It never
 * outlives the CA. False: GnuTLS failed. Any thread. */
bool authority_issue(const struct authority *authority, const struct authority_subject *subject,
                     struct authority_certificate *certificate);
bool authority_certify(const struct authority *authority, const struct authority_subject *subject, const uint8_t *csr,
                       size_t csr_size, struct authority_certificate *certificate);

bool authority_certify_key(const struct authority *authority, const struct authority_subject *subject, const char *key_pem,
                           struct authority_certificate *certificate);

/* From when to when a certificate (PEM) is good, in seconds since 1970. False: it is none. */
bool authority_read_life(const char *pem, int64_t *not_before, int64_t *not_after);

/* Reads a certificate request (PEM), checks its own signature and that its key is worth something (P-256, P-384, Ed25519, or
 * RSA of 2048 to 4096 bits); gives it as DER of at most `most` bytes. False with a finding. */
bool authority_read_csr(const char *pem, size_t pem_size, uint8_t *der, size_t most, size_t *size, struct report *report);

#endif
