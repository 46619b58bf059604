/* SPDX-License-Identifier: Apache-2.0 */
/* Members of JSON objects with their limits: each function adds a finding when the member is not there or not like that. */
#ifndef ATTEST_LIB_JSON_READ_H
#define ATTEST_LIB_JSON_READ_H

#include "core/lib/report.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An object from text of at most `most` bytes; refuses duplicate members and anything behind it. NULL with a finding;
 * else the caller owns the reference. */
json_t *json_read_object(const char *text, size_t size, size_t most, const char *where, struct report *report);

/* A text of at most `most` bytes, printable ASCII; `text` has room for one more. */
bool json_read_text(const json_t *object, const char *member, char *text, size_t most, struct report *report);

/* A number from 0 to `most`. */
bool json_read_number(const json_t *object, const char *member, uint64_t most, uint64_t *number, struct report *report);

/* Exactly `size` bytes in lower-case hex. */
bool json_read_hex(const json_t *object, const char *member, uint8_t *bytes, size_t size, struct report *report);

/* At most `most` bytes in base64. */
bool json_read_base64(const json_t *object, const char *member, uint8_t *bytes, size_t most, size_t *size,
                      struct report *report);

/* An object or an array of at most `most` members. */
const json_t *json_read_inner(const json_t *object, const char *member, json_type type, size_t most,
                              struct report *report);

/* A member's name as a finding may show it: printable ASCII and short, or a word in its stead. */
const char *json_printable(const char *name);

/* Adds a finding for the first member that is none of `known` (which ends with NULL). */
bool json_read_only(const json_t *object, const char *where, const char *const *known, struct report *report);

#endif
