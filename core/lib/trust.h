/* SPDX-License-Identifier: Apache-2.0 */
/* The trust section of bulkhead.efi: whose configurations the image obeys. The build leaves it empty, so that the image is
 * reproducible; `bulkhead bundle` fills it before the image is signed for Secure Boot. docs/container.md explains it. */
#ifndef CORE_LIB_TRUST_H
#define CORE_LIB_TRUST_H

#include <assert.h>
#include <stdint.h>

#define TRUST_MAGIC "BULKHEAD-TRUST\0\2" /* 16 bytes; the last is the layout's revision */
#define TRUST_MAGIC_SIZE 16
#define TRUST_SECTION ".trust"
#define TRUST_ALIGN 64 /* the section starts at a multiple of this in the file */

/* The policy. Unknown flags are refused. */
#define TRUST_MANIFEST 1u  /* the keys below are root keys: they sign the key manifest, which lists the configurations' keys */
#define TRUST_SECOND 2u    /* everything needs a second, post-quantum signature */
#define TRUST_FLAGS_KNOWN (TRUST_MANIFEST | TRUST_SECOND)

struct trust {
    uint8_t magic[TRUST_MAGIC_SIZE];
    uint8_t key_hash[48];        /* SHA-384 of the P-384 key's 97-byte uncompressed point; all zero: trusts nobody */
    uint8_t second_key_hash[48]; /* SHA-384 of the 56-byte LMS public key; all zero: none */
    uint8_t flags[4];            /* TRUST_..., little-endian */
    uint8_t zero[12];
};
static_assert(sizeof(struct trust) == 128, "what bundle writes and the image reads");

/* Defined once, by the boot stage: const volatile, so that no compiler folds the empty hash in. */
extern const volatile struct trust trust_section;

#endif
