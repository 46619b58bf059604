/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares bulkhead.efi for a site: its trust section, and its signature for Secure Boot. */
#include "core/lib/trust.h"
#include "tools/bundle/bundle.h"
#include "tools/bundle/workshop.h"

#include <string.h>

#define SIGNED_MAX ((size_t)65 << 20)

static const struct rule rule_no_trust = {
    "TOOL-761", "this is not a Bulkhead boot image", "one trust section, at a multiple of 64 bytes",
    "give the bulkhead.efi that the build made"};
static const struct rule rule_other_trust = {
    "TOOL-762", "the image trusts another key already", "an image as the build made it, or one for the same key",
    "bundle from the original bulkhead.efi"};

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

bool bundle_fill_trust(struct file_bytes *efi, const char *name, const struct key *key, struct report *report)
{
    uint8_t *found = NULL;
    unsigned count = 0;
    for (size_t at = 0; at + sizeof(struct trust) <= efi->size; at += TRUST_ALIGN) {
        if (memcmp(efi->data + at, TRUST_MAGIC, TRUST_MAGIC_SIZE) != 0)
            continue;
        found = efi->data + at + TRUST_MAGIC_SIZE;
        count++;
    }
    if (count != 1) {
        report_add(report, &rule_no_trust, name, "%u trust sections", count);
        return false;
    }
    uint8_t id[CRYPTO_SHA384_SIZE];
    key_id(key, id);
    if (!is_zero(found, sizeof id) && memcmp(found, id, sizeof id) != 0) {
        report_add(report, &rule_other_trust, name, "key id %02x%02x%02x%02x...", (unsigned)found[0],
                   (unsigned)found[1], (unsigned)found[2], (unsigned)found[3]);
        return false;
    }
    memcpy(found, id, sizeof id);
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
