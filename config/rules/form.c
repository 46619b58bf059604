/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about form: which nodes and properties may stand where, once, with which kind of value. */
#include "config/rules/rules.h"

#include "core/lib/format.h"

#include <string.h>

static const char *need_words(const struct property_form *form)
{
    static const char *const words[] = {
        [PROPERTY_FLAG] = "no value", [PROPERTY_STRING] = "one string", [PROPERTY_CELLS] = "32-bit cells",
        [PROPERTY_WIDE] = "one 64-bit number (<high low>)", [PROPERTY_BYTES] = "48 bytes ([...])",
    };
    return words[form->type];
}

bool rule_property_known(struct report *report, const struct spot *at, const struct node_form *form, uint32_t index)
{
    static const struct rule rule = {
        .code = "CFG-110",
        .what = "unknown property",
        .expected = "only properties that the binding lists",
        .advice = "check the spelling against docs/configuration.md, or remove it",
    };
    if (index < form->property_count)
        return true;
    char allowed[REPORT_FOUND_MAX] = "none";
    for (uint32_t i = 0, used = 0; i < form->property_count; i++)
        used += (uint32_t)fmt_print(allowed + used, sizeof allowed - used, "%s%s", i == 0 ? "" : ", ",
                                    form->properties[i].name);
    report_add(report, &rule, at->text, "allowed here: %s", allowed);
    return false;
}

bool rule_property_once(struct report *report, const struct spot *at, bool seen)
{
    static const struct rule rule = {
        .code = "CFG-111",
        .what = "the property stands twice in its node",
        .expected = "each property once",
        .advice = "keep one of the two",
    };
    return report_unless(!seen, report, &rule, at->text, "a second one");
}

static bool type_fits(const struct property_form *form, const struct value *value)
{
    switch (form->type) {
    case PROPERTY_FLAG:
        return value->length == 0;
    case PROPERTY_STRING: /* exactly one terminated string: the first NUL is the last byte */
        return value->length > 0 && memchr(value->bytes, '\0', value->length) == value->bytes + value->length - 1;
    case PROPERTY_CELLS:
        return value->length % 4 == 0 && value->length / 4 >= form->least && value->length / 4 <= form->limit;
    case PROPERTY_WIDE:
        return value->length == 8;
    case PROPERTY_BYTES:
        return value->length == form->limit;
    }
    return false;
}

bool rule_property_type(struct report *report, const struct spot *at, const struct property_form *form,
                        const struct value *value)
{
    static const struct rule rule = {
        .code = "CFG-112",
        .what = "the property has the wrong kind of value",
        .expected = "the kind of value that the binding states",
        .advice = "numbers stand in <>, strings in \"\", bytes in []; see docs/configuration.md",
    };
    bool ok = type_fits(form, value);
    if (!ok && form->type == PROPERTY_CELLS && form->least != form->limit)
        report_add(report, &rule, at->text, "%u bytes; allowed: %u to %u cells", value->length, form->least,
                   form->limit);
    else if (!ok && form->type == PROPERTY_CELLS)
        report_add(report, &rule, at->text, "%u bytes; allowed: %u cell%s", value->length, form->limit,
                   form->limit == 1 ? "" : "s");
    else if (!ok)
        report_add(report, &rule, at->text, "%u bytes; allowed: %s", value->length, need_words(form));
    return ok;
}

bool rule_property_there(struct report *report, const struct spot *at, const struct property_form *form, bool seen)
{
    static const struct rule rule = {
        .code = "CFG-113",
        .what = "a property is missing",
        .expected = "every property that the binding requires",
        .advice = "add it; docs/configuration.md says what it means",
    };
    bool ok = seen || form->need == PROPERTY_OPTIONAL;
    return report_unless(ok, report, &rule, at->text, "no %s", form->name);
}

bool rule_text_printable(struct report *report, const struct spot *at, const struct property_form *form,
                         const struct value *value)
{
    static const struct rule rule = {
        .code = "CFG-114",
        .what = "the text holds a character that is not printable ASCII",
        .expected = "characters from space to '~'",
        .advice = "remove tabs, line ends, accents and other special characters",
    };
    for (uint32_t i = 0; form->type == PROPERTY_STRING && i + 1 < value->length; i++) {
        if (value->bytes[i] >= ' ' && value->bytes[i] <= '~')
            continue;
        report_add(report, &rule, at->text, "byte 0x%02x at position %u", (unsigned)value->bytes[i], i);
        return false;
    }
    return true;
}

bool rule_text_length(struct report *report, const struct spot *at, const struct property_form *form,
                      const struct value *value)
{
    static const struct rule rule = {
        .code = "CFG-115",
        .what = "the text is too long",
        .expected = "at most the length the binding states",
        .advice = "shorten it",
    };
    bool ok = form->type != PROPERTY_STRING || value->length <= form->limit;
    return report_unless(ok, report, &rule, at->text, "%u characters; allowed: %u", value->length - 1, form->limit - 1);
}

bool rule_node_known(struct report *report, const struct spot *at, bool known, const char *allowed)
{
    static const struct rule rule = {
        .code = "CFG-116",
        .what = "unknown node",
        .expected = "only nodes that the binding lists",
        .advice = "check the spelling against docs/configuration.md, or remove it",
    };
    return report_unless(known, report, &rule, at->text, "allowed here: %s", allowed);
}

bool rule_node_once(struct report *report, const struct spot *at, bool seen)
{
    static const struct rule rule = {
        .code = "CFG-117",
        .what = "two nodes beside each other have the same name",
        .expected = "each name once",
        .advice = "rename or remove one of the two",
    };
    return report_unless(!seen, report, &rule, at->text, "a second one");
}

bool rule_node_there(struct report *report, const struct spot *at, bool seen)
{
    static const struct rule rule = {
        .code = "CFG-118",
        .what = "a node is missing",
        .expected = "every node that the binding requires",
        .advice = "add it; docs/configuration.md says what it holds",
    };
    return report_unless(seen, report, &rule, at->text, "absent");
}

bool rule_item_count(struct report *report, const struct spot *at, uint32_t count)
{
    static const struct rule rule = {
        .code = "CFG-119",
        .what = "the node holds too much",
        .expected = "at most 64 properties and 64 nodes in one node",
        .advice = "remove what the binding does not list; the rest of this node was not looked at",
    };
    return report_unless(count <= TREE_MAX_ITEMS, report, &rule, at->text, "more than %u", (uint32_t)TREE_MAX_ITEMS);
}
