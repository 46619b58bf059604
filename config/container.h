/* SPDX-License-Identifier: Apache-2.0 */
/* The signed container (system.bkc): one fixed header, the device tree blob, the signature. docs/container.md gives the
 * layout byte by byte. Verified before anything parses the blob. Pure. */
#ifndef CONFIG_CONTAINER_H
#define CONFIG_CONTAINER_H

#include "config/system.h"
#include "core/lib/crypto.h"
#include "core/lib/report.h"

#include <stddef.h>
#include <stdint.h>

#define CONTAINER_MAX_SIZE (1u << 20)
#define CONTAINER_FILE "system.bkc"

/* The layout, little-endian. Offsets in bytes from the start of the container. */
#define CONTAINER_MAGIC "BULKCONF"
#define CONTAINER_REVISION 1u
#define CONTAINER_HEADER_SIZE 256u
#define CONTAINER_SIGNATURE_SIZE 208u
#define CONTAINER_ALGORITHM_P384 1u /* ECDSA on P-384 over SHA-384 */

/* Header flags. Unknown ones are refused. */
#define CONTAINER_FLAG_DEBUG 1u /* made for debugging: not for production, and measured as such */
#define CONTAINER_FLAGS_KNOWN CONTAINER_FLAG_DEBUG

/* What stands in a verified container; pointers lead into the caller's buffer. */
struct container {
    uint32_t security_version;
    uint32_t flags;
    uint64_t serial;
    uint32_t image_count; /* kernels and initrds the blob names */
    uint8_t fleet[16];    /* which fleet it was made for; all zero: any */
    const uint8_t *blob;  /* the DTB, 8-aligned when the container is */
    uint32_t blob_size;
    uint8_t digest[48];   /* SHA-384 over header and blob: what was signed, what will be measured */
    uint8_t key_id[48];   /* SHA-384 of the public key that signed it */
};

/* Checks magic, revision, lengths, the key against `trusted_key_hash` (SHA-384 of the public key, from the image's
 * trust section) and the signature. Nothing behind the header is looked at before the signature holds. *container is
 * meaningful only when report_ok(). Needs crypto_init(). */
void container_verify(const uint8_t *bytes, size_t size, const uint8_t trusted_key_hash[48],
                      struct container *container, struct report *report);

/* Compares what header and decoded blob both say: the security version and the number of images. */
void container_check_system(const struct container *container, const struct system *system, struct report *report);

/* What container_write puts into a header. */
struct container_facts {
    uint32_t security_version;
    uint32_t flags;
    uint64_t serial;
    uint32_t image_count;
    uint8_t fleet[16];
};

/* The size of a container around a blob of `blob_size` bytes; 0 when that is more than CONTAINER_MAX_SIZE. */
size_t container_size(size_t blob_size);

/* Lays out header, blob and a signature record without its signature in `bytes`, which has room for
 * container_size(), and gives the digest to sign. */
void container_write(const struct container_facts *facts, const uint8_t *blob, uint32_t blob_size,
                     const uint8_t public_key[CRYPTO_P384_POINT_SIZE], uint8_t *bytes,
                     uint8_t digest[CRYPTO_SHA384_SIZE]);

/* Puts the signature into a container that container_write laid out. */
void container_attach(uint8_t *bytes, const uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE]);

/* Reads the layout of a container without believing it: for tools that show or sign one. The digest is computed, the
 * signature is not checked. False with findings when the layout itself is wrong. */
bool container_inspect(const uint8_t *bytes, size_t size, struct container *container, struct report *report);

#endif
