/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a checked device tree blob and holds it against the binding. */
#include "config/tree.h"

#include "config/rules/rules.h"
#include "core/lib/format.h"

#include <libfdt.h>
#include <string.h>

void tree_print_text(char *out, size_t size, const char *text)
{
    size_t used = 0;
    for (; used + 1 < size && text[used] != '\0'; used++)
        out[used] = text[used] >= ' ' && text[used] <= '~' ? text[used] : '?';
    out[used] = '\0';
}

struct spot spot_below(const struct spot *parent, const char *name)
{
    struct spot spot;
    char printable[REPORT_WHERE_MAX];
    tree_print_text(printable, sizeof printable, name);
    fmt_print(spot.text, sizeof spot.text, "%s%s%s", parent->text, parent->text[1] == '\0' ? "" : "/", printable);
    return spot;
}

static uint32_t form_find(const struct node_form *form, const char *name)
{
    uint32_t index = 0;
    while (index < form->property_count && strcmp(form->properties[index].name, name) != 0)
        index++;
    return index;
}

void tree_read_properties(const struct tree *tree, int node, const struct spot *at, const struct node_form *form,
                          struct value *values)
{
    uint32_t count = 0;
    int offset;
    memset(values, 0, BINDING_MAX_PROPERTIES * sizeof *values);
    fdt_for_each_property_offset(offset, tree->blob, node) {
        if (!rule_item_count(tree->report, at, ++count))
            return;
        const char *name;
        int length;
        const void *bytes = fdt_getprop_by_offset(tree->blob, offset, &name, &length);
        if (bytes == NULL)
            continue; /* cannot happen after fdt_check_full */
        struct spot where = spot_below(at, name);
        uint32_t index = form_find(form, name);
        if (!rule_property_known(tree->report, &where, form, index) ||
            !rule_property_once(tree->report, &where, values[index].stated))
            continue;
        struct value *value = &values[index];
        *value = (struct value){true, false, bytes, (uint32_t)length};
        value->sound = rule_property_type(tree->report, &where, &form->properties[index], value) &&
                       rule_text_printable(tree->report, &where, &form->properties[index], value) &&
                       rule_text_length(tree->report, &where, &form->properties[index], value);
    }
    for (uint32_t i = 0; i < form->property_count; i++)
        rule_property_there(tree->report, at, &form->properties[i], values[i].stated);
}

static bool name_among(const char *name, const char *const *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

void tree_each_child(const struct tree *tree, int node, const struct spot *at, tree_visitor *visit, void *context)
{
    const char *names[TREE_MAX_ITEMS];
    uint32_t count = 0;
    int child;
    fdt_for_each_subnode(child, tree->blob, node) {
        if (!rule_item_count(tree->report, at, count + 1))
            return;
        const char *name = fdt_get_name(tree->blob, child, NULL);
        if (name == NULL)
            continue; /* cannot happen after fdt_check_full */
        struct spot where = spot_below(at, name);
        if (rule_node_once(tree->report, &where, name_among(name, names, count)))
            visit(tree, child, name, &where, context);
        names[count++] = name;
    }
}

static void refuse_child(const struct tree *tree, int node, const char *name, const struct spot *at, void *context)
{
    (void)node;
    (void)name;
    (void)context;
    rule_node_known(tree->report, at, false, "none");
}

void tree_refuse_children(const struct tree *tree, int node, const struct spot *at)
{
    tree_each_child(tree, node, at, refuse_child, NULL);
}

uint32_t value_cell(const struct value *value, uint32_t index)
{
    return fdt32_ld((const fdt32_t *)(const void *)(value->bytes + 4 * (size_t)index));
}

uint32_t value_cell_count(const struct value *value)
{
    return value->length / 4;
}

uint64_t value_wide(const struct value *value)
{
    return (uint64_t)value_cell(value, 0) << 32 | value_cell(value, 1);
}

const char *value_text(const struct value *value)
{
    return (const char *)value->bytes;
}

void value_copy(const struct value *value, char *out, size_t size)
{
    fmt_print(out, size, "%s", value_text(value));
}
