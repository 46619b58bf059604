/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the signed container. */
#include "config/container.h"
#include "config/container_layout.h"
#include "core/lib/bytes.h"

#include <string.h>

static const struct rule rule_size = {
    "SIG-001", "the configuration's size cannot be right", "464 bytes to 1 MiB, as its header says",
    "copy the file again, or sign the configuration again"};
static const struct rule rule_magic = {
    "SIG-002", "this is no signed configuration", "a file made by 'bulkhead sign', starting with BULKCONF",
    "check that " CONTAINER_FILE " is the right file"};
static const struct rule rule_revision = {
    "SIG-003", "the configuration has another format revision", "revision 1 (one signature) or 2 (two)",
    "sign the configuration with the 'bulkhead' command that belongs to this image"};
static const struct rule rule_layout = {
    "SIG-004", "the configuration's layout is wrong", "the layout of its revision, with zeros where nothing stands",
    "copy the file again, or sign the configuration again"};
static const struct rule rule_no_trust = {
    "SIG-006", "this image trusts no key yet", "a key hash in the image's trust section",
    "make the boot medium with 'bulkhead bundle --key KEY'"};
static const struct rule rule_wrong_key = {
    "SIG-007", "the configuration is signed with another key", "the key whose hash stands in the image's trust section",
    "sign with the right key, or bundle an image that trusts this one"};
static const struct rule rule_key_id = {
    "SIG-009", "the header names other keys than those that signed", "the SHA-384 of each signing key",
    "sign the configuration again"};
static const struct rule rule_blob_digest = {
    "SIG-010", "the header's digest of the device tree is wrong", "the SHA-384 of the device tree",
    "sign the configuration again"};
static const struct rule rule_flags = {
    "SIG-011", "the header asks for what this image does not know",
    "flag 1 (debug) or not; flag 2 (pq-required) always in revision 2, and never in revision 1",
    "use the image that belongs to the 'bulkhead' command that signed"};
static const struct rule rule_host = {
    "SIG-012", "the configuration is bound to one host", "a host id of zero (any host)",
    "sign the configuration without a host id: this image cannot check one"};
static const struct rule rule_security_version = {
    "SIG-013", "header and configuration name different security versions", "the same number in both",
    "sign the configuration again"};
static const struct rule rule_image_count = {
    "SIG-014", "header and configuration name different numbers of images", "the same number in both",
    "sign the configuration again"};

static const struct rule rule_second_missing = {
    "SIG-015", "the configuration has no second signature", "an LMS signature: this image demands one",
    "sign the configuration with --second-key, too"};
static const struct rule rule_wrong_second_key = {
    "SIG-016", "the second signature is by a key that this image does not trust",
    "the LMS key whose hash stands in the image's trust section",
    "sign with the right LMS key, or bundle with --second-key an image that trusts this one"};
static const struct rule rule_not_listed = {
    "SIG-030", "the key manifest does not list a key that signed the configuration", "keys that the key manifest lists",
    "sign with a listed key, or have the root key sign a key manifest that lists this one"};
static const struct rule rule_key_revoked = {
    "SIG-031", "a key that signed the configuration is revoked", "keys that the key manifest lists",
    "sign the configuration with another key, and find out who signed this one"};
static const struct rule rule_configuration_revoked = {
    "SIG-032", "the configuration is revoked", "a configuration that the key manifest does not name as revoked",
    "put the configuration that replaces it on the boot medium"};

size_t container_size(size_t blob_size, bool second)
{
    if (blob_size > CONTAINER_MAX_SIZE)
        return 0;
    size_t size = record_offset((uint32_t)blob_size) + signatures_size(second);
    return size <= CONTAINER_MAX_SIZE ? size : 0;
}

/* Adds a finding and returns false, so that a check reads as one line. */
static bool refuse(struct report *report, const struct rule *rule, const char *where, uint32_t found)
{
    report_add(report, rule, where, "%u", found);
    return false;
}

/* The revision says how many signatures there are. */
static bool is_second(const uint8_t *bytes)
{
    return load_le32(bytes + HEADER_REVISION) == CONTAINER_REVISION_SECOND;
}

static bool check_size(const uint8_t *bytes, size_t size, struct report *report)
{
    (void)bytes;
    if (size >= container_size(0, false) && size <= CONTAINER_MAX_SIZE)
        return true;
    report_add(report, &rule_size, CONTAINER_FILE, "%zu bytes", size);
    return false;
}

static bool check_magic(const uint8_t *bytes, size_t size, struct report *report)
{
    if (size >= 8 && memcmp(bytes + HEADER_MAGIC, CONTAINER_MAGIC, 8) == 0)
        return true;
    report_add(report, &rule_magic, CONTAINER_FILE ", byte 0", "%zu bytes of something else", size);
    return false;
}

static bool check_revision(const uint8_t *bytes, size_t size, struct report *report)
{
    (void)size;
    uint32_t revision = load_le32(bytes + HEADER_REVISION);
    return revision == CONTAINER_REVISION || revision == CONTAINER_REVISION_SECOND ||
           refuse(report, &rule_revision, CONTAINER_FILE ", byte 8", revision);
}

static bool check_total_size(const uint8_t *bytes, size_t size, struct report *report)
{
    uint32_t blob_size = load_le32(bytes + HEADER_BLOB_SIZE);
    uint32_t total = load_le32(bytes + HEADER_TOTAL_SIZE);
    if (total == size && container_size(blob_size, is_second(bytes)) == size)
        return true;
    report_add(report, &rule_size, CONTAINER_FILE ", bytes 16 and 60",
               "%zu bytes, but the header says %u, with a device tree of %u", size, total, blob_size);
    return false;
}

/* Fields that have one legal value, and the zeros between blob and signature. */
static bool check_layout(const uint8_t *bytes, size_t size, struct report *report)
{
    (void)size;
    uint32_t blob_end = CONTAINER_HEADER_SIZE + load_le32(bytes + HEADER_BLOB_SIZE);
    uint32_t record_at = record_offset(load_le32(bytes + HEADER_BLOB_SIZE));
    if (load_le32(bytes + HEADER_SIZE) != CONTAINER_HEADER_SIZE)
        return refuse(report, &rule_layout, CONTAINER_FILE ", byte 12 (header size)", load_le32(bytes + HEADER_SIZE));
    if (load_le32(bytes + HEADER_BLOB_OFFSET) != CONTAINER_HEADER_SIZE)
        return refuse(report, &rule_layout, CONTAINER_FILE ", byte 56 (device tree offset)",
                      load_le32(bytes + HEADER_BLOB_OFFSET));
    if (!bytes_are_zero(bytes + blob_end, record_at - blob_end) ||
        (!is_second(bytes) && !bytes_are_zero(bytes + HEADER_KEY_ID_2, CRYPTO_SHA384_SIZE))) {
        report_add(report, &rule_layout, CONTAINER_FILE, "bytes other than zero in padding or the second key id");
        return false;
    }
    return signatures_check_form(bytes + record_at, is_second(bytes), CONTAINER_FILE, report);
}

/* What can be said about the container before anyone's key is known, each on ground the one before it has made sure
 * of. */
static bool check_form(const uint8_t *bytes, size_t size, struct report *report)
{
    static bool (*const checks[])(const uint8_t *, size_t, struct report *) = {
        check_magic, check_size, check_revision, check_total_size, check_layout,
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (!checks[i](bytes, size, report))
            return false;
    return true;
}

static bool refuse_key(struct report *report, const struct rule *rule, const uint8_t *id)
{
    report_add(report, rule, CONTAINER_FILE, "key %02x%02x%02x%02x...", id[0], id[1], id[2], id[3]);
    return false;
}

/* The simple site: the image names the configuration's keys itself. */
static bool check_trusted(const struct container *container, const struct trust *trust, struct report *report)
{
    if (!crypto_equal(container->key_id, trust->key_hash, CRYPTO_SHA384_SIZE))
        return refuse_key(report, &rule_wrong_key, container->key_id);
    return !container->second || crypto_equal(container->second_key_id, trust->second_key_hash, CRYPTO_SHA384_SIZE) ||
           refuse_key(report, &rule_wrong_second_key, container->second_key_id);
}

static bool check_listed(const struct manifest *manifest, enum manifest_kind kind, const uint8_t *id, struct report *report)
{
    if (manifest_lists(manifest, MANIFEST_REVOKED_KEY, id))
        return refuse_key(report, &rule_key_revoked, id);
    return manifest_lists(manifest, kind, id) || refuse_key(report, &rule_not_listed, id);
}

static bool check_keys(const struct container *container, const struct trust *trust, const struct manifest *manifest,
                       struct report *report)
{
    uint32_t flags = load_le32(trust->flags);
    if (bytes_are_zero(trust->key_hash, CRYPTO_SHA384_SIZE)) {
        report_add(report, &rule_no_trust, "bulkhead.efi, trust section", "no key hash");
        return false;
    }
    if (!report_unless(container->second || (flags & TRUST_SECOND) == 0, report, &rule_second_missing, CONTAINER_FILE,
                       "one signature"))
        return false;
    if (manifest == NULL)
        return check_trusted(container, trust, report);
    return check_listed(manifest, MANIFEST_KEY, container->key_id, report) &&
           (!container->second || check_listed(manifest, MANIFEST_SECOND_KEY, container->second_key_id, report));
}

/* What the signer must not have said. Only after the signature holds. */
static void check_content(const uint8_t *bytes, const struct container *container, struct report *report)
{
    uint8_t blob_sha384[CRYPTO_SHA384_SIZE];
    crypto_sha384(container->blob, container->blob_size, blob_sha384);
    if (!crypto_equal(blob_sha384, bytes + HEADER_BLOB_SHA384, sizeof blob_sha384))
        report_add(report, &rule_blob_digest, CONTAINER_FILE ", byte 64", "%02x%02x%02x%02x...",
                   bytes[HEADER_BLOB_SHA384], bytes[HEADER_BLOB_SHA384 + 1], bytes[HEADER_BLOB_SHA384 + 2],
                   bytes[HEADER_BLOB_SHA384 + 3]);
    if (!crypto_equal(container->key_id, bytes + HEADER_KEY_ID, CRYPTO_SHA384_SIZE) ||
        !crypto_equal(container->second_key_id, bytes + HEADER_KEY_ID_2, CRYPTO_SHA384_SIZE))
        report_add(report, &rule_key_id, CONTAINER_FILE ", byte 160", "%02x%02x%02x%02x...", bytes[HEADER_KEY_ID],
                   bytes[HEADER_KEY_ID + 1], bytes[HEADER_KEY_ID + 2], bytes[HEADER_KEY_ID + 3]);
    if ((container->flags & ~CONTAINER_FLAG_DEBUG) != (container->second ? CONTAINER_FLAG_PQ_REQUIRED : 0))
        report_add(report, &rule_flags, CONTAINER_FILE ", byte 24", "0x%x", container->flags);
    if (!bytes_are_zero(bytes + HEADER_HOST, CRYPTO_SHA384_SIZE))
        report_add(report, &rule_host, CONTAINER_FILE ", byte 112", "a host id");
}

static void read_fields(const uint8_t *bytes, struct container *container)
{
    container->security_version = load_le32(bytes + HEADER_SECURITY_VERSION);
    container->flags = load_le32(bytes + HEADER_FLAGS);
    container->serial = load_le64(bytes + HEADER_SERIAL);
    container->image_count = load_le32(bytes + HEADER_IMAGE_COUNT);
    memcpy(container->fleet, bytes + HEADER_FLEET, sizeof container->fleet);
    container->blob = bytes + CONTAINER_HEADER_SIZE;
    container->blob_size = load_le32(bytes + HEADER_BLOB_SIZE);
    crypto_sha384(bytes, (size_t)CONTAINER_HEADER_SIZE + container->blob_size, container->digest);
    container->second = is_second(bytes);
    signatures_key_ids(bytes + record_offset(container->blob_size), container->second, container->key_id,
                       container->second_key_id);
}

bool container_inspect(const uint8_t *bytes, size_t size, struct container *container, struct report *report)
{
    *container = (struct container){0};
    if (!check_form(bytes, size, report))
        return false;
    read_fields(bytes, container);
    return true;
}

void container_verify(const uint8_t *bytes, size_t size, const struct trust *trust, const struct manifest *manifest,
                      struct container *container, struct report *report)
{
    if (!container_inspect(bytes, size, container, report) || !check_keys(container, trust, manifest, report) ||
        !signatures_hold(bytes + record_offset(container->blob_size), container->second, container->digest, CONTAINER_FILE,
                         report))
        return;
    check_content(bytes, container, report);
    if (manifest != NULL && manifest_lists(manifest, MANIFEST_REVOKED_CONFIGURATION, container->digest))
        report_add(report, &rule_configuration_revoked, CONTAINER_FILE, "digest %02x%02x%02x%02x...", container->digest[0],
                   container->digest[1], container->digest[2], container->digest[3]);
}

void container_check_system(const struct container *container, const struct system *system, struct report *report)
{
    if (container->security_version != system->security_version)
        report_add(report, &rule_security_version, "/security-version", "%u in the header, %u in the configuration",
                   container->security_version, system->security_version);
    uint32_t images = 0;
    for (uint32_t i = 0; i < system->partition_count; i++)
        images += (uint32_t)system->partitions[i].kernel.present + (uint32_t)system->partitions[i].initrd.present;
    if (container->image_count != images)
        report_add(report, &rule_image_count, "/partitions", "%u in the header, %u in the configuration",
                   container->image_count, images);
}
