/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that say how the members of struct machine are called in JSON: reading and writing follow the same tables. */
#ifndef TOOLS_MACHINE_JSON_FORM_H
#define TOOLS_MACHINE_JSON_FORM_H

#include "core/plan/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_NUMBER,   /* written in decimal */
    FIELD_HEX,      /* written as "0x..." */
    FIELD_BOOL,
    FIELD_WORD,     /* one of `words`, its index is the value */
    FIELD_FUNCTION, /* struct pci_address: "0000:00:03.0" */
    FIELD_PARENT,   /* index of a function before this one, by its address */
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset, size;      /* in the item */
    bool required;
    uint64_t missing;         /* value when the field is not there; not written when it is the value */
    const char *const *words; /* FIELD_WORD: ends with NULL */
};

/* An array of objects. `count_offset` FORM_NO_COUNT: a fixed array whose last items may be left out. */
#define FORM_NO_COUNT SIZE_MAX
struct list_form {
    const char *name;
    size_t offset, count_offset; /* in the thing that has the list */
    size_t item_size;
    uint32_t most;
    const struct field *fields;
    size_t field_count;
    const struct list_form *lists; /* inside an item */
    size_t list_count;
};

/* An object: fields, then lists. */
extern const struct field form_machine_fields[];
extern const size_t form_machine_field_count;
extern const struct list_form form_machine_lists[];
extern const size_t form_machine_list_count;

#endif
