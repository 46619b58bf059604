/* SPDX-License-Identifier: Apache-2.0 */
/* While the firmware can still read files: the signed configuration, verified before anything parses it, then the images it
 * names. What is loaded here is not trusted yet: seal.c copies and hashes it once devices are shut out. */
#include "config/chain.h"
#include "config/decode.h"
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/lib/crypto.h"
#include "core/lib/trust.h"
#include "core/x86/cpu.h"

#include <string.h>

static const struct rule rule_configuration_missing = {
    "BOOT-460", "the signed configuration cannot be read", "a file of at most 1 MiB beside the boot image",
    "run `bulkhead bundle` and put its result on the boot volume"};
static const struct rule rule_image_missing = {
    "BOOT-461", "an image that the configuration names cannot be read", "a file beside the configuration, of the signed size",
    "copy the file that was signed to the boot volume, or sign again"};
static const struct rule rule_services = {
    "BOOT-462", "the firmware did not end its boot services", "success from ExitBootServices",
    "update the machine's firmware"};

__attribute__((section(TRUST_SECTION), used)) const volatile struct trust trust_section = {.magic = TRUST_MAGIC};

static struct boot the_boot;
static _Alignas(16) uint8_t crypto_heap[CRYPTO_HEAP_SIZE];
static _Alignas(8) uint8_t configuration[CONTAINER_MAX_SIZE];
static uint8_t key_manifest[MANIFEST_MAX_SIZE];
static _Alignas(8) uint8_t blob[CONTAINER_MAX_SIZE];

static struct trust trust_read(void)
{
    struct trust trust;
    uint8_t *bytes = (uint8_t *)&trust;
    const volatile uint8_t *section = (const volatile uint8_t *)&trust_section;
    for (unsigned i = 0; i < sizeof trust; i++)
        bytes[i] = section[i];
    return trust;
}

/* Copy, verify the copy, use the copy. NULL: there is no such file of at most `limit` bytes. */
static const uint8_t *copy_file(struct boot *boot, const char *name, uint8_t *to, size_t limit, size_t *size)
{
    const struct boot_file *file = boot->source->load(boot->source, name, limit);
    if (file == NULL)
        return NULL;
    *size = file->size;
    return memcpy(to, file->data, file->size);
}

static void verify(struct boot *boot)
{
    struct trust trust = trust_read();
    struct chain_files files = {0};
    files.manifest = copy_file(boot, MANIFEST_FILE, key_manifest, sizeof key_manifest, &files.manifest_size);
    files.container = copy_file(boot, CONTAINER_FILE, configuration, sizeof configuration, &files.container_size);
    if (files.container == NULL)
        boot_refuse(&rule_configuration_missing, CONTAINER_FILE, "missing, unreadable or larger than 1 MiB");
    crypto_init(crypto_heap, sizeof crypto_heap);
    chain_verify(&trust, &files, &boot->manifest, &boot->container, &boot->report);
    boot_check(boot, "verifying the configuration's signature");
}

static void decode(struct boot *boot)
{
    memcpy(blob, boot->container.blob, boot->container.blob_size);
    system_decode(blob, boot->container.blob_size, true, &boot->system, &boot->report);
    container_check_system(&boot->container, &boot->system, &boot->report);
    boot_check(boot, "reading the configuration");
    if (boot->manifest.present)
        log_line("key manifest version %lu, %u entries", boot->manifest.version, boot->manifest.entry_count);
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
