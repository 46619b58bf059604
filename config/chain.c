/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies key manifest and configuration against the image's trust section. */
#include "config/chain.h"

#include "core/lib/bytes.h"

static const struct rule rule_missing = {
    "SIG-033", "the key manifest is missing", "a file " MANIFEST_FILE " beside the configuration: this image demands one",
    "bundle with --manifest"};
static const struct rule rule_unasked = {
    "SIG-034", "there is a key manifest that this image does not ask for",
    "no key manifest: this image trusts its keys directly",
    "bundle with --root-key and --manifest, or without either"};
static const struct rule rule_policy = {
    "SIG-035", "the image's trust section asks for what this image does not know",
    "flags 1 (key manifest) and 2 (second signature)",
    "bundle with the 'bulkhead' command that belongs to this image"};

bool chain_needs_manifest(const struct trust *trust)
{
    return (load_le32(trust->flags) & TRUST_MANIFEST) != 0;
}

void chain_verify(const struct trust *trust, const struct chain_files *files, struct manifest *manifest,
                  struct container *container, struct report *report)
{
    *manifest = (struct manifest){0};
    *container = (struct container){0};
    uint32_t flags = load_le32(trust->flags);
    bool given = files->manifest != NULL;
    bool wanted = chain_needs_manifest(trust);
    if (!report_unless((flags & ~TRUST_FLAGS_KNOWN) == 0, report, &rule_policy, "bulkhead.efi, trust section", "flags 0x%x",
                       flags) ||
        !report_unless(given || !wanted, report, &rule_missing, MANIFEST_FILE, "no such file of at most %u bytes",
                       MANIFEST_MAX_SIZE) ||
        !report_unless(!given || wanted, report, &rule_unasked, MANIFEST_FILE, "%zu bytes", files->manifest_size) ||
        (wanted && !manifest_verify(files->manifest, files->manifest_size, trust, manifest, report)))
        return;
    container_verify(files->container, files->container_size, trust, wanted ? manifest : NULL, container, report);
}

uint32_t chain_security_version(const struct manifest *manifest, const struct container *container)
{
    return manifest->present && manifest->security_version < container->security_version ? manifest->security_version
                                                                                         : container->security_version;
}
