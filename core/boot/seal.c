/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing the images: with devices shut out, each is copied to where nobody will ever write, and the copy must have the signed
 * digest. What was loaded by the firmware's DMA is not used again. */
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/boot/steps.h"
#include "core/lib/crypto.h"
#include "core/lib/format.h"
#include "core/x86/cpu.h"

#include <string.h>

static const struct rule rule_digest = {
    "IMG-500", "an image is not the one that was signed", "the SHA-384 digest in the signed configuration",
    "put the signed file back on the boot volume, or sign the new one"};

static const struct boot_file *file_of(const struct boot_source *source, const char *name)
{
    for (uint32_t i = 0; i < source->file_count; i++)
        if (strcmp(source->files[i].name, name) == 0)
            return &source->files[i];
    return NULL;
}

static void seal_image(struct boot *boot, uint32_t partition, const struct system_image *image,
                       const struct plan_image *place)
{
    uint8_t digest[SHA384_SIZE];
    char where[REPORT_WHERE_MAX];
    const struct boot_file *file = file_of(boot->source, image->file);
    fmt_print(where, sizeof where, "/partitions/%s, file %s", boot->system.partitions[partition].name, image->file);
    if (file == NULL || file->size != image->size) {
        report_add(&boot->report, &rule_digest, where, "another size");
        return;
    }
    cpu_copy((void *)place->base.v, file->data, place->size);
    crypto_sha384((const void *)place->base.v, place->size, digest);
    if (memcmp(digest, image->sha384, sizeof digest) != 0)
        report_add(&boot->report, &rule_digest, where, "SHA-384 %02x%02x%02x%02x... where %02x%02x%02x%02x... was signed",
                   digest[0], digest[1], digest[2], digest[3], image->sha384[0], image->sha384[1], image->sha384[2],
                   image->sha384[3]);
}

void images_seal(struct boot *boot)
{
    for (uint32_t i = 0; i < boot->plan.partition_count; i++) {
        const struct system_partition *config = &boot->system.partitions[i];
        seal_image(boot, i, &config->kernel, &boot->plan.partitions[i].kernel);
        if (config->initrd.present)
            seal_image(boot, i, &config->initrd, &boot->plan.partitions[i].initrd);
    }
    boot_check(boot, "sealing the images");
    log_line("sealed the images: every copy has its signed digest");
}

void guests_prepare(struct boot *boot)
{
    for (uint32_t i = 0; i < boot->plan.partition_count; i++) {
        const struct plan_partition *partition = &boot->plan.partitions[i];
        uint8_t *blob = (uint8_t *)partition->boot_blob.base.v;
        memset(blob, 0, GUEST_BLOB_SIZE);
        guest_image_prepare(&boot->system, &boot->plan, i, (const uint8_t *)partition->kernel.base.v, blob,
                            &boot->guests[i], &boot->report);
    }
    boot_check(boot, "preparing the partitions");
}
