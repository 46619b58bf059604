/* SPDX-License-Identifier: Apache-2.0 */
/* The list of measurements. docs/attestation.md holds the same list as a table. */
#include "core/measure/list.h"

#include "core/lib/bytes.h"
#include "core/lib/format.h"

#include <string.h>

#define ITEM_MAX 32
static const uint8_t absent[MEASURE_DIGEST_SIZE];

void measurement_begin(struct measurement *measurement,
                       bool (*extend)(void *context, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size),
                       void *context)
{
    measurement->extend = extend;
    measurement->context = context;
    measurement->failed = false;
    crypto_sha384_start(&measurement->sealed);
    crypto_sha384_start(&measurement->platform);
}

static struct crypto_sha384_state *seal_of(struct measurement *measurement, uint32_t pcr)
{
    if (pcr == PCR_CONFIGURATION || pcr == PCR_IMAGES)
        return &measurement->sealed;
    return pcr == PCR_PLATFORM ? &measurement->platform : NULL;
}

static void record(struct measurement *measurement, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size)
{
    struct crypto_sha384_state *seal = seal_of(measurement, pcr);
    uint8_t head[12];
    if (measurement->failed)
        return;
    store_le32(head, pcr);
    store_le32(head + 4, type);
    store_le32(head + 8, size);
    if (seal != NULL) {
        crypto_sha384_update(seal, head, sizeof head);
        crypto_sha384_update(seal, data, size);
    }
    measurement->failed = !measurement->extend(measurement->context, pcr, type, data, size);
}

static void add(struct measurement *measurement, uint32_t pcr, const struct measure_event *event)
{
    uint8_t data[MEASURE_DATA_MAX];
    record(measurement, pcr, EV_EVENT_TAG, data, measure_encode(event, data));
}

/* Nothing more belongs to the register (TCG PC Client Platform Firmware Profile 1.06, 10.4.1, EV_SEPARATOR). */
static void separate(struct measurement *measurement, uint32_t pcr)
{
    static const uint8_t zeros[4];
    record(measurement, pcr, EV_SEPARATOR, zeros, sizeof zeros);
}

void measure_configuration(struct measurement *m, const struct manifest *manifest, const struct container *container,
                           const struct system *system)
{
    char validity[MEASURE_TEXT_MAX];
    fmt_print(validity, sizeof validity, "%lu-%lu", manifest->not_before, manifest->not_after);
    const struct measure_event events[] = {
        {.kind = MEASURE_CONFIGURATION, .item = "key-manifest", .text = manifest->present ? validity : NULL,
         .has_number = true, .number = manifest->version, .digest = manifest->present ? manifest->digest : absent},
        {.kind = MEASURE_CONFIGURATION, .item = "signing-key", .digest = container->key_id},
        {.kind = MEASURE_CONFIGURATION, .item = "second-signing-key",
         .digest = container->second ? container->second_key_id : absent},
        {.kind = MEASURE_CONFIGURATION, .item = "security-version", .has_number = true,
         .number = container->security_version},
        {.kind = MEASURE_CONFIGURATION, .item = "flags", .has_number = true, .number = container->flags},
        {.kind = MEASURE_CONFIGURATION, .item = "configuration", .text = system->release, .has_number = true,
         .number = container->serial, .digest = container->digest},
    };
    for (uint32_t i = 0; i < sizeof events / sizeof events[0]; i++)
        add(m, PCR_CONFIGURATION, &events[i]);
    separate(m, PCR_CONFIGURATION);
}

static void measure_item(struct measurement *m, const struct system_partition *partition, const char *item,
                         const char *text)
{
    add(m, PCR_IMAGES, &(struct measure_event){.kind = MEASURE_PARTITION, .partition = partition->name, .item = item,
                                               .text = text});
}

static void measure_resources(struct measurement *m, const struct system_partition *partition)
{
    static const char *const roles[] = {[ROLE_GUEST] = "guest", [ROLE_ATTEST] = "attest", [ROLE_MANAGE] = "manage"};
    static const char *const restarts[] = {
        [RESTART_NEVER] = "never", [RESTART_ALWAYS] = "always", [RESTART_LIMITED] = "limited"};
    char text[MEASURE_TEXT_MAX];
    measure_item(m, partition, "role", roles[partition->role]);
    size_t used = fmt_print(text, sizeof text, "%u core(s), %lu MiB, %s, restart %s", partition->core_count,
                            partition->memory_size >> 20, partition->console ? "console" : "no console",
                            restarts[partition->restart]);
    if (partition->restart == RESTART_LIMITED)
        used += fmt_print(text + used, sizeof text - used, " %u in %u s", partition->restart_limit,
                          partition->restart_window_seconds);
    measure_item(m, partition, "resources", text);
}

static void measure_image(struct measurement *m, const struct system_partition *partition, const char *item,
                          const struct system_image *image)
{
    struct measure_event event = {.kind = MEASURE_PARTITION, .partition = partition->name, .item = item,
                                  .text = image->file, .has_number = true, .number = image->size,
                                  .digest = image->present ? image->sha384 : absent};
    add(m, PCR_IMAGES, &event);
}

/* The text shows what changed, the digest covers what a long text would lose. */
static void measure_command_line(struct measurement *m, const struct system_partition *partition)
{
    uint8_t digest[MEASURE_DIGEST_SIZE];
    size_t length = strlen(partition->command_line);
    crypto_sha384(partition->command_line, length, digest);
    add(m, PCR_IMAGES, &(struct measure_event){.kind = MEASURE_PARTITION, .partition = partition->name,
                                               .item = "command-line", .text = partition->command_line,
                                               .has_number = true, .number = length, .digest = digest});
}

static void measure_device(struct measurement *m, const struct system_partition *partition,
                           const struct system_device *device)
{
    char item[ITEM_MAX], text[MEASURE_TEXT_MAX];
    const struct pci_path *path = &device->path;
    fmt_print(item, sizeof item, "device %s", device->name);
    size_t used = fmt_print(text, sizeof text, PCI_ADDRESS_FORMAT, PCI_ADDRESS_ARGS(path->root));
    for (uint32_t i = 0; i < path->hops; i++)
        used += fmt_print(text + used, sizeof text - used, "/%02x.%x", path->hop_devfn[i] >> 3, path->hop_devfn[i] & 7);
    fmt_print(text + used, sizeof text - used, " %04x:%04x", device->vendor, device->device);
    measure_item(m, partition, item, text);
}

void measure_partitions(struct measurement *m, const struct system *system)
{
    static const char *const formats[] = {[KERNEL_LINUX] = "linux", [KERNEL_PVH] = "pvh", [KERNEL_FLAT] = "flat"};
    for (uint32_t i = 0; i < system->partition_count; i++) {
        const struct system_partition *partition = &system->partitions[i];
        measure_resources(m, partition);
        measure_item(m, partition, "kernel-format", formats[partition->kernel_format]);
        measure_image(m, partition, "kernel", &partition->kernel);
        measure_command_line(m, partition);
        measure_image(m, partition, "initrd", &partition->initrd);
        for (uint32_t d = 0; d < partition->device_count; d++)
            measure_device(m, partition, &partition->devices[d]);
    }
    separate(m, PCR_IMAGES);
}

void measure_platform(struct measurement *m, const struct measure_facts *facts)
{
    const struct measure_event events[] = {
        {.kind = MEASURE_PLATFORM, .item = "iommu", .text = facts->iommu ? "on" : "off"},
        {.kind = MEASURE_PLATFORM, .item = "interrupt-remapping", .text = facts->remapping ? "on" : "off"},
        {.kind = MEASURE_PLATFORM, .item = "smt", .text = "one-owner"},
        {.kind = MEASURE_PLATFORM, .item = "processor", .has_number = true, .number = facts->processor},
        {.kind = MEASURE_PLATFORM, .item = "microcode", .has_number = true, .number = facts->microcode},
        {.kind = MEASURE_PLATFORM, .item = "tpm-locality-2", .text = facts->locality2 ? "open" : "closed"},
        {.kind = MEASURE_PLATFORM, .item = "rollback-protection", .text = facts->rollback_counter ? "counter" : "none",
         .has_number = true, .number = facts->rollback_floor},
        {.kind = MEASURE_PLATFORM, .item = "placement", .digest = facts->placement},
        {.kind = MEASURE_PLATFORM, .item = "tables", .digest = facts->tables},
    };
    for (uint32_t i = 0; i < sizeof events / sizeof events[0]; i++)
        add(m, PCR_PLATFORM, &events[i]);
    separate(m, PCR_PLATFORM);
}

void measure_seal(struct measurement *m)
{
    uint8_t digest[MEASURE_DIGEST_SIZE];
    struct crypto_sha384_state state = m->sealed;
    crypto_sha384_finish(&state, digest);
    add(m, PCR_SEAL, &(struct measure_event){.kind = MEASURE_SEAL, .item = "seal", .digest = digest});
}

void measure_boot(struct measurement *m, uint32_t pcr, const char *boot_id)
{
    uint8_t digest[MEASURE_DIGEST_SIZE];
    struct crypto_sha384_state state = m->platform;
    crypto_sha384_finish(&state, digest);
    add(m, pcr, &(struct measure_event){.kind = MEASURE_RUNTIME, .item = "boot", .text = boot_id, .digest = digest});
}
