/* SPDX-License-Identifier: Apache-2.0 */
/* How the command line shows findings: for a person, or as JSON. */
#ifndef TOOLS_COMMON_PRINT_H
#define TOOLS_COMMON_PRINT_H

#include "core/lib/report.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* Terminal colours; all empty when `stream` is no terminal or NO_COLOR is set (no-color.org). */
struct print_colours {
    const char *bad, *good, *strong, *faint, *end;
};
struct print_colours print_colours(FILE *stream);

/* Prints every finding: code and what, where, found, expected, what to do. Nothing when there is none. */
void print_report(FILE *stream, const struct report *report);

/* {"ok": bool, "findings": [{code, where, what, found, expected, advice}], "dropped": n}; the caller owns it. */
json_t *print_report_json(const struct report *report);

/* Writes the value and a newline to stdout, and releases it. */
void print_json(json_t *value);

/* Writes `size` bytes as lower-case hexadecimal and a NUL; `text` has room for 2 * size + 1. */
void print_hex(const uint8_t *bytes, size_t size, char *text);

/* Prints the report (to stderr, or to stdout as JSON) and gives the exit code that goes with it. */
int print_verdict(const struct report *report, bool as_json);

#endif
