/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies the signed container. */
#include "config/container.h"
#include "config/container_layout.h"

#include <string.h>

static const struct rule rule_size = {
    "SIG-001", "the configuration's size cannot be right", "464 bytes to 1 MiB, as its header says",
    "copy the file again, or sign the configuration again"};
static const struct rule rule_magic = {
    "SIG-002", "this is no signed configuration", "a file made by 'bulkhead sign', starting with BULKCONF",
    "check that " CONTAINER_FILE " is the right file"};
static const struct rule rule_revision = {
    "SIG-003", "the configuration has another format revision", "revision 1",
    "sign the configuration with the 'bulkhead' command that belongs to this image"};
static const struct rule rule_layout = {
    "SIG-004", "the configuration's layout is wrong", "the layout of revision 1, with zeros where nothing stands",
    "copy the file again, or sign the configuration again"};
static const struct rule rule_algorithm = {
    "SIG-005", "the signature algorithm is not supported", "1 (ECDSA P-384 with SHA-384)",
    "sign the configuration with a P-384 key"};
static const struct rule rule_no_trust = {
    "SIG-006", "this image trusts no key yet", "a key hash in the image's trust section",
    "make the boot medium with 'bulkhead bundle --key KEY'"};
static const struct rule rule_wrong_key = {
    "SIG-007", "the configuration is signed with another key", "the key whose hash stands in the image's trust section",
    "sign with the right key, or bundle an image that trusts this one"};
static const struct rule rule_signature = {
    "SIG-008", "the signature does not match the configuration", "an unchanged configuration",
    "the file was altered or damaged: copy the signed original again"};
static const struct rule rule_key_id = {
    "SIG-009", "the header names another key than the one that signed", "the SHA-384 of the signing key",
    "sign the configuration again"};
static const struct rule rule_blob_digest = {
    "SIG-010", "the header's digest of the device tree is wrong", "the SHA-384 of the device tree",
    "sign the configuration again"};
static const struct rule rule_flags = {
    "SIG-011", "the header asks for what this image does not know", "flags 0 or 1 (debug)",
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

static bool is_zero(const uint8_t *bytes, size_t size)
{
    uint8_t any = 0;
    for (size_t i = 0; i < size; i++)
        any |= bytes[i];
    return any == 0;
}

size_t container_size(size_t blob_size)
{
    if (blob_size > CONTAINER_MAX_SIZE)
        return 0;
    size_t size = record_offset((uint32_t)blob_size) + CONTAINER_SIGNATURE_SIZE;
    return size <= CONTAINER_MAX_SIZE ? size : 0;
}

/* Adds a finding and returns false, so that a check reads as one line. */
static bool refuse(struct report *report, const struct rule *rule, const char *where, uint32_t found)
{
    report_add(report, rule, where, "%u", found);
    return false;
}

static bool check_size(const uint8_t *bytes, size_t size, struct report *report)
{
    (void)bytes;
    if (size >= container_size(0) && size <= CONTAINER_MAX_SIZE)
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
    uint32_t revision = get32(bytes + HEADER_REVISION);
    return revision == CONTAINER_REVISION || refuse(report, &rule_revision, CONTAINER_FILE ", byte 8", revision);
}

static bool check_total_size(const uint8_t *bytes, size_t size, struct report *report)
{
    uint32_t blob_size = get32(bytes + HEADER_BLOB_SIZE);
    uint32_t total = get32(bytes + HEADER_TOTAL_SIZE);
    if (total == size && container_size(blob_size) == size)
        return true;
    report_add(report, &rule_size, CONTAINER_FILE ", bytes 16 and 60",
               "%zu bytes, but the header says %u, with a device tree of %u", size, total, blob_size);
    return false;
}

/* Fields that have one legal value, and the zeros between blob and signature. */
static bool check_layout(const uint8_t *bytes, size_t size, struct report *report)
{
    (void)size;
    uint32_t blob_end = CONTAINER_HEADER_SIZE + get32(bytes + HEADER_BLOB_SIZE);
    uint32_t record_at = record_offset(get32(bytes + HEADER_BLOB_SIZE));
    const uint8_t *record = bytes + record_at;
    if (get32(bytes + HEADER_SIZE) != CONTAINER_HEADER_SIZE)
        return refuse(report, &rule_layout, CONTAINER_FILE ", byte 12 (header size)", get32(bytes + HEADER_SIZE));
    if (get32(bytes + HEADER_BLOB_OFFSET) != CONTAINER_HEADER_SIZE)
        return refuse(report, &rule_layout, CONTAINER_FILE ", byte 56 (device tree offset)",
                      get32(bytes + HEADER_BLOB_OFFSET));
    if (get32(record + RECORD_SIZE) != CONTAINER_SIGNATURE_SIZE)
        return refuse(report, &rule_layout, CONTAINER_FILE ", signature record size", get32(record + RECORD_SIZE));
    if (!is_zero(bytes + blob_end, record_at - blob_end) ||
        !is_zero(record + RECORD_PADDING, RECORD_SIGNATURE - RECORD_PADDING) ||
        !is_zero(bytes + HEADER_KEY_ID_2, CRYPTO_SHA384_SIZE)) {
        report_add(report, &rule_layout, CONTAINER_FILE, "bytes other than zero in padding or the second key id");
        return false;
    }
    return true;
}

static bool check_algorithm(const uint8_t *bytes, size_t size, struct report *report)
{
    (void)size;
    uint32_t algorithm = get32(bytes + record_offset(get32(bytes + HEADER_BLOB_SIZE)) + RECORD_ALGORITHM);
    return algorithm == CONTAINER_ALGORITHM_P384 ||
           refuse(report, &rule_algorithm, CONTAINER_FILE ", signature record", algorithm);
}

/* What can be said about the container before anyone's key is known, each on ground the one before it has made sure
 * of. */
static bool check_form(const uint8_t *bytes, size_t size, struct report *report)
{
    static bool (*const checks[])(const uint8_t *, size_t, struct report *) = {
        check_magic, check_size, check_revision, check_total_size, check_layout, check_algorithm,
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (!checks[i](bytes, size, report))
            return false;
    return true;
}

static bool check_key(const uint8_t *point, const uint8_t trusted_key_hash[48], struct report *report)
{
    if (is_zero(trusted_key_hash, CRYPTO_SHA384_SIZE)) {
        report_add(report, &rule_no_trust, "bulkhead.efi, trust section", "no key hash");
        return false;
    }
    uint8_t hash[CRYPTO_SHA384_SIZE];
    crypto_sha384(point, CRYPTO_P384_POINT_SIZE, hash);
    if (crypto_equal(hash, trusted_key_hash, sizeof hash))
        return true;
    report_add(report, &rule_wrong_key, CONTAINER_FILE, "key %02x%02x%02x%02x..., but %02x%02x%02x%02x... is trusted",
               hash[0], hash[1], hash[2], hash[3], trusted_key_hash[0], trusted_key_hash[1], trusted_key_hash[2],
               trusted_key_hash[3]);
    return false;
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
    if (!crypto_equal(container->key_id, bytes + HEADER_KEY_ID, CRYPTO_SHA384_SIZE))
        report_add(report, &rule_key_id, CONTAINER_FILE ", byte 160", "%02x%02x%02x%02x...", bytes[HEADER_KEY_ID],
                   bytes[HEADER_KEY_ID + 1], bytes[HEADER_KEY_ID + 2], bytes[HEADER_KEY_ID + 3]);
    if ((container->flags & ~CONTAINER_FLAGS_KNOWN) != 0)
        report_add(report, &rule_flags, CONTAINER_FILE ", byte 24", "0x%x", container->flags);
    if (!is_zero(bytes + HEADER_HOST, CRYPTO_SHA384_SIZE))
        report_add(report, &rule_host, CONTAINER_FILE ", byte 112", "a host id");
}

static void read_fields(const uint8_t *bytes, struct container *container)
{
    container->security_version = get32(bytes + HEADER_SECURITY_VERSION);
    container->flags = get32(bytes + HEADER_FLAGS);
    container->serial = get64(bytes + HEADER_SERIAL);
    container->image_count = get32(bytes + HEADER_IMAGE_COUNT);
    memcpy(container->fleet, bytes + HEADER_FLEET, sizeof container->fleet);
    container->blob = bytes + CONTAINER_HEADER_SIZE;
    container->blob_size = get32(bytes + HEADER_BLOB_SIZE);
    crypto_sha384(bytes, (size_t)CONTAINER_HEADER_SIZE + container->blob_size, container->digest);
    const uint8_t *record = bytes + record_offset(container->blob_size);
    crypto_sha384(record + RECORD_PUBLIC_KEY, CRYPTO_P384_POINT_SIZE, container->key_id);
}

bool container_inspect(const uint8_t *bytes, size_t size, struct container *container, struct report *report)
{
    *container = (struct container){0};
    if (!check_form(bytes, size, report))
        return false;
    read_fields(bytes, container);
    return true;
}

void container_verify(const uint8_t *bytes, size_t size, const uint8_t trusted_key_hash[48],
                      struct container *container, struct report *report)
{
    *container = (struct container){0};
    if (!check_form(bytes, size, report))
        return;
    const uint8_t *record = bytes + record_offset(get32(bytes + HEADER_BLOB_SIZE));
    if (!check_key(record + RECORD_PUBLIC_KEY, trusted_key_hash, report))
        return;
    read_fields(bytes, container);
    if (!crypto_p384_verify(record + RECORD_PUBLIC_KEY, container->digest, record + RECORD_SIGNATURE)) {
        report_add(report, &rule_signature, CONTAINER_FILE,
                   "an altered configuration, or a signature of something else");
        return;
    }
    check_content(bytes, container, report);
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
