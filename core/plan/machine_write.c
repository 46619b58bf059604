/* SPDX-License-Identifier: Apache-2.0 */
/* struct machine → JSON, by the tables of machine_form.c. */
#include "core/plan/machine_form.h"

#include "core/lib/format.h"

#include <string.h>

#define TOKEN_SIZE 64u

struct writer {
    const struct machine *machine;
    void (*put)(void *context, const char *text);
    void *context;
};

static void put(const struct writer *writer, const char *text)
{
    writer->put(writer->context, text);
}

static uint64_t load(const unsigned char *item, const struct field *field)
{
    uint64_t number = 0;
    memcpy(&number, item + field->offset, field->size < sizeof number ? field->size : sizeof number);
    return number;
}

static void format_value(const struct writer *writer, const unsigned char *item, const struct field *field,
                         char token[TOKEN_SIZE])
{
    uint64_t number = load(item, field);
    struct pci_address address;
    switch (field->kind) {
    case FIELD_NUMBER:
        fmt_print(token, TOKEN_SIZE, "%lu", number);
        return;
    case FIELD_HEX:
        fmt_print(token, TOKEN_SIZE, "\"0x%lx\"", number);
        return;
    case FIELD_BOOL:
        fmt_print(token, TOKEN_SIZE, "%s", number != 0 ? "true" : "false");
        return;
    case FIELD_WORD:
        fmt_print(token, TOKEN_SIZE, "\"%s\"", field->words[number]);
        return;
    case FIELD_FUNCTION:
        memcpy(&address, item + field->offset, sizeof address);
        break;
    case FIELD_PARENT:
        address = writer->machine->functions[number].address;
        break;
    }
    fmt_print(token, TOKEN_SIZE, "\"" PCI_ADDRESS_FORMAT "\"", PCI_ADDRESS_ARGS(address));
}

/* Puts `"name":`, behind a comma unless it is the first of its object. */
static void put_name(const struct writer *writer, const char *name, bool *first)
{
    char token[TOKEN_SIZE];
    fmt_print(token, sizeof token, "%s\"%s\":", *first ? "" : ",", name);
    put(writer, token);
    *first = false;
}

static void put_fields(const struct writer *writer, const unsigned char *item, const struct field *fields, size_t count,
                       bool *first)
{
    char token[TOKEN_SIZE];
    for (size_t i = 0; i < count; i++) {
        if (!fields[i].required && load(item, &fields[i]) == fields[i].missing)
            continue;
        put_name(writer, fields[i].name, first);
        format_value(writer, item, &fields[i], token);
        put(writer, token);
    }
}

static bool is_empty(const unsigned char *item, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (item[i] != 0)
            return false;
    return true;
}

static uint32_t item_count(const unsigned char *base, const struct list_form *form)
{
    uint32_t count = form->most;
    if (form->count_offset != FORM_NO_COUNT)
        memcpy(&count, base + form->count_offset, sizeof count);
    else
        while (count > 0 && is_empty(base + form->offset + (count - 1) * form->item_size, form->item_size))
            count--;
    return count;
}

static void put_list(const struct writer *writer, const unsigned char *base, const struct list_form *form, bool *first)
{
    uint32_t count = item_count(base, form);
    put_name(writer, form->name, first);
    put(writer, "[");
    for (uint32_t i = 0; i < count; i++) {
        const unsigned char *item = base + form->offset + i * form->item_size;
        bool first_inside = true;
        put(writer, i == 0 ? "{" : ",{");
        put_fields(writer, item, form->fields, form->field_count, &first_inside);
        for (size_t l = 0; l < form->list_count; l++)
            put_list(writer, item, &form->lists[l], &first_inside);
        put(writer, "}");
    }
    put(writer, "]");
}

void machine_write(const struct machine *machine, void (*put_text)(void *context, const char *text), void *context)
{
    const struct writer writer = {machine, put_text, context};
    const unsigned char *base = (const unsigned char *)machine;
    bool first = true;
    put(&writer, "{");
    put_fields(&writer, base, form_machine_fields, form_machine_field_count, &first);
    for (size_t i = 0; i < form_machine_list_count; i++)
        put_list(&writer, base, &form_machine_lists[i], &first);
    put(&writer, "}");
}
