/* SPDX-License-Identifier: Apache-2.0 */
/* Collects and checks what goes onto a boot medium. */
#include "config/container.h"
#include "config/decode.h"
#include "tools/bundle/bundle.h"

#include <string.h>

#define EFI_MAX ((size_t)64 << 20)

static const struct rule rule_image_differs = {
    "TOOL-760", "an image is not the one that was signed", "the file with the signed size and digest",
    "sign the configuration again, or give the right file with --images or --file"};

static bool collect_image(const struct bundle_sources *sources, const struct system_image *image, struct bundle *bundle,
                          struct report *report)
{
    for (size_t i = 0; i < bundle->image_count; i++)
        if (strcmp(bundle->images[i].name, image->file) == 0)
            return true;
    struct bundle_image *entry = &bundle->images[bundle->image_count++];
    uint8_t sha384[SHA384_SIZE];
    entry->name = image->file;
    if (!images_find(sources->images, image->file, entry->path, report) ||
        !file_digest(entry->path, sha384, &entry->size, report))
        return false;
    if (entry->size == image->size && memcmp(sha384, image->sha384, sizeof sha384) == 0)
        return true;
    report_add(report, &rule_image_differs, entry->path, "%llu bytes, signed were %llu%s",
               (unsigned long long)entry->size, (unsigned long long)image->size,
               entry->size == image->size ? " with another digest" : "");
    return false;
}

static bool collect_images(const struct bundle_sources *sources, struct bundle *bundle, struct report *report)
{
    bool good = true;
    for (uint32_t i = 0; i < bundle->system.partition_count; i++) {
        const struct system_partition *partition = &bundle->system.partitions[i];
        good = collect_image(sources, &partition->kernel, bundle, report) && good;
        if (partition->initrd.present)
            good = collect_image(sources, &partition->initrd, bundle, report) && good;
    }
    return good;
}

/* The boot stage's own first steps: verify, decode, compare. */
static bool check_container(struct bundle *bundle, const struct key *key, struct report *report)
{
    struct container container;
    uint8_t id[CRYPTO_SHA384_SIZE];
    key_id(key, id);
    container_verify(bundle->container.data, bundle->container.size, id, &container, report);
    bundle->serial = container.serial;
    if (report_ok(report))
        system_decode(container.blob, container.blob_size, true, &bundle->system, report);
    if (report_ok(report))
        container_check_system(&container, &bundle->system, report);
    return report_ok(report);
}

bool bundle_collect(const struct bundle_sources *sources, struct bundle *bundle, struct report *report)
{
    struct key key;
    memset(bundle, 0, sizeof *bundle);
    if (!key_read(sources->key, &key, report))
        return false;
    bool good = file_read(sources->container, CONTAINER_MAX_SIZE, &bundle->container, report) &&
                check_container(bundle, &key, report) && collect_images(sources, bundle, report) &&
                file_read(sources->efi, EFI_MAX, &bundle->efi, report) &&
                bundle_fill_trust(&bundle->efi, sources->efi, &key, report);
    key_wipe(&key);
    if (good && sources->secure_boot_key != NULL)
        good = bundle_sign_image(&bundle->efi, sources->secure_boot_key, sources->secure_boot_certificate, report);
    return good;
}

void bundle_free(struct bundle *bundle)
{
    file_bytes_free(&bundle->efi);
    file_bytes_free(&bundle->container);
}
