/* SPDX-License-Identifier: Apache-2.0 */
/* The signature records that end a signed file (configuration, key manifest): one by ECDSA on P-384, and behind it one by LMS
 * where the file says that it has two. docs/container.md gives their layout. Pure. */
#ifndef CONFIG_SIGNATURE_H
#define CONFIG_SIGNATURE_H

#include "core/lib/crypto.h"
#include "core/lib/report.h"

#include <stdbool.h>
#include <stdint.h>

#define SIGNATURE_ALGORITHM_P384 1u /* ECDSA on P-384 over SHA-384 */
#define SIGNATURE_ALGORITHM_LMS 2u  /* LMS_SHA256_M32_H10 with LMOTS_SHA256_N32_W8, over the same SHA-384 */
#define SIGNATURE_SIZE 208u         /* of the first record, in bytes */
#define SIGNATURE_SECOND_SIZE 1520u /* of the second */

/* Byte offsets inside the records; algorithm and size stand first in both. */
enum signature_field {
    SIGNATURE_ALGORITHM_AT = 0,
    SIGNATURE_SIZE_AT = 4,
    SIGNATURE_KEY_AT = 8,
    SIGNATURE_BYTES_AT = 112,
    SIGNATURE_SECOND_BYTES_AT = 64,
};

/* Both records together, in bytes. */
static inline uint32_t signatures_size(bool second)
{
    return SIGNATURE_SIZE + (second ? SIGNATURE_SECOND_SIZE : 0);
}

/* Checks the form of the records, which fill `records`: algorithms, sizes, padding. False with a finding about `file`. */
bool signatures_check_form(const uint8_t *records, bool second, const char *file, struct report *report);

/* The keys' names: SHA-384 of their public bytes. The second is all zero when there is no second record. */
void signatures_key_ids(const uint8_t *records, bool second, uint8_t id[CRYPTO_SHA384_SIZE],
                        uint8_t second_id[CRYPTO_SHA384_SIZE]);

/* Verifies every signature over `digest`. False with a finding about `file`. Needs crypto_init(). */
bool signatures_hold(const uint8_t *records, bool second, const uint8_t digest[CRYPTO_SHA384_SIZE], const char *file,
                     struct report *report);

/* Writes the records without their signatures; `second_key` is NULL where there is no second record. Hosted. */
void signatures_write(uint8_t *records, const uint8_t key[CRYPTO_P384_POINT_SIZE], const uint8_t *second_key);

/* Puts a signature in its place. Hosted. */
void signature_attach(uint8_t *records, const uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE]);
void signature_attach_second(uint8_t *records, const uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE]);

/* True when `size` bytes are zero. */
bool bytes_are_zero(const uint8_t *bytes, uint32_t size);

#endif
