/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded, read-only walk over a checked device tree blob: every node and property is held against the binding. */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include "config/binding.h"
#include "core/lib/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_MAX_ITEMS 64 /* properties, or sub-nodes, of one node */

/* A path in the tree as findings print it, built on the way down; long ones are cut. */
struct spot {
    char text[REPORT_WHERE_MAX];
};

struct tree {
    const void *blob;
    bool signed_form;
    struct report *report;
};

/* A property's value inside the blob. `stated`: the property is there; `sound`: it also keeps the rules of form, so
 * that its value may be read. */
struct value {
    bool stated, sound;
    const uint8_t *bytes;
    uint32_t length;
};

/* "/" with "web" below is "/web". Characters that a terminal may act on are shown as '?'. */
struct spot spot_below(const struct spot *parent, const char *name);

/* Copies at most `size` - 1 characters for printing and terminates; the same replacement as in spots. */
void tree_print_text(char *out, size_t size, const char *text);

/* Holds every property of `node` against `form`. values[i] gets the value of form->properties[i]; unknown, repeated,
 * ill-typed and missing ones become findings. `values` has BINDING_MAX_PROPERTIES entries. */
void tree_read_properties(const struct tree *tree, int node, const struct spot *at, const struct node_form *form,
                          struct value *values);

typedef void tree_visitor(const struct tree *tree, int node, const char *name, const struct spot *at, void *context);

/* Calls `visit` for each sub-node of `node` in order. Repeated names and more than TREE_MAX_ITEMS are findings. */
void tree_each_child(const struct tree *tree, int node, const struct spot *at, tree_visitor *visit, void *context);

/* Reports every sub-node of `node` as unknown: for nodes that hold properties alone. */
void tree_refuse_children(const struct tree *tree, int node, const struct spot *at);

/* The parts of a sound value: cell `index` of PROPERTY_CELLS and how many there are, the number in a PROPERTY_WIDE, the
 * text of a PROPERTY_STRING (terminated, printable ASCII, within the form's limit). */
uint32_t value_cell(const struct value *value, uint32_t index);
uint32_t value_cell_count(const struct value *value);
uint64_t value_wide(const struct value *value);
const char *value_text(const struct value *value);

/* Copies a sound PROPERTY_STRING's text; `size` is at least the form's limit. */
void value_copy(const struct value *value, char *out, size_t size);

#endif
