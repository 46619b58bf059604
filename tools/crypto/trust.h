/* SPDX-License-Identifier: Apache-2.0 */
/* Whose configurations a command shall believe: the options that say it, and the trust section they make. */
#ifndef TOOLS_CRYPTO_TRUST_H
#define TOOLS_CRYPTO_TRUST_H

#include "config/chain.h"
#include "tools/common/command.h"
#include "tools/common/file.h"

/* Either --key (and --second-key), which are the configuration's own keys; or --root-key (and --second-root-key) with
 * --manifest. Public or private key files; NULL: not given. */
struct trust_options {
    const char *key, *second_key;
    const char *root_key, *second_root_key, *manifest;
};
#define TRUST_OPTIONS(trust) \
    {.name = "key", .argument = "KEY.pem", .help = "the configuration's key (public is enough)", .value = &(trust).key}, \
    {.name = "second-key", .argument = "KEY.lms", .help = "... and its LMS key: a second signature is then demanded", \
     .value = &(trust).second_key}, \
    {.name = "manifest", .argument = "KEYS.bkm", .help = "the key manifest that lists the configuration's keys", \
     .value = &(trust).manifest}, \
    {.name = "root-key", .argument = "ROOT.pem", .help = "the manifest's key (public is enough), in place of --key", \
     .value = &(trust).root_key}, \
    {.name = "second-root-key", .argument = "ROOT.lms", \
     .help = "... and its LMS key: second signatures are then demanded", .value = &(trust).second_root_key}

/* What is wrong with the options taken together, or NULL. */
const char *trust_misuse(const struct trust_options *options);

/* Reads the key files and makes the trust section that an image needs to believe them. */
bool trust_from_options(const struct trust_options *options, struct trust *trust, struct report *report);

/* A trust section for a configuration with these key ids: as in a container that is believed for the moment. */
struct trust trust_in_keys(const uint8_t key_id[CRYPTO_SHA384_SIZE], const uint8_t *second_key_id);

/* A configuration read and verified under these options. `manifest_bytes` and `container_bytes` hold what `manifest` and
 * `container` point into. trust_verified_free() releases them, verified or not. */
struct trust_verified {
    struct trust trust;
    struct file_bytes manifest_bytes, container_bytes;
    struct manifest manifest;
    struct container container;
};

/* Reads the configuration and what the options name, and verifies all as the boot stage does; decodes into `system`. */
bool trust_verify(const struct trust_options *options, const char *container_path, struct trust_verified *verified,
                  struct system *system, struct report *report);
void trust_verified_free(struct trust_verified *verified);

#endif
