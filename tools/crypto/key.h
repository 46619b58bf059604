/* SPDX-License-Identifier: Apache-2.0 */
/* Signing keys: P-384, as PEM files (private: SEC 1 or PKCS #8; public: SubjectPublicKeyInfo). */
#ifndef TOOLS_CRYPTO_KEY_H
#define TOOLS_CRYPTO_KEY_H

#include "core/lib/crypto.h"
#include "core/lib/report.h"

#define KEY_FILE_MAX 16384

struct key {
    bool has_secret;
    uint8_t secret[48]; /* big-endian; the caller wipes it with key_wipe() */
    uint8_t point[CRYPTO_P384_POINT_SIZE];
};

/* Makes a key pair from the kernel's random numbers. */
bool key_generate(struct key *key, struct report *report);

/* Reads a PEM (or DER) file, private or public. Anything but a P-384 key is a finding. */
bool key_read(const char *path, struct key *key, struct report *report);

/* PEM text of the private or public half, with its NUL; returns the length without it, 0 on failure. */
size_t key_private_pem(const struct key *key, char *text, size_t size);
size_t key_public_pem(const struct key *key, char *text, size_t size);

/* Deterministic ECDSA (RFC 6979) over `digest`; the result is r, s. */
bool key_sign(const struct key *key, const uint8_t digest[CRYPTO_SHA384_SIZE],
              uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE], struct report *report);

/* The key's name everywhere: SHA-384 of its uncompressed point. */
void key_id(const struct key *key, uint8_t id[CRYPTO_SHA384_SIZE]);

/* Turns a signature made elsewhere, raw (96 bytes) or DER (as openssl and PKCS #11 tools write it), into r, s. */
bool signature_read(const uint8_t *bytes, size_t size, const char *where,
                    uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE], struct report *report);

void key_wipe(struct key *key);

#endif
