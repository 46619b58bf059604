/* SPDX-License-Identifier: Apache-2.0 */
/* The rules a configuration must keep: one function each, which adds a finding with the rule's code when it is broken
 * and returns whether it holds. docs/errors.md lists the codes with their texts. */
#ifndef CONFIG_RULES_RULES_H
#define CONFIG_RULES_RULES_H

#include "config/binding.h"
#include "config/system.h"
#include "config/tree.h"
#include "core/lib/report.h"

#include <stdbool.h>
#include <stdint.h>

#define RULE_BLOB_MAX (256u << 10)         /* bytes of a device tree blob: four times what the fullest system needs */
#define RULE_MEMORY_MIB_MIN 32u
#define RULE_MEMORY_MIB_MAX (16u << 20)    /* 16 TiB */
#define RULE_CORE_ID_MAX 254u              /* what an MSI's 8-bit destination can name; 255 is the broadcast */
#define RULE_TOTAL_CORES_MAX 255u
#define RULE_RESTARTS_MAX 1000u
#define RULE_RESTART_SECONDS_MAX (7u * 24 * 3600)
#define RULE_IMAGE_MAX (4ull << 30)

/* blob.c: the blob as a whole. The order is the order of checking; each one may rely on those before it. */
bool rule_blob_size(struct report *report, const void *blob, uint32_t size);
bool rule_blob_magic(struct report *report, const void *blob);
bool rule_blob_version(struct report *report, const void *blob);
bool rule_blob_total_size(struct report *report, const void *blob, uint32_t size);
bool rule_blob_alignment(struct report *report, const void *blob);
bool rule_blob_structure(struct report *report, const void *blob, uint32_t size);
bool rule_blob_reservations(struct report *report, const void *blob);

/* form.c: nodes and properties against the binding. */
bool rule_property_known(struct report *report, const struct spot *at, const struct node_form *form, uint32_t index);
bool rule_property_once(struct report *report, const struct spot *at, bool seen);
bool rule_property_type(struct report *report, const struct spot *at, const struct property_form *form,
                        const struct value *value);
bool rule_property_there(struct report *report, const struct spot *at, const struct property_form *form, bool seen);
bool rule_text_printable(struct report *report, const struct spot *at, const struct property_form *form,
                         const struct value *value);
bool rule_text_length(struct report *report, const struct spot *at, const struct property_form *form,
                      const struct value *value);
bool rule_node_known(struct report *report, const struct spot *at, bool known, const char *allowed);
bool rule_node_once(struct report *report, const struct spot *at, bool seen);
bool rule_node_there(struct report *report, const struct spot *at, bool seen);
bool rule_item_count(struct report *report, const struct spot *at, uint32_t count);

/* system.c: the root and the machine. A word rule gives the word's value; the first one when it is broken. */
bool rule_compatible(struct report *report, const struct spot *at, const char *text);
bool rule_release(struct report *report, const struct spot *at, const char *text);
bool rule_requirement(struct report *report, const struct spot *at, const char *word,
                      enum system_requirement *requirement);
bool rule_smt(struct report *report, const struct spot *at, const char *word);
bool rule_partitions_some(struct report *report, const struct spot *at, uint32_t count);
bool rule_partitions_room(struct report *report, const struct spot *at, uint32_t count);

/* partition.c: one partition. */
bool rule_name(struct report *report, const struct spot *at, const char *name);
bool rule_name_free(struct report *report, const struct spot *at, const char *name);
bool rule_role(struct report *report, const struct spot *at, const char *word, enum system_role *role);
bool rule_cores_stated(struct report *report, const struct spot *at, bool cores, bool core_ids);
bool rule_cores_once(struct report *report, const struct spot *at, bool cores, bool core_ids);
bool rule_core_count(struct report *report, const struct spot *at, uint32_t count);
bool rule_core_id(struct report *report, const struct spot *at, uint32_t id);
bool rule_core_ids_differ(struct report *report, const struct spot *at, const uint32_t *ids, uint32_t count);
bool rule_memory_size(struct report *report, const struct spot *at, uint32_t mib);
bool rule_memory_even(struct report *report, const struct spot *at, uint32_t mib);
bool rule_memory_base_aligned(struct report *report, const struct spot *at, uint64_t base);
bool rule_memory_base_range(struct report *report, const struct spot *at, uint64_t base, uint64_t size);

/* restart.c: the restart policy. */
bool rule_restart(struct report *report, const struct spot *at, const char *word, enum system_restart *restart);
bool rule_restart_limit_stated(struct report *report, const struct spot *at, enum system_restart restart, bool limit);
bool rule_restart_limit_used(struct report *report, const struct spot *at, enum system_restart restart, bool limit);
bool rule_restart_limit_range(struct report *report, const struct spot *at, uint32_t count, uint32_t seconds);

/* image.c: kernel and initrd. */
bool rule_file_name(struct report *report, const struct spot *at, const char *file);
bool rule_kernel_format(struct report *report, const struct spot *at, const char *word, enum kernel_format *format);
bool rule_image_size(struct report *report, const struct spot *at, uint64_t size);
bool rule_image_digest(struct report *report, const struct spot *at, const uint8_t digest[SHA384_SIZE]);
bool rule_image_pair(struct report *report, const struct spot *at, bool size, bool digest);
bool rule_image_complete(struct report *report, const struct spot *at, bool size, bool digest);
bool rule_images_fit(struct report *report, const struct spot *at, const struct system_partition *partition);
bool rule_root_hash_done(struct report *report, const struct spot *at, bool root_hash_file);
bool rule_root_hash_path(struct report *report, const struct spot *at, const char *path);

/* device.c: a PCI function. */
bool rule_device_name(struct report *report, const struct spot *at, const char *name);
bool rule_devices_room(struct report *report, const struct spot *at, uint32_t count);
bool rule_pci_path(struct report *report, const struct spot *at, const char *text, struct pci_path *path);
bool rule_device_id(struct report *report, const struct spot *at, uint32_t vendor, uint32_t device);

/* across.c: what partitions may not do to one another. Runs over all that could be decoded. */
bool rule_core_owner(struct report *report, const struct system *system);
bool rule_memory_owner(struct report *report, const struct system *system);
bool rule_device_owner(struct report *report, const struct system *system);
bool rule_role_single(struct report *report, const struct system *system);
bool rule_total_cores(struct report *report, const struct system *system);
bool rule_file_single(struct report *report, const struct system *system);
bool rule_file_case(struct report *report, const struct system *system);

/* complete.c: while `bulkhead sign` completes a configuration. Stated values are 0 when the source has none; `error` is
 * libfdt's. */
bool rule_stated_size(struct report *report, const struct spot *at, uint64_t stated, uint64_t found);
bool rule_stated_digest(struct report *report, const struct spot *at, const uint8_t stated[SHA384_SIZE],
                        const uint8_t found[SHA384_SIZE]);
bool rule_root_hash(struct report *report, const struct spot *at, const char *hash);
bool rule_command_line_room(struct report *report, const struct spot *at, size_t length);
bool rule_blob_room(struct report *report, const struct spot *at, int error);

#endif
