/* SPDX-License-Identifier: Apache-2.0 */
/* Device tree blob → struct system: reads the binding's nodes from the root down and applies the rules on the way. */
#include "config/decode.h"

#include "config/decode_partition.h"
#include "config/rules/rules.h"
#include "config/tree.h"

#include <libfdt.h>
#include <string.h>

static bool blob_sound(const void *blob, uint32_t size, struct report *report)
{
    return rule_blob_size(report, blob, size) && rule_blob_magic(report, blob) && rule_blob_version(report, blob) &&
           rule_blob_total_size(report, blob, size) && rule_blob_alignment(report, blob) &&
           rule_blob_structure(report, blob, size) && rule_blob_reservations(report, blob);
}

struct root_state {
    struct system *system;
    bool machine_seen, partitions_seen;
};

static void decode_machine(const struct tree *tree, int node, const struct spot *at, struct system *system)
{
    struct value values[BINDING_MAX_PROPERTIES];
    tree_read_properties(tree, node, at, &binding_machine, values);
    struct spot iommu = spot_below(at, "iommu"), tpm = spot_below(at, "tpm"), smt = spot_below(at, "smt");
    struct spot rollback = spot_below(at, "rollback-protection");
    if (values[MACHINE_IOMMU].sound)
        rule_requirement(tree->report, &iommu, value_text(&values[MACHINE_IOMMU]), &system->iommu);
    if (values[MACHINE_TPM].sound)
        rule_requirement(tree->report, &tpm, value_text(&values[MACHINE_TPM]), &system->tpm);
    if (values[MACHINE_SMT].sound)
        rule_smt(tree->report, &smt, value_text(&values[MACHINE_SMT]));
    system->rollback_protection = REQUIREMENT_OPTIONAL;
    if (values[MACHINE_ROLLBACK_PROTECTION].sound)
        rule_requirement(tree->report, &rollback, value_text(&values[MACHINE_ROLLBACK_PROTECTION]),
                         &system->rollback_protection);
    tree_refuse_children(tree, node, at);
}

struct partitions_state {
    struct system *system;
    uint32_t count; /* all of them, also those there is no room for */
};

static void decode_one_partition(const struct tree *tree, int node, const char *name, const struct spot *at,
                                 void *context)
{
    struct partitions_state *state = context;
    struct system *system = state->system;
    if (state->count++ < SYSTEM_MAX_PARTITIONS)
        decode_partition(tree, node, name, at, &system->partitions[system->partition_count++]);
}

static void decode_partitions(const struct tree *tree, int node, const struct spot *at, struct system *system)
{
    struct value values[BINDING_MAX_PROPERTIES];
    struct partitions_state state = {system, 0};
    tree_read_properties(tree, node, at, &binding_partitions, values);
    tree_each_child(tree, node, at, decode_one_partition, &state);
    rule_partitions_some(tree->report, at, state.count);
    rule_partitions_room(tree->report, at, state.count);
}

static void decode_root_child(const struct tree *tree, int node, const char *name, const struct spot *at, void *context)
{
    struct root_state *state = context;
    if (strcmp(name, "machine") == 0) {
        state->machine_seen = true;
        decode_machine(tree, node, at, state->system);
    } else if (strcmp(name, "partitions") == 0) {
        state->partitions_seen = true;
        decode_partitions(tree, node, at, state->system);
    } else {
        rule_node_known(tree->report, at, false, "machine, partitions");
    }
}

static void decode_root(const struct tree *tree, struct system *system)
{
    static const struct spot root = {"/"};
    struct value values[BINDING_MAX_PROPERTIES];
    struct root_state state = {system, false, false};
    struct spot compatible = spot_below(&root, "compatible"), release = spot_below(&root, "release");
    struct spot machine = spot_below(&root, "machine"), partitions = spot_below(&root, "partitions");

    tree_read_properties(tree, 0, &root, &binding_root, values);
    if (values[ROOT_COMPATIBLE].sound)
        rule_compatible(tree->report, &compatible, value_text(&values[ROOT_COMPATIBLE]));
    if (values[ROOT_RELEASE].sound &&
        rule_release(tree->report, &release, value_text(&values[ROOT_RELEASE])))
        value_copy(&values[ROOT_RELEASE], system->release, sizeof system->release);
    if (values[ROOT_SECURITY_VERSION].sound)
        system->security_version = value_cell(&values[ROOT_SECURITY_VERSION], 0);

    tree_each_child(tree, 0, &root, decode_root_child, &state);
    rule_node_there(tree->report, &machine, state.machine_seen);
    rule_node_there(tree->report, &partitions, state.partitions_seen);
}

static void check_across(const struct system *system, struct report *report)
{
    rule_core_owner(report, system);
    rule_memory_owner(report, system);
    rule_device_owner(report, system);
    rule_role_single(report, system);
    rule_total_cores(report, system);
    rule_file_single(report, system);
    rule_file_case(report, system);
}

void system_decode(const void *blob, uint32_t size, bool signed_form, struct system *system, struct report *report)
{
    const struct tree tree = {blob, signed_form, report};
    memset(system, 0, sizeof *system);
    if (!blob_sound(blob, size, report))
        return;
    decode_root(&tree, system);
    check_across(system, report);
}
