/* SPDX-License-Identifier: Apache-2.0 */
/* From the image's trust section to a verified configuration: over the key manifest where the trust section demands one. One
 * function, for the boot stage and for every command. Pure. */
#ifndef CONFIG_CHAIN_H
#define CONFIG_CHAIN_H

#include "config/container.h"
#include "config/manifest.h"
#include "core/lib/trust.h"

/* The signed files as they were read; nothing in them is believed. */
struct chain_files {
    const uint8_t *container;
    size_t container_size;
    const uint8_t *manifest; /* NULL: there is none */
    size_t manifest_size;
};

/* True when configurations come through a key manifest. */
bool chain_needs_manifest(const struct trust *trust);

/* Verifies the manifest, where the trust section demands one, then the container. A manifest that nobody asked for is refused,
 * too: whoever put it there believes in something that is not so. *manifest and *container are meaningful only when
 * report_ok(). Needs crypto_init(). */
void chain_verify(const struct trust *trust, const struct chain_files *files, struct manifest *manifest,
                  struct container *container, struct report *report);

/* The security version that a configuration counts as: its own, or its manifest's where that is lower, so that an old manifest
 * with keys revoked since cannot lend a new version its standing. */
uint32_t chain_security_version(const struct manifest *manifest, const struct container *container);

#endif
