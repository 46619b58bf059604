/* SPDX-License-Identifier: Apache-2.0 */
/* The signed container (system.bkc): one fixed header, the device tree blob, the signature. docs/configuration.md gives the
 * layout byte by byte. Verified before anything parses the blob. */
#ifndef CONFIG_CONTAINER_H
#define CONFIG_CONTAINER_H

#include "core/lib/report.h"

#include <stddef.h>
#include <stdint.h>

#define CONTAINER_MAX_SIZE (1u << 20)

/* What stands in a verified container; pointers lead into the caller's buffer. */
struct container {
    uint32_t security_version;
    uint32_t flags;
    uint64_t serial;
    const uint8_t *blob; /* the DTB */
    uint32_t blob_size;
    uint8_t digest[48];  /* SHA-384 over header and blob: what was signed, what will be measured */
    uint8_t key_id[48];  /* SHA-384 of the public key that signed it */
};

/* Checks magic, revision, lengths, the key against `trusted_key_hash` (SHA-384 of the public key, from the image's trust
 * section) and the signature. Nothing behind the header is looked at before the signature holds. */
void container_verify(const uint8_t *bytes, size_t size, const uint8_t trusted_key_hash[48],
                      struct container *container, struct report *report);

#endif
