/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the key manifest. */
#include "config/manifest.h"
#include "config/manifest_layout.h"
#include "core/lib/bytes.h"

#include <string.h>

static_assert(MANIFEST_SECOND_KEY_ID_AT + CRYPTO_SHA384_SIZE == MANIFEST_HEADER_SIZE, "the header is full");
static_assert(MANIFEST_ENTRY_ID_AT + CRYPTO_SHA384_SIZE == MANIFEST_ENTRY_SIZE, "an entry is full");

static const struct rule rule_size = {
    "SIG-020", "the key manifest's size cannot be right", "one header, 1 to 128 entries and the signatures, as its header says",
    "copy the file again, or make the key manifest again"};
static const struct rule rule_magic = {
    "SIG-021", "this is no key manifest", "a file made by 'bulkhead manifest', starting with BULKKEYS",
    "check that " MANIFEST_FILE " is the right file"};
static const struct rule rule_revision = {
    "SIG-022", "the key manifest has another format revision", "revision 1",
    "make the key manifest with the 'bulkhead' command that belongs to this image"};
static const struct rule rule_layout = {
    "SIG-023", "the key manifest's layout is wrong", "the layout of revision 1, with zeros where nothing stands",
    "copy the file again, or make the key manifest again"};
static const struct rule rule_wrong_root = {
    "SIG-024", "the key manifest is signed with another root key",
    "the root keys whose hashes stand in the image's trust section",
    "sign with the right root key, or bundle an image that trusts this one"};
static const struct rule rule_second_missing = {
    "SIG-025", "the key manifest has no second signature", "an LMS signature: this image demands one",
    "sign the key manifest with --second-root-key, too"};
static const struct rule rule_entries = {
    "SIG-026", "an entry of the key manifest is wrong",
    "known kinds, in ascending order of kind and id, each once, and no key that is both listed and revoked",
    "make the key manifest again"};
static const struct rule rule_no_key = {
    "SIG-027", "the key manifest lists no key", "at least one P-384 key that may sign configurations",
    "make the key manifest again, with --allow"};
static const struct rule rule_validity = {
    "SIG-028", "the key manifest ends before it begins", "not-before at or before not-after", "make the key manifest again"};
static const struct rule rule_key_id = {
    "SIG-029", "the key manifest's header names other keys than those that signed", "the SHA-384 of the signing keys",
    "sign the key manifest again"};

static bool is_second(const uint8_t *bytes)
{
    return (load_le32(bytes + MANIFEST_FLAGS_AT) & MANIFEST_FLAG_SECOND) != 0;
}

static uint32_t content_size(const uint8_t *bytes)
{
    return MANIFEST_HEADER_SIZE + load_le32(bytes + MANIFEST_ENTRY_COUNT_AT) * MANIFEST_ENTRY_SIZE;
}

static bool check_size(const uint8_t *bytes, size_t size, struct report *report)
{
    if (!report_unless(size >= MANIFEST_HEADER_SIZE + MANIFEST_ENTRY_SIZE + SIGNATURE_SIZE && size <= MANIFEST_MAX_SIZE, report,
                       &rule_size, MANIFEST_FILE, "%zu bytes", size))
        return false;
    uint32_t count = load_le32(bytes + MANIFEST_ENTRY_COUNT_AT);
    return report_unless(count >= 1 && count <= MANIFEST_MAX_ENTRIES, report, &rule_size, MANIFEST_FILE ", byte 28",
                         "%u entries", count) &&
           report_unless(content_size(bytes) + signatures_size(is_second(bytes)) == size &&
                             load_le32(bytes + MANIFEST_TOTAL_SIZE_AT) == size,
                         report, &rule_size, MANIFEST_FILE, "%zu bytes, but the header says %u, with %u entries", size,
                         load_le32(bytes + MANIFEST_TOTAL_SIZE_AT), count);
}

static bool check_layout(const uint8_t *bytes, struct report *report)
{
    uint32_t flags = load_le32(bytes + MANIFEST_FLAGS_AT);
    return report_unless(load_le32(bytes + MANIFEST_HEADER_SIZE_AT) == MANIFEST_HEADER_SIZE, report, &rule_layout,
                         MANIFEST_FILE ", byte 12", "header size %u", load_le32(bytes + MANIFEST_HEADER_SIZE_AT)) &&
           report_unless((flags & ~MANIFEST_FLAG_SECOND) == 0, report, &rule_layout, MANIFEST_FILE ", byte 24",
                         "flags 0x%x", flags) &&
           report_unless(bytes_are_zero(bytes + MANIFEST_ZERO_AT, MANIFEST_KEY_ID_AT - MANIFEST_ZERO_AT), report,
                         &rule_layout, MANIFEST_FILE ", byte 56", "bytes other than zero");
}

/* What can be said before anyone's key is known, each on ground the one before it has made sure of. */
static bool check_form(const uint8_t *bytes, size_t size, struct report *report)
{
    if (!report_unless(size >= 12 && memcmp(bytes, MANIFEST_MAGIC, 8) == 0, report, &rule_magic, MANIFEST_FILE ", byte 0",
                       "%zu bytes of something else", size))
        return false;
    uint32_t revision = load_le32(bytes + MANIFEST_REVISION_AT);
    return report_unless(revision == MANIFEST_REVISION, report, &rule_revision, MANIFEST_FILE ", byte 8", "%u", revision) &&
           check_size(bytes, size, report) && check_layout(bytes, report) &&
           signatures_check_form(bytes + content_size(bytes), is_second(bytes), MANIFEST_FILE, report);
}

static void read_fields(const uint8_t *bytes, struct manifest *manifest)
{
    manifest->present = true;
    manifest->version = load_le64(bytes + MANIFEST_VERSION_AT);
    manifest->security_version = load_le32(bytes + MANIFEST_SECURITY_VERSION_AT);
    manifest->not_before = load_le64(bytes + MANIFEST_NOT_BEFORE_AT);
    manifest->not_after = load_le64(bytes + MANIFEST_NOT_AFTER_AT);
    manifest->entry_count = load_le32(bytes + MANIFEST_ENTRY_COUNT_AT);
    manifest->entries = bytes + MANIFEST_HEADER_SIZE;
    crypto_sha384(bytes, content_size(bytes), manifest->digest);
    manifest->second = is_second(bytes);
    signatures_key_ids(bytes + content_size(bytes), manifest->second, manifest->key_id, manifest->second_key_id);
}

bool manifest_inspect(const uint8_t *bytes, size_t size, struct manifest *manifest, struct report *report)
{
    *manifest = (struct manifest){0};
    if (!check_form(bytes, size, report))
        return false;
    read_fields(bytes, manifest);
    return true;
}

enum manifest_kind manifest_entry_kind(const struct manifest *manifest, uint32_t index)
{
    return (enum manifest_kind)load_le32(manifest->entries + index * MANIFEST_ENTRY_SIZE + MANIFEST_ENTRY_KIND_AT);
}

const uint8_t *manifest_entry_id(const struct manifest *manifest, uint32_t index)
{
    return manifest->entries + index * MANIFEST_ENTRY_SIZE + MANIFEST_ENTRY_ID_AT;
}

bool manifest_lists(const struct manifest *manifest, enum manifest_kind kind, const uint8_t id[CRYPTO_SHA384_SIZE])
{
    for (uint32_t i = 0; i < manifest->entry_count; i++)
        if (manifest_entry_kind(manifest, i) == kind && crypto_equal(manifest_entry_id(manifest, i), id, CRYPTO_SHA384_SIZE))
            return true;
    return false;
}

static bool check_root(const struct manifest *manifest, const struct trust *trust, struct report *report)
{
    bool demanded = (load_le32(trust->flags) & TRUST_SECOND) != 0;
    return report_unless(crypto_equal(manifest->key_id, trust->key_hash, CRYPTO_SHA384_SIZE), report, &rule_wrong_root,
                         MANIFEST_FILE, "P-384 key %02x%02x%02x%02x...", manifest->key_id[0], manifest->key_id[1],
                         manifest->key_id[2], manifest->key_id[3]) &&
           report_unless(manifest->second || !demanded, report, &rule_second_missing, MANIFEST_FILE, "one signature") &&
           report_unless(!manifest->second || crypto_equal(manifest->second_key_id, trust->second_key_hash, CRYPTO_SHA384_SIZE),
                         report, &rule_wrong_root, MANIFEST_FILE, "LMS key %02x%02x%02x%02x...", manifest->second_key_id[0],
                         manifest->second_key_id[1], manifest->second_key_id[2], manifest->second_key_id[3]);
}

/* Ascending order makes every entry stand once, and one manifest have one form. */
static bool is_in_order(const struct manifest *manifest, uint32_t index)
{
    if (index == 0)
        return true;
    enum manifest_kind before = manifest_entry_kind(manifest, index - 1);
    enum manifest_kind kind = manifest_entry_kind(manifest, index);
    const uint8_t *id_before = manifest_entry_id(manifest, index - 1);
    return before < kind ||
           (before == kind && memcmp(id_before, manifest_entry_id(manifest, index), CRYPTO_SHA384_SIZE) < 0);
}

static bool check_entry(const struct manifest *manifest, uint32_t index, struct report *report)
{
    enum manifest_kind kind = manifest_entry_kind(manifest, index);
    const uint8_t *zeros = manifest->entries + index * MANIFEST_ENTRY_SIZE + MANIFEST_ENTRY_ZERO_AT;
    bool listed = kind == MANIFEST_KEY || kind == MANIFEST_SECOND_KEY;
    return report_unless(kind >= MANIFEST_KEY && kind <= MANIFEST_REVOKED_CONFIGURATION, report, &rule_entries, MANIFEST_FILE,
                         "entry %u of kind %u", index, (uint32_t)kind) &&
           report_unless(bytes_are_zero(zeros, MANIFEST_ENTRY_ID_AT - MANIFEST_ENTRY_ZERO_AT), report, &rule_entries,
                         MANIFEST_FILE, "entry %u with bytes other than zero in its padding", index) &&
           report_unless(is_in_order(manifest, index), report, &rule_entries, MANIFEST_FILE, "entry %u out of order", index) &&
           report_unless(!listed || !manifest_lists(manifest, MANIFEST_REVOKED_KEY, manifest_entry_id(manifest, index)), report,
                         &rule_entries, MANIFEST_FILE, "the key of entry %u is revoked", index);
}

/* What the signer must not have said. Only after the signatures hold. */
static bool check_content(const uint8_t *bytes, const struct manifest *manifest, struct report *report)
{
    for (uint32_t i = 0; i < manifest->entry_count; i++)
        if (!check_entry(manifest, i, report))
            return false;
    return report_unless(manifest_entry_kind(manifest, 0) == MANIFEST_KEY, report, &rule_no_key, MANIFEST_FILE, "%u entries",
                         manifest->entry_count) &&
           report_unless(manifest->not_before <= manifest->not_after, report, &rule_validity, MANIFEST_FILE, "%lu to %lu",
                         manifest->not_before, manifest->not_after) &&
           report_unless(crypto_equal(manifest->key_id, bytes + MANIFEST_KEY_ID_AT, CRYPTO_SHA384_SIZE) &&
                             crypto_equal(manifest->second_key_id, bytes + MANIFEST_SECOND_KEY_ID_AT, CRYPTO_SHA384_SIZE),
                         report, &rule_key_id, MANIFEST_FILE ", byte 64", "another key id");
}

bool manifest_verify(const uint8_t *bytes, size_t size, const struct trust *trust, struct manifest *manifest,
                     struct report *report)
{
    return manifest_inspect(bytes, size, manifest, report) && check_root(manifest, trust, report) &&
           signatures_hold(bytes + content_size(bytes), manifest->second, manifest->digest, MANIFEST_FILE, report) &&
           check_content(bytes, manifest, report);
}
