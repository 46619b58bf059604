/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares bulkhead.efi for a site: its trust section, and its signature for Secure Boot. */
#include "core/lib/bytes.h"
#include "core/lib/trust.h"
#include "tools/bundle/bundle.h"
#include "tools/bundle/workshop.h"

#include <string.h>

#define SIGNED_MAX ((size_t)65 << 20)

static const struct rule rule_no_trust = {
    "TOOL-761", "this is not a Bulkhead boot image", "one trust section, at a multiple of 64 bytes",
    "give the bulkhead.efi that the build made"};
static const struct rule rule_other_trust = {
    "TOOL-762", "the image trusts something else already", "an image as the build made it, or one for the same keys and policy",
    "bundle from the original bulkhead.efi"};

static struct trust *find_trust(const struct file_bytes *efi, const char *name, struct report *report)
{
    struct trust *found = NULL;
    unsigned count = 0;
    for (size_t at = 0; at + sizeof *found <= efi->size; at += TRUST_ALIGN) {
        if (memcmp(efi->data + at, TRUST_MAGIC, TRUST_MAGIC_SIZE) != 0)
            continue;
        found = (struct trust *)(void *)(efi->data + at);
        count++;
    }
    return report_unless(count == 1, report, &rule_no_trust, name, "%u trust sections", count) ? found : NULL;
}

bool bundle_fill_trust(struct file_bytes *efi, const char *name, const struct trust *wanted, struct report *report)
{
    struct trust *found = find_trust(efi, name, report);
    const struct trust empty = {.magic = TRUST_MAGIC};
    if (found == NULL)
        return false;
    if (memcmp(found, &empty, sizeof empty) != 0 && memcmp(found, wanted, sizeof *wanted) != 0) {
        report_add(report, &rule_other_trust, name, "key id %02x%02x%02x%02x..., flags %u", (unsigned)found->key_hash[0],
                   (unsigned)found->key_hash[1], (unsigned)found->key_hash[2], (unsigned)found->key_hash[3],
                   load_le32(found->flags));
        return false;
    }
    *found = *wanted;
    return true;
}

bool bundle_take_trust(struct file_bytes *efi, const char *name, struct trust *taken, struct report *report)
{
    struct trust *found = find_trust(efi, name, report);
    if (found == NULL)
        return false;
    *taken = *found;
    *found = (struct trust){.magic = TRUST_MAGIC};
    return true;
}

bool bundle_sign_image(struct file_bytes *efi, const char *key, const char *certificate, struct report *report)
{
    struct workshop workshop;
    char plain[WORKSHOP_PATH_MAX], signed_image[WORKSHOP_PATH_MAX];
    if (!workshop_open(&workshop, report))
        return false;
    workshop_path(&workshop, "plain.efi", plain);
    workshop_path(&workshop, "signed.efi", signed_image);
    const char *const sbsign[] = {"sbsign", "--key",      key,   "--cert", certificate,
                                  "--output", signed_image, plain, NULL};
    struct file_bytes result = {0};
    bool good = file_write(plain, efi->data, efi->size, 0600, FILE_NEW, report) && program_run(sbsign, report) &&
                file_read(signed_image, SIGNED_MAX, &result, report);
    workshop_close(&workshop);
    if (!good)
        return false;
    file_bytes_free(efi);
    *efi = result;
    return true;
}
