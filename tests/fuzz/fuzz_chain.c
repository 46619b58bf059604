/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any bytes given to the verifiers of key manifest and configuration. Signatures are pretended to hold where
 * the first byte says so, so that what stands behind them is reached; a real check would let nothing through. */
#include "config/chain.h"
#include "config/container_layout.h"
#include "config/manifest_layout.h"
#include "core/lib/bytes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool signatures_pass;

/* In place of core/lib/crypto.c: digests are a sum, which keeps the fuzzer fast and lets it find ids. */
void crypto_sha384(const void *data, size_t size, uint8_t digest[CRYPTO_SHA384_SIZE])
{
    const uint8_t *bytes = data;
    memset(digest, 0, CRYPTO_SHA384_SIZE);
    for (size_t i = 0; i < size; i++)
        digest[i % 2] = (uint8_t)(digest[i % 2] + bytes[i]);
}

bool crypto_p384_verify(const uint8_t point[CRYPTO_P384_POINT_SIZE], const uint8_t digest[CRYPTO_SHA384_SIZE],
                        const uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE])
{
    return signatures_pass && point[0] + digest[0] + signature[CRYPTO_P384_SIGNATURE_SIZE - 1] >= 0;
}

bool crypto_lms_verify(const uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE], const uint8_t digest[CRYPTO_SHA384_SIZE],
                       const uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE])
{
    return signatures_pass && public_key[0] + digest[0] + signature[CRYPTO_LMS_SIGNATURE_SIZE - 1] >= 0;
}

bool crypto_equal(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size) == 0;
}

static uint8_t *copy_of(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1); /* not a byte longer: the sanitizer sees a read past the end */
    if (copy != NULL)
        memcpy(copy, data, size);
    return copy;
}

/* Half of the inputs get the headers that a signer would have written around them, so that the content behind is reached. */
static void repair_records(uint8_t *records, bool second)
{
    store_le32(records + SIGNATURE_ALGORITHM_AT, SIGNATURE_ALGORITHM_P384);
    store_le32(records + SIGNATURE_SIZE_AT, SIGNATURE_SIZE);
    memset(records + SIGNATURE_KEY_AT + CRYPTO_P384_POINT_SIZE, 0, 7);
    if (!second)
        return;
    store_le32(records + SIGNATURE_SIZE + SIGNATURE_ALGORITHM_AT, SIGNATURE_ALGORITHM_LMS);
    store_le32(records + SIGNATURE_SIZE + SIGNATURE_SIZE_AT, SIGNATURE_SECOND_SIZE);
    memset(records + SIGNATURE_SIZE + SIGNATURE_SECOND_SIZE - 4, 0, 4);
}

/* Gives the manifest as many entries as its size has room for, and cuts off the rest. */
static void repair_manifest(struct chain_files *files, uint8_t *bytes)
{
    bool second = files->manifest_size > MANIFEST_FLAGS_AT && (bytes[MANIFEST_FLAGS_AT] & MANIFEST_FLAG_SECOND) != 0;
    size_t fixed = MANIFEST_HEADER_SIZE + signatures_size(second);
    if (files->manifest_size < fixed + MANIFEST_ENTRY_SIZE)
        return;
    uint32_t count = (uint32_t)((files->manifest_size - fixed) / MANIFEST_ENTRY_SIZE);
    files->manifest_size = fixed + count * MANIFEST_ENTRY_SIZE;
    memcpy(bytes, MANIFEST_MAGIC, 8);
    store_le32(bytes + MANIFEST_REVISION_AT, MANIFEST_REVISION);
    store_le32(bytes + MANIFEST_HEADER_SIZE_AT, MANIFEST_HEADER_SIZE);
    store_le32(bytes + MANIFEST_TOTAL_SIZE_AT, (uint32_t)files->manifest_size);
    store_le32(bytes + MANIFEST_ENTRY_COUNT_AT, count);
    repair_records(bytes + MANIFEST_HEADER_SIZE + count * MANIFEST_ENTRY_SIZE, second);
}

static void repair_container(struct chain_files *files, uint8_t *bytes)
{
    bool second = files->container_size > HEADER_REVISION && bytes[HEADER_REVISION] == CONTAINER_REVISION_SECOND;
    size_t fixed = CONTAINER_HEADER_SIZE + signatures_size(second);
    if (files->container_size < fixed)
        return;
    uint32_t blob_size = (uint32_t)(files->container_size - fixed) & ~7u;
    files->container_size = fixed + blob_size;
    memcpy(bytes, CONTAINER_MAGIC, 8);
    store_le32(bytes + HEADER_REVISION, second ? CONTAINER_REVISION_SECOND : CONTAINER_REVISION);
    store_le32(bytes + HEADER_SIZE, CONTAINER_HEADER_SIZE);
    store_le32(bytes + HEADER_TOTAL_SIZE, (uint32_t)files->container_size);
    store_le32(bytes + HEADER_BLOB_OFFSET, CONTAINER_HEADER_SIZE);
    store_le32(bytes + HEADER_BLOB_SIZE, blob_size);
    repair_records(bytes + record_offset(blob_size), second);
}

/* The trust section that believes in the files' own keys, if they have any. */
static struct trust trust_of(const struct chain_files *files, uint8_t flags)
{
    struct trust trust = {.key_hash = {1}};
    struct manifest manifest;
    struct container container;
    struct report report;
    report_init(&report);
    store_le32(trust.flags, flags);
    if (chain_needs_manifest(&trust) && manifest_inspect(files->manifest, files->manifest_size, &manifest, &report)) {
        memcpy(trust.key_hash, manifest.key_id, CRYPTO_SHA384_SIZE);
        memcpy(trust.second_key_hash, manifest.second_key_id, CRYPTO_SHA384_SIZE);
    } else if (container_inspect(files->container, files->container_size, &container, &report)) {
        memcpy(trust.key_hash, container.key_id, CRYPTO_SHA384_SIZE);
        memcpy(trust.second_key_hash, container.second_key_id, CRYPTO_SHA384_SIZE);
    }
    return trust;
}

/* Input: flags and choices, size of the manifest (2 bytes), manifest, configuration. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    size_t split = load_le16(data + 1) < size - 3 ? load_le16(data + 1) : size - 3;
    uint8_t *manifest_bytes = copy_of(data + 3, split), *container_bytes = copy_of(data + 3 + split, size - 3 - split);
    struct manifest manifest;
    struct container container;
    struct report report;
    if (manifest_bytes != NULL && container_bytes != NULL) {
        struct chain_files files = {container_bytes, size - 3 - split, manifest_bytes, split};
        signatures_pass = (data[0] & 0x80) != 0;
        if ((data[0] & 0x40) != 0) {
            repair_manifest(&files, manifest_bytes);
            repair_container(&files, container_bytes);
        }
        struct trust trust = trust_of(&files, data[0] & 7);
        if (!chain_needs_manifest(&trust))
            files.manifest = NULL;
        report_init(&report);
        chain_verify(&trust, &files, &manifest, &container, &report);
        if (report_ok(&report) && (!signatures_pass || container.blob_size > size))
            abort();
    }
    free(manifest_bytes);
    free(container_bytes);
    return 0;
}
