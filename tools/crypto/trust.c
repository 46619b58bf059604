/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies a configuration under the keys that a command line names, with the boot stage's own code. */
#include "tools/crypto/trust.h"

#include "config/decode.h"
#include "core/lib/bytes.h"
#include "tools/crypto/key.h"
#include "tools/crypto/lms_key.h"

#include <string.h>

const char *trust_misuse(const struct trust_options *options)
{
    if ((options->key == NULL) == (options->root_key == NULL))
        return options->key == NULL ? "--key is missing (or --root-key, with --manifest)"
                                    : "give --key or --root-key, not both";
    if ((options->root_key == NULL) != (options->manifest == NULL))
        return "--root-key and --manifest belong together";
    if (options->second_root_key != NULL && options->root_key == NULL)
        return "--second-root-key needs --root-key";
    if (options->second_key != NULL && options->key == NULL)
        return "--second-key needs --key; under a manifest, the manifest lists the LMS keys";
    return NULL;
}

struct trust trust_in_keys(const uint8_t key_id[CRYPTO_SHA384_SIZE], const uint8_t *second_key_id)
{
    struct trust trust = {.magic = TRUST_MAGIC};
    memcpy(trust.key_hash, key_id, CRYPTO_SHA384_SIZE);
    if (second_key_id != NULL) {
        memcpy(trust.second_key_hash, second_key_id, CRYPTO_SHA384_SIZE);
        store_le32(trust.flags, TRUST_SECOND);
    }
    return trust;
}

bool trust_from_options(const struct trust_options *options, struct trust *trust, struct report *report)
{
    struct key key;
    uint8_t id[CRYPTO_SHA384_SIZE], second_id[CRYPTO_SHA384_SIZE], second[CRYPTO_LMS_PUBLIC_SIZE];
    const char *second_path = options->root_key != NULL ? options->second_root_key : options->second_key;
    bool good = key_read(options->root_key != NULL ? options->root_key : options->key, &key, report) &&
                (second_path == NULL || lms_read_public(second_path, second, report));
    if (good) {
        key_id(&key, id);
        if (second_path != NULL)
            lms_key_id(second, second_id);
        *trust = trust_in_keys(id, second_path != NULL ? second_id : NULL);
        if (options->root_key != NULL)
            store_le32(trust->flags, load_le32(trust->flags) | TRUST_MANIFEST);
    }
    key_wipe(&key);
    return good;
}

static void verify_bytes(struct trust_verified *verified, struct system *system, struct report *report)
{
    const struct chain_files files = {verified->container_bytes.data, verified->container_bytes.size,
                                      verified->manifest_bytes.data, verified->manifest_bytes.size};
    chain_verify(&verified->trust, &files, &verified->manifest, &verified->container, report);
    if (report_ok(report))
        system_decode(verified->container.blob, verified->container.blob_size, true, system, report);
    if (report_ok(report))
        container_check_system(&verified->container, system, report);
}

bool trust_verify(const struct trust_options *options, const char *container_path, struct trust_verified *verified,
                  struct system *system, struct report *report)
{
    *verified = (struct trust_verified){0};
    if (!trust_from_options(options, &verified->trust, report) ||
        (options->manifest != NULL &&
         !file_read(options->manifest, MANIFEST_MAX_SIZE, &verified->manifest_bytes, report)) ||
        !file_read(container_path, CONTAINER_MAX_SIZE, &verified->container_bytes, report))
        return false;
    verify_bytes(verified, system, report);
    return report_ok(report);
}

void trust_verified_free(struct trust_verified *verified)
{
    file_bytes_free(&verified->manifest_bytes);
    file_bytes_free(&verified->container_bytes);
}
