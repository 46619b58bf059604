/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that say how the members of struct machine are called in JSON (docs/machine.md): the boot stage writes by them, the
 * command reads by them. Pure. */
#ifndef CORE_PLAN_MACHINE_FORM_H
#define CORE_PLAN_MACHINE_FORM_H

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

/* How that text stands on a console: MACHINE_LINE_BEGIN; lines of MACHINE_LINE and up to MACHINE_LINE_TEXT characters of it;
 * MACHINE_LINE_END and the number of all its characters. */
#define MACHINE_LINE_BEGIN "machine.json begins"
#define MACHINE_LINE "machine.json: "
#define MACHINE_LINE_TEXT 100u
#define MACHINE_LINE_END "machine.json ends: "

/* The machine as JSON without spaces, piece by piece: each call of `put` gets one text. machine_from_json() reads back the same
 * machine. */
void machine_write(const struct machine *machine, void (*put)(void *context, const char *text), void *context);

#endif
