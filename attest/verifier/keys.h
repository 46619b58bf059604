/* SPDX-License-Identifier: Apache-2.0 */
/* P-384 keys in PEM files, by GnuTLS: the verifier's own signing key, and the public keys of those who sign releases. */
#ifndef ATTEST_VERIFIER_KEYS_H
#define ATTEST_VERIFIER_KEYS_H

#include "attest/lib/ecdsa.h"
#include "core/lib/report.h"

#define KEYS_PEM_MAX 2048u
#define KEYS_ID_SIZE (2 * HASH_SHA384_SIZE + 1)

/* A new key pair as PEM texts. False: GnuTLS failed. */
bool keys_create(char secret_pem[KEYS_PEM_MAX], char public_pem[KEYS_PEM_MAX]);

/* Reads a private key's PEM text; gives its public half and its name. False with a finding (`where`). */
bool keys_read_secret(const char *pem, const char *where, struct ecdsa_secret *secret, struct public_key *public,
                      char id[KEYS_ID_SIZE], struct report *report);

/* Reads a public key's PEM text. */
bool keys_read_public(const char *pem, const char *where, struct public_key *public, char id[KEYS_ID_SIZE],
                      struct report *report);

/* The key's name everywhere: SHA-384 of its uncompressed point, hex. */
void keys_id(const struct public_key *public, char id[KEYS_ID_SIZE]);

/* Whether `signature` over a release's file is one of a folder's keys' (*.pem); the key's name goes to `id`. The folder is
 * read each time: a key can be added or removed while the verifier runs. */
bool keys_check_release(const char *folder, const char *text, size_t size, const uint8_t *signature, size_t signature_size,
                        char id[KEYS_ID_SIZE], struct report *report);

#endif
