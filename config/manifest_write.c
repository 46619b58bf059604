/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the key manifest. Hosted: the boot stage only reads. */
#include "config/manifest.h"
#include "config/manifest_layout.h"
#include "core/lib/bytes.h"

#include <stdlib.h>
#include <string.h>

uint32_t manifest_size(uint32_t entry_count, bool second)
{
    return MANIFEST_HEADER_SIZE + entry_count * MANIFEST_ENTRY_SIZE + signatures_size(second);
}

uint8_t *manifest_records(uint8_t *bytes)
{
    return bytes + MANIFEST_HEADER_SIZE + load_le32(bytes + MANIFEST_ENTRY_COUNT_AT) * MANIFEST_ENTRY_SIZE;
}

static int compare_entries(const void *a, const void *b)
{
    const struct manifest_entry *left = a, *right = b;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return memcmp(left->id, right->id, sizeof left->id);
}

static void write_entries(const struct manifest_facts *facts, uint8_t *at)
{
    struct manifest_entry sorted[MANIFEST_MAX_ENTRIES];
    memcpy(sorted, facts->entries, sizeof sorted);
    qsort(sorted, facts->entry_count, sizeof *sorted, compare_entries);
    for (uint32_t i = 0; i < facts->entry_count; i++, at += MANIFEST_ENTRY_SIZE) {
        store_le32(at + MANIFEST_ENTRY_KIND_AT, (uint32_t)sorted[i].kind);
        memcpy(at + MANIFEST_ENTRY_ID_AT, sorted[i].id, sizeof sorted[i].id);
    }
}

void manifest_write(const struct manifest_facts *facts, const uint8_t key[CRYPTO_P384_POINT_SIZE], const uint8_t *second_key,
                    uint8_t *bytes, uint8_t digest[CRYPTO_SHA384_SIZE])
{
    uint32_t total = manifest_size(facts->entry_count, second_key != NULL);
    memset(bytes, 0, total);
    memcpy(bytes + MANIFEST_MAGIC_AT, MANIFEST_MAGIC, 8);
    store_le32(bytes + MANIFEST_REVISION_AT, MANIFEST_REVISION);
    store_le32(bytes + MANIFEST_HEADER_SIZE_AT, MANIFEST_HEADER_SIZE);
    store_le32(bytes + MANIFEST_TOTAL_SIZE_AT, total);
    store_le32(bytes + MANIFEST_SECURITY_VERSION_AT, facts->security_version);
    store_le32(bytes + MANIFEST_FLAGS_AT, second_key != NULL ? MANIFEST_FLAG_SECOND : 0);
    store_le32(bytes + MANIFEST_ENTRY_COUNT_AT, facts->entry_count);
    store_le64(bytes + MANIFEST_VERSION_AT, facts->version);
    store_le64(bytes + MANIFEST_NOT_BEFORE_AT, facts->not_before);
    store_le64(bytes + MANIFEST_NOT_AFTER_AT, facts->not_after);
    crypto_sha384(key, CRYPTO_P384_POINT_SIZE, bytes + MANIFEST_KEY_ID_AT);
    if (second_key != NULL)
        crypto_sha384(second_key, CRYPTO_LMS_PUBLIC_SIZE, bytes + MANIFEST_SECOND_KEY_ID_AT);
    write_entries(facts, bytes + MANIFEST_HEADER_SIZE);
    signatures_write(manifest_records(bytes), key, second_key);
    crypto_sha384(bytes, (size_t)total - signatures_size(second_key != NULL), digest);
}
