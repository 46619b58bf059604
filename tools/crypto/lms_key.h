/* SPDX-License-Identifier: Apache-2.0 */
/* LMS key files. A leaf of the key may sign once and never again, so the secret's file remembers the next one, and that memory
 * is on the disk before a signature leaves this code. A copy of such a file forgets what the original signed: docs/container.md
 * says what follows from that. */
#ifndef TOOLS_CRYPTO_LMS_KEY_H
#define TOOLS_CRYPTO_LMS_KEY_H

#include "core/lib/crypto.h"
#include "core/lib/report.h"

/* Makes a key: writes the secret to `secret_path` and the 56 public bytes to `public_path`, neither of which may exist. Takes
 * seconds. */
bool lms_generate(const char *secret_path, const char *public_path, uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE],
                  struct report *report);

/* Reads the public key from either file. */
bool lms_read_public(const char *path, uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE], struct report *report);

/* Signs with the next leaf and gives how many signatures are left. One process at a time; the leaf is spent even if what
 * follows fails. */
bool lms_sign(const char *path, const uint8_t digest[CRYPTO_SHA384_SIZE], uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE],
              uint32_t *left, struct report *report);

/* Reads a signature made elsewhere: 1,452 bytes after RFC 8554, 5.4. */
bool lms_read_signature(const char *path, uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE], struct report *report);

/* The key's name everywhere: SHA-384 of its public bytes. */
void lms_key_id(const uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE], uint8_t id[CRYPTO_SHA384_SIZE]);

#endif
