/* SPDX-License-Identifier: Apache-2.0 */
/* The trust section of bulkhead.efi: which configuration key the image obeys. The build leaves it empty, so that the
 * image is reproducible; `bulkhead bundle` fills it before the image is signed for Secure Boot. */
#ifndef CORE_LIB_TRUST_H
#define CORE_LIB_TRUST_H

#include <stdint.h>

#define TRUST_MAGIC "BULKHEAD-TRUST\0\1" /* 16 bytes; the last is the layout's revision */
#define TRUST_MAGIC_SIZE 16
#define TRUST_SECTION ".trust"
#define TRUST_ALIGN 64 /* the section starts at a multiple of this in the file */

struct trust {
    uint8_t magic[TRUST_MAGIC_SIZE];
    uint8_t key_hash[48]; /* SHA-384 of the key's 97-byte uncompressed point; all zero: trusts nobody */
};

/* Defined once, by the boot stage: const volatile, so that no compiler folds the empty hash in. */
extern const volatile struct trust trust;

#endif
