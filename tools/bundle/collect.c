/* SPDX-License-Identifier: Apache-2.0 */
/* Collects and checks what goes onto a boot medium. */
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

bool bundle_collect(const struct bundle_sources *sources, struct bundle *bundle, struct report *report)
{
    memset(bundle, 0, sizeof *bundle);
    bool good = trust_verify(&sources->trust, sources->container, &bundle->verified, &bundle->system, report) &&
                collect_images(sources, bundle, report) && file_read(sources->efi, EFI_MAX, &bundle->efi, report) &&
                bundle_fill_trust(&bundle->efi, sources->efi, &bundle->verified.trust, report);
    if (good && sources->secure_boot_key != NULL)
        good = bundle_sign_image(&bundle->efi, sources->secure_boot_key, sources->secure_boot_certificate, report);
    return good;
}

size_t bundle_signed_files(const struct bundle *bundle, struct bundle_file files[2])
{
    files[0] = (struct bundle_file){CONTAINER_FILE, &bundle->verified.container_bytes};
    files[1] = (struct bundle_file){MANIFEST_FILE, &bundle->verified.manifest_bytes};
    return bundle->verified.manifest.present ? 2 : 1;
}

void bundle_free(struct bundle *bundle)
{
    file_bytes_free(&bundle->efi);
    trust_verified_free(&bundle->verified);
}
