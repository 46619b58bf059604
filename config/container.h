/* SPDX-License-Identifier: Apache-2.0 */
/* The signed container (system.bkc): one fixed header, the device tree blob, one or two signatures. docs/container.md gives
 * the layout byte by byte. Verified before anything parses the blob. Pure. */
#ifndef CONFIG_CONTAINER_H
#define CONFIG_CONTAINER_H

#include "config/manifest.h"
#include "config/signature.h"
#include "config/system.h"
#include "core/lib/crypto.h"
#include "core/lib/report.h"
#include "core/lib/trust.h"

#include <stddef.h>
#include <stdint.h>

#define CONTAINER_MAX_SIZE (1u << 20)
#define CONTAINER_FILE "system.bkc"

/* The layout, little-endian. Offsets in bytes from the start of the container. */
#define CONTAINER_MAGIC "BULKCONF"
#define CONTAINER_REVISION 1u        /* one signature */
#define CONTAINER_REVISION_SECOND 2u /* two: the second by LMS */
#define CONTAINER_HEADER_SIZE 256u

/* Header flags. Unknown ones are refused. */
#define CONTAINER_FLAG_DEBUG 1u       /* made for debugging: not for production, and measured as such */
#define CONTAINER_FLAG_PQ_REQUIRED 2u /* must not be accepted for its first signature alone: set exactly in revision 2 */

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
    uint8_t key_id[48];   /* SHA-384 of the P-384 key that signed it */
    bool second;          /* an LMS key signed it, too: */
    uint8_t second_key_id[48]; /* ... this one; all zero without */
};

/* Checks the container's form, its keys, its signatures, and what its header says. The keys must be those of the image's trust
 * section or, where that demands a manifest, be listed in `manifest`, which manifest_verify() has accepted (NULL otherwise).
 * Nothing behind the header is looked at before the signatures hold. *container is meaningful only when report_ok(). Needs
 * crypto_init(). chain.h does all of it in order. */
void container_verify(const uint8_t *bytes, size_t size, const struct trust *trust, const struct manifest *manifest,
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
size_t container_size(size_t blob_size, bool second);

/* Lays out header, blob and signature records without their signatures in `bytes`, which has room for container_size(), and
 * gives the digest to sign. `second_key` is the LMS public key, NULL where there is none. Hosted. */
void container_write(const struct container_facts *facts, const uint8_t *blob, uint32_t blob_size,
                     const uint8_t public_key[CRYPTO_P384_POINT_SIZE], const uint8_t *second_key, uint8_t *bytes,
                     uint8_t digest[CRYPTO_SHA384_SIZE]);

/* Where the signature records stand in a container that container_write laid out: for signature_attach(). Hosted. */
uint8_t *container_records(uint8_t *bytes);

/* Reads the layout of a container without believing it: for tools that show or sign one. The digest is computed, the
 * signature is not checked. False with findings when the layout itself is wrong. */
bool container_inspect(const uint8_t *bytes, size_t size, struct container *container, struct report *report);

#endif
