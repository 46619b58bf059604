/* SPDX-License-Identifier: Apache-2.0 */
/* While the firmware can still read files: the signed configuration, verified before anything parses it, then the images it
 * names. What is loaded here is not trusted yet: seal.c copies and hashes it once devices are shut out. */
#include "config/decode.h"
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/lib/crypto.h"
#include "core/lib/trust.h"
#include "core/x86/cpu.h"

#include <string.h>

#define CONFIGURATION_FILE "system.bkc"

static const struct rule rule_configuration_missing = {
    "BOOT-460", "the signed configuration cannot be read", "a file of at most 1 MiB beside the boot image",
    "run `bulkhead bundle` and put its result on the boot volume"};
static const struct rule rule_image_missing = {
    "BOOT-461", "an image that the configuration names cannot be read", "a file beside the configuration, of the signed size",
    "copy the file that was signed to the boot volume, or sign again"};
static const struct rule rule_services = {
    "BOOT-462", "the firmware did not end its boot services", "success from ExitBootServices",
    "update the machine's firmware"};

__attribute__((section(TRUST_SECTION), used)) const volatile struct trust trust = {TRUST_MAGIC, {0}};

static struct boot the_boot;
static _Alignas(16) uint8_t crypto_heap[CRYPTO_HEAP_SIZE];
static _Alignas(8) uint8_t configuration[CONTAINER_MAX_SIZE];
static _Alignas(8) uint8_t blob[CONTAINER_MAX_SIZE];

static void trusted_key(uint8_t hash[SHA384_SIZE])
{
    for (unsigned i = 0; i < SHA384_SIZE; i++)
        hash[i] = trust.key_hash[i];
}

/* Copy, verify the copy, use the copy. */
static void verify(struct boot *boot)
{
    const struct boot_file *file = boot->source->load(boot->source, CONFIGURATION_FILE, CONTAINER_MAX_SIZE);
    if (file == NULL)
        boot_refuse(&rule_configuration_missing, CONFIGURATION_FILE, "missing, unreadable or larger than 1 MiB");
    uint8_t hash[SHA384_SIZE];
    trusted_key(hash);
    memcpy(configuration, file->data, file->size);
    crypto_init(crypto_heap, sizeof crypto_heap);
    container_verify(configuration, file->size, hash, &boot->container, &boot->report);
    boot_check(boot, "verifying the configuration's signature");
}

static void decode(struct boot *boot)
{
    memcpy(blob, boot->container.blob, boot->container.blob_size);
    system_decode(blob, boot->container.blob_size, true, &boot->system, &boot->report);
    container_check_system(&boot->container, &boot->system, &boot->report);
    boot_check(boot, "reading the configuration");
    log_line("configuration %s, security version %u, serial %lu, %u partition(s)", boot->system.release,
             boot->container.security_version, boot->container.serial, boot->system.partition_count);
}

static void load_image(struct boot *boot, const struct system_image *image)
{
    if (!image->present)
        return;
    const struct boot_file *file = boot->source->load(boot->source, image->file, BOOT_MAX_IMAGE);
    if (file == NULL)
        boot_refuse(&rule_image_missing, image->file, "missing or unreadable");
    if (file->size != image->size)
        boot_refuse(&rule_image_missing, image->file, "%lu bytes where %lu were signed", file->size, image->size);
}

static void load_images(struct boot *boot)
{
    for (uint32_t i = 0; i < boot->system.partition_count; i++) {
        load_image(boot, &boot->system.partitions[i].kernel);
        load_image(boot, &boot->system.partitions[i].initrd);
    }
}

struct boot *boot_prepare(struct boot_source *source)
{
    struct boot *boot = &the_boot;
    boot->source = source;
    boot->step_tsc[STEP_ENTRY] = source->entry_tsc;
    report_init(&boot->report);
    log_line("Bulkhead, started by %s", source->name);
    verify(boot);
    decode(boot);
    boot_step_done(boot, STEP_VERIFY);
    load_images(boot);
    if (!source->finish(source))
        boot_refuse(&rule_services, source->name, "the memory map changed again and again");
    boot_step_done(boot, STEP_LOAD);
    return boot;
}
