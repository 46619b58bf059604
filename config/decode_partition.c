/* SPDX-License-Identifier: Apache-2.0 */
/* One partition's node → struct system_partition. */
#include "config/decode_partition.h"

#include "config/rules/rules.h"
#include "core/lib/format.h"

#include <string.h>

struct partition_state {
    struct system_partition *partition;
    uint32_t devices; /* all of them, also those there is no room for */
};

static void decode_pinned_cores(const struct tree *tree, const struct spot *at, const struct value *value,
                                struct system_partition *partition)
{
    uint32_t count = value_cell_count(value);
    bool ok = true;
    for (uint32_t i = 0; i < count; i++) {
        partition->core_ids[i] = value_cell(value, i);
        ok = rule_core_id(tree->report, at, partition->core_ids[i]) && ok;
    }
    if (!rule_core_ids_differ(tree->report, at, partition->core_ids, count) || !ok)
        return;
    partition->cores_pinned = true;
    partition->core_count = count;
}

static void decode_cores(const struct tree *tree, const struct spot *at, const struct value *values,
                         struct system_partition *partition)
{
    const struct value *cores = &values[PARTITION_CORES], *core_ids = &values[PARTITION_CORE_IDS];
    struct spot cores_at = spot_below(at, "cores"), core_ids_at = spot_below(at, "core-ids");
    if (!rule_cores_stated(tree->report, at, cores->stated, core_ids->stated) ||
        !rule_cores_once(tree->report, at, cores->stated, core_ids->stated))
        return;
    if (core_ids->sound)
        decode_pinned_cores(tree, &core_ids_at, core_ids, partition);
    if (cores->sound && rule_core_count(tree->report, &cores_at, value_cell(cores, 0)))
        partition->core_count = value_cell(cores, 0);
}

static void decode_memory(const struct tree *tree, const struct spot *at, const struct value *values,
                          struct system_partition *partition)
{
    const struct value *size = &values[PARTITION_MEMORY_MIB], *base = &values[PARTITION_MEMORY_BASE];
    struct spot size_at = spot_below(at, "memory-mib"), base_at = spot_below(at, "memory-base");
    if (size->sound) {
        uint32_t mib = value_cell(size, 0);
        if (rule_memory_size(tree->report, &size_at, mib) && rule_memory_even(tree->report, &size_at, mib))
            partition->memory_size = (uint64_t)mib << 20;
    }
    if (base->sound && rule_memory_base_aligned(tree->report, &base_at, value_wide(base)) &&
        rule_memory_base_range(tree->report, &base_at, value_wide(base), partition->memory_size)) {
        partition->memory_base.v = value_wide(base);
        partition->memory_pinned = partition->memory_size > 0;
    }
}

static void decode_restart(const struct tree *tree, const struct spot *at, const struct value *values,
                           struct system_partition *partition)
{
    const struct value *restart = &values[PARTITION_RESTART], *limit = &values[PARTITION_RESTART_LIMIT];
    struct spot restart_at = spot_below(at, "restart"), limit_at = spot_below(at, "restart-limit");
    if (!restart->sound || !rule_restart(tree->report, &restart_at, value_text(restart), &partition->restart))
        return;
    rule_restart_limit_stated(tree->report, &restart_at, partition->restart, limit->stated);
    if (rule_restart_limit_used(tree->report, &limit_at, partition->restart, limit->stated) && limit->sound &&
        rule_restart_limit_range(tree->report, &limit_at, value_cell(limit, 0), value_cell(limit, 1))) {
        partition->restart_limit = value_cell(limit, 0);
        partition->restart_window_seconds = value_cell(limit, 1);
    }
}

static void decode_image(const struct tree *tree, const struct spot *at, const struct value *values,
                         struct system_image *image)
{
    const struct value *file = &values[IMAGE_FILE], *size = &values[IMAGE_SIZE], *digest = &values[IMAGE_SHA384];
    struct spot file_at = spot_below(at, "file"), size_at = spot_below(at, "size"),
                digest_at = spot_below(at, "sha384");
    image->present = true;
    if (file->sound && rule_file_name(tree->report, &file_at, value_text(file)))
        value_copy(file, image->file, sizeof image->file);
    if (size->sound && rule_image_size(tree->report, &size_at, value_wide(size)))
        image->size = value_wide(size);
    if (digest->sound && rule_image_digest(tree->report, &digest_at, digest->bytes))
        memcpy(image->sha384, digest->bytes, SHA384_SIZE);
    rule_image_pair(tree->report, at, size->stated, digest->stated);
    if (tree->signed_form)
        rule_image_complete(tree->report, at, size->stated, digest->stated);
}

static void decode_kernel(const struct tree *tree, int node, const struct spot *at, struct system_partition *partition)
{
    struct value values[BINDING_MAX_PROPERTIES];
    tree_read_properties(tree, node, at, &binding_kernel, values);
    const struct value *format = &values[KERNEL_FORMAT], *root_hash = &values[KERNEL_ROOT_HASH_FILE];
    struct spot format_at = spot_below(at, "format"), root_hash_at = spot_below(at, "root-hash-file");
    decode_image(tree, at, values, &partition->kernel);
    if (format->sound)
        rule_kernel_format(tree->report, &format_at, value_text(format), &partition->kernel_format);
    if (values[KERNEL_COMMAND_LINE].sound)
        value_copy(&values[KERNEL_COMMAND_LINE], partition->command_line, sizeof partition->command_line);
    if (root_hash->sound)
        rule_root_hash_path(tree->report, &root_hash_at, value_text(root_hash));
    if (tree->signed_form)
        rule_root_hash_done(tree->report, at, root_hash->stated);
    tree_refuse_children(tree, node, at);
}

static void decode_initrd(const struct tree *tree, int node, const struct spot *at, struct system_partition *partition)
{
    struct value values[BINDING_MAX_PROPERTIES];
    tree_read_properties(tree, node, at, &binding_initrd, values);
    decode_image(tree, at, values, &partition->initrd);
    tree_refuse_children(tree, node, at);
}

static void decode_device(const struct tree *tree, int node, const char *name, const struct spot *at,
                          struct partition_state *state)
{
    struct value values[BINDING_MAX_PROPERTIES];
    struct system_device device = {0};
    tree_read_properties(tree, node, at, &binding_device, values);
    tree_refuse_children(tree, node, at);
    const struct value *pci = &values[DEVICE_PCI], *id = &values[DEVICE_ID];
    struct spot pci_at = spot_below(at, "pci"), id_at = spot_below(at, "id");
    if (id->sound && rule_device_id(tree->report, &id_at, value_cell(id, 0), value_cell(id, 1))) {
        device.vendor = (uint16_t)value_cell(id, 0);
        device.device = (uint16_t)value_cell(id, 1);
    }
    bool named = rule_device_name(tree->report, at, name);
    bool placed = pci->sound && rule_pci_path(tree->report, &pci_at, value_text(pci), &device.path);
    if (!named || !placed || state->partition->device_count == SYSTEM_MAX_DEVICES)
        return;
    fmt_print(device.name, sizeof device.name, "%s", name);
    state->partition->devices[state->partition->device_count++] = device;
}

static void decode_child(const struct tree *tree, int node, const char *name, const struct spot *at, void *context)
{
    struct partition_state *state = context;
    if (strcmp(name, "kernel") == 0) {
        decode_kernel(tree, node, at, state->partition);
    } else if (strcmp(name, "initrd") == 0) {
        decode_initrd(tree, node, at, state->partition);
    } else {
        state->devices++;
        decode_device(tree, node, name, at, state);
    }
}

void decode_partition(const struct tree *tree, int node, const char *name, const struct spot *at,
                      struct system_partition *partition)
{
    struct value values[BINDING_MAX_PROPERTIES];
    struct partition_state state = {partition, 0};
    struct spot role_at = spot_below(at, "role"), kernel_at = spot_below(at, "kernel");
    tree_print_text(partition->name, sizeof partition->name, name);
    if (rule_name(tree->report, at, name))
        rule_name_free(tree->report, at, name);

    tree_read_properties(tree, node, at, &binding_partition, values);
    if (values[PARTITION_ROLE].sound)
        rule_role(tree->report, &role_at, value_text(&values[PARTITION_ROLE]), &partition->role);
    decode_cores(tree, at, values, partition);
    decode_memory(tree, at, values, partition);
    decode_restart(tree, at, values, partition);
    partition->console = values[PARTITION_CONSOLE].sound;

    tree_each_child(tree, node, at, decode_child, &state);
    rule_node_there(tree->report, &kernel_at, partition->kernel.present);
    rule_devices_room(tree->report, at, state.devices);
    rule_images_fit(tree->report, at, partition);
}
