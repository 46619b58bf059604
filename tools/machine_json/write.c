/* SPDX-License-Identifier: Apache-2.0 */
/* struct machine → JSON. */
#include "tools/machine_json/form.h"
#include "tools/machine_json/machine_json.h"

#include <stdio.h>
#include <string.h>

static json_t *address_value(struct pci_address address)
{
    return json_sprintf(PCI_ADDRESS_FORMAT, PCI_ADDRESS_ARGS(address));
}

static uint64_t load(const unsigned char *item, const struct field *field)
{
    uint64_t number = 0;
    memcpy(&number, item + field->offset, field->size < sizeof number ? field->size : sizeof number);
    return number;
}

static json_t *field_value(const struct machine *machine, const unsigned char *item, const struct field *field)
{
    uint64_t number = load(item, field);
    struct pci_address address;
    switch (field->kind) {
    case FIELD_NUMBER:
        return json_integer((json_int_t)number);
    case FIELD_HEX:
        return json_sprintf("0x%llx", (unsigned long long)number);
    case FIELD_BOOL:
        return json_boolean(number != 0);
    case FIELD_WORD:
        return json_string(field->words[number]);
    case FIELD_FUNCTION:
        memcpy(&address, item + field->offset, sizeof address);
        return address_value(address);
    case FIELD_PARENT:
        return address_value(machine->functions[number].address);
    }
    return NULL;
}

static void write_fields(json_t *object, const struct machine *machine, const unsigned char *item,
                         const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].required || load(item, &fields[i]) != fields[i].missing)
            json_object_set_new(object, fields[i].name, field_value(machine, item, &fields[i]));
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

static json_t *list_value(const struct machine *machine, const unsigned char *base, const struct list_form *form)
{
    json_t *list = json_array();
    uint32_t count = item_count(base, form);
    for (uint32_t i = 0; i < count; i++) {
        const unsigned char *item = base + form->offset + i * form->item_size;
        json_t *object = json_object();
        write_fields(object, machine, item, form->fields, form->field_count);
        for (size_t l = 0; l < form->list_count; l++)
            json_object_set_new(object, form->lists[l].name, list_value(machine, item, &form->lists[l]));
        json_array_append_new(list, object);
    }
    return list;
}

json_t *machine_to_json(const struct machine *machine)
{
    const unsigned char *base = (const unsigned char *)machine;
    json_t *root = json_object();
    write_fields(root, machine, base, form_machine_fields, form_machine_field_count);
    for (size_t i = 0; i < form_machine_list_count; i++)
        json_object_set_new(root, form_machine_lists[i].name, list_value(machine, base, &form_machine_lists[i]));
    return root;
}
