/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's description as JSON (docs/machine.md): what discovery would find, for tools that work without the
 * machine. */
#ifndef TOOLS_MACHINE_JSON_H
#define TOOLS_MACHINE_JSON_H

#include "core/lib/report.h"
#include "core/plan/machine.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define MACHINE_JSON_MAX ((size_t)4 << 20)

/* Reads a description of `size` bytes; `name` is how findings call it. False with TOOL-78x findings, all of them
 * listed, when it is no JSON, misses something, or says what no machine can be. */
bool machine_from_json(const char *text, size_t size, const char *name, struct machine *machine, struct report *report);

/* Finds the last whole description on a console (core/plan/machine_form.h says how it stands there), which begins with the boot
 * stage's name in brackets like every line of it. False with a TOOL-787 finding when there is none or a line is missing. The
 * caller frees *text. */
bool machine_from_console(const char *console, size_t size, const char *name, char **text, struct report *report);

/* The description of a machine; machine_from_json gives the same machine back. The caller owns the value. */
json_t *machine_to_json(const struct machine *machine);

#endif
