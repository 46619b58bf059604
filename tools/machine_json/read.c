/* SPDX-License-Identifier: Apache-2.0 */
/* JSON → struct machine. */
#include "core/plan/machine_form.h"
#include "tools/machine_json/machine_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_TEXT REPORT_WHERE_MAX

struct reader {
    struct machine *machine;
    struct report *report;
};

/* A description may hold anything; a terminal must not get it raw. */
static void report_quoted(const struct reader *reader, const struct rule *rule, const char *path, const char *name,
                          const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
    report_add(reader->report, rule, path, "%s%s", name, text == NULL ? "unreadable" : text);
    free(text);
}

static bool rule_is_json(const struct reader *reader, const char *name, const json_t *root, json_error_t *error)
{
    static const struct rule rule = {
        "TOOL-780", "the machine description is no JSON object", "one JSON object, as docs/machine.md says",
        "correct the place named"};
    if (json_is_object(root))
        return true;
    for (char *c = error->text; *c != '\0'; c++)
        *c = *c >= ' ' && *c <= '~' ? *c : '?'; /* it quotes the file */
    if (root == NULL)
        report_add(reader->report, &rule, name, "line %d, column %d: %s", error->line, error->column, error->text);
    else
        report_add(reader->report, &rule, name, "another kind of value");
    return false;
}

static bool rule_known(const struct reader *reader, const char *path, const char *key, bool known)
{
    static const struct rule rule = {
        "TOOL-781", "the machine description has a field that nobody knows", "the fields of docs/machine.md",
        "correct or remove it"};
    if (known)
        return true;
    json_t *text = json_string(key);
    report_quoted(reader, &rule, path, "", text);
    json_decref(text);
    return false;
}

static bool rule_there(const struct reader *reader, const char *path, const char *name, bool there)
{
    static const struct rule rule = {
        "TOOL-782", "the machine description lacks a field", "the fields of docs/machine.md", "add it"};
    if (!there)
        report_add(reader->report, &rule, path, "no %s", name);
    return there;
}

static bool rule_value(const struct reader *reader, const char *path, const char *name, const json_t *value, bool good)
{
    static const struct rule rule = {
        "TOOL-783", "a value in the machine description is of the wrong kind or out of range",
        "a value as docs/machine.md says for this field", "correct it"};
    char is[REPORT_FOUND_MAX];
    if (good)
        return true;
    snprintf(is, sizeof is, "%s is ", name);
    report_quoted(reader, &rule, path, is, value);
    return false;
}

static bool rule_not_too_many(const struct reader *reader, const char *path, const struct list_form *form, size_t count)
{
    static const struct rule rule = {
        "TOOL-784", "the machine description has too many entries of a kind", "no more than Bulkhead has room for",
        "describe a smaller machine, or report the need for a larger limit"};
    if (count <= form->most)
        return true;
    report_add(reader->report, &rule, path, "%zu, at most %u", count, form->most);
    return false;
}

/* RAM ascends. What is busy stands in the order in which the boot stage loaded it. */
static bool rule_ranges_tidy(const struct reader *reader, const char *name, const struct hpa_range *ranges,
                             uint32_t count, bool ascending)
{
    static const struct rule rule = {
        "TOOL-785", "the memory ranges are not in order", "whole 4 KiB pages; RAM ascending, without overlap",
        "sort and merge the ranges"};
    uint64_t end = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t base = ranges[i].base.v;
        bool good = base >= end && ranges[i].size > 0 && ranges[i].size <= UINT64_MAX - base &&
                    is_aligned(base | ranges[i].size, PAGE_SIZE);
        if (!good) {
            report_add(reader->report, &rule, name, "entry %u: 0x%llx bytes at 0x%llx", i,
                       (unsigned long long)ranges[i].size, (unsigned long long)base);
            return false;
        }
        end = ascending ? base + ranges[i].size : 0;
    }
    return true;
}

static bool rule_functions_ascend(const struct reader *reader)
{
    static const struct rule rule = {
        "TOOL-786", "the PCI functions are not in order", "each address once, ascending", "sort the functions"};
    const struct machine *machine = reader->machine;
    for (uint32_t i = 1; i < machine->function_count; i++) {
        struct pci_address a = machine->functions[i - 1].address;
        struct pci_address b = machine->functions[i].address;
        if (a.segment > b.segment || (a.segment == b.segment && pci_requester_id(a) >= pci_requester_id(b))) {
            report_add(reader->report, &rule, "functions", PCI_ADDRESS_FORMAT " after " PCI_ADDRESS_FORMAT,
                       PCI_ADDRESS_ARGS(b), PCI_ADDRESS_ARGS(a));
            return false;
        }
    }
    return true;
}

/* A JSON integer that is not negative, or a string "0x...". */
static bool read_number(const json_t *value, uint64_t *number)
{
    if (json_is_integer(value)) {
        *number = (uint64_t)json_integer_value(value);
        return json_integer_value(value) >= 0;
    }
    const char *text = json_string_value(value);
    if (text == NULL || text[0] != '0' || text[1] != 'x' || text[2] == '\0' ||
        strspn(text + 2, "0123456789abcdefABCDEF") != strlen(text + 2))
        return false;
    errno = 0;
    *number = strtoull(text, NULL, 16);
    return errno == 0;
}

static bool read_word(const json_t *value, const char *const *words, uint64_t *index)
{
    const char *text = json_string_value(value);
    for (*index = 0; text != NULL && words[*index] != NULL; ++*index)
        if (strcmp(words[*index], text) == 0)
            return true;
    return false;
}

static bool read_address(const json_t *value, struct pci_address *address)
{
    unsigned segment, bus, device, function;
    int length = 0;
    const char *text = json_string_value(value);
    if (text == NULL || strlen(text) != 12 ||
        sscanf(text, "%4x:%2x:%2x.%1x%n", &segment, &bus, &device, &function, &length) != 4 || length != 12 ||
        device > 31 || function > 7)
        return false;
    *address = (struct pci_address){(uint16_t)segment, (uint8_t)bus, PCI_DEVFN(device, function)};
    return true;
}

static bool read_parent(const struct reader *reader, const json_t *value, uint64_t *index)
{
    struct pci_address address;
    if (!read_address(value, &address))
        return false;
    for (*index = 0; *index < reader->machine->function_count; ++*index)
        if (pci_address_equal(reader->machine->functions[*index].address, address))
            return true;
    return false;
}

/* Little-endian like every machine this runs on; false when the number does not fit. */
static bool store(unsigned char *item, const struct field *field, uint64_t number)
{
    if (field->size < 8 && number >> (8 * field->size) != 0)
        return false;
    memcpy(item + field->offset, &number, field->size);
    return true;
}

static bool read_value(const struct reader *reader, const struct field *field, const json_t *value, unsigned char *item)
{
    uint64_t number = 0;
    switch (field->kind) {
    case FIELD_NUMBER:
    case FIELD_HEX:
        return read_number(value, &number) && store(item, field, number);
    case FIELD_BOOL:
        number = json_is_true(value);
        return json_is_boolean(value) && store(item, field, number);
    case FIELD_WORD:
        return read_word(value, field->words, &number) && store(item, field, number);
    case FIELD_FUNCTION: {
        struct pci_address address;
        bool good = read_address(value, &address);
        if (good)
            memcpy(item + field->offset, &address, sizeof address);
        return good;
    }
    case FIELD_PARENT:
        return read_parent(reader, value, &number) && store(item, field, number);
    }
    return false;
}

static void read_fields(const struct reader *reader, const char *path, const json_t *object, const struct field *fields,
                        size_t count, unsigned char *item)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        if (value != NULL)
            rule_value(reader, path, fields[i].name, value, read_value(reader, &fields[i], value, item));
        else if (rule_there(reader, path, fields[i].name, !fields[i].required) && fields[i].kind != FIELD_FUNCTION)
            store(item, &fields[i], fields[i].missing);
    }
}

static bool is_known(const char *key, const struct field *fields, size_t field_count, const struct list_form *lists,
                     size_t list_count)
{
    for (size_t i = 0; i < field_count; i++)
        if (strcmp(fields[i].name, key) == 0)
            return true;
    for (size_t i = 0; i < list_count; i++)
        if (strcmp(lists[i].name, key) == 0)
            return true;
    return false;
}

static void check_keys(const struct reader *reader, const char *path, json_t *object, const struct field *fields,
                       size_t field_count, const struct list_form *lists, size_t list_count)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
        rule_known(reader, path, key, is_known(key, fields, field_count, lists, list_count));
}

static void read_list(const struct reader *reader, const char *above, json_t *owner, const struct list_form *form,
                      unsigned char *base);

static void read_item(const struct reader *reader, const char *path, json_t *object, const struct list_form *form,
                      unsigned char *item)
{
    if (!rule_value(reader, path, "this entry", object, json_is_object(object)))
        return;
    check_keys(reader, path, object, form->fields, form->field_count, form->lists, form->list_count);
    read_fields(reader, path, object, form->fields, form->field_count, item);
    for (size_t i = 0; i < form->list_count; i++)
        read_list(reader, path, object, &form->lists[i], item);
}

static void read_list(const struct reader *reader, const char *above, json_t *owner, const struct list_form *form,
                      unsigned char *base)
{
    char path[PATH_MAX_TEXT];
    json_t *list = json_object_get(owner, form->name);
    snprintf(path, sizeof path, "%s%s%s", above, *above == '\0' ? "" : ".", form->name);
    if (list == NULL || !rule_value(reader, path, "this list", list, json_is_array(list)) ||
        !rule_not_too_many(reader, path, form, json_array_size(list)))
        return;
    for (uint32_t i = 0; i < json_array_size(list); i++) {
        char entry[PATH_MAX_TEXT];
        snprintf(entry, sizeof entry, "%.80s[%u]", path, i);
        read_item(reader, entry, json_array_get(list, i), form, base + form->offset + i * form->item_size);
        if (form->count_offset != FORM_NO_COUNT) {
            uint32_t count = i + 1;
            memcpy(base + form->count_offset, &count, sizeof count);
        }
    }
}

bool machine_from_json(const char *text, size_t size, const char *name, struct machine *machine, struct report *report)
{
    struct reader reader = {machine, report};
    json_error_t error;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    memset(machine, 0, sizeof *machine);
    if (rule_is_json(&reader, name, root, &error)) {
        unsigned char *base = (unsigned char *)machine;
        check_keys(&reader, name, root, form_machine_fields, form_machine_field_count, form_machine_lists,
                   form_machine_list_count);
        read_fields(&reader, name, root, form_machine_fields, form_machine_field_count, base);
        for (size_t i = 0; i < form_machine_list_count; i++)
            read_list(&reader, "", root, &form_machine_lists[i], base);
        rule_ranges_tidy(&reader, "ram", machine->ram, machine->ram_count, true);
        rule_ranges_tidy(&reader, "busy", machine->busy, machine->busy_count, false);
        rule_functions_ascend(&reader);
    }
    json_decref(root);
    return report_ok(report);
}
