/* SPDX-License-Identifier: Apache-2.0 */
/* Reading JSON with limits, by Jansson. */
#include "attest/lib/json_read.h"

#include "attest/lib/evidence.h"

#include <string.h>

static const struct rule rule_not_json = {
    "ATT-905", "this is no JSON object of a permitted size", "one object, no member twice, nothing behind it",
    "see who made this; do not edit it by hand"};
static const struct rule rule_member = {
    "ATT-906", "a member is missing or out of its limits", "what docs/attestation.md says of this member",
    "use programs of the same release on both sides"};
static const struct rule rule_unknown = {
    "ATT-907", "a member is not known", "the members of docs/attestation.md alone",
    "use programs of the same release on both sides"};

static bool refuse(struct report *report, const char *member, const char *found)
{
    report_add(report, &rule_member, member, "%s", found);
    return false;
}

json_t *json_read_object(const char *text, size_t size, size_t most, const char *where, struct report *report)
{
    json_error_t error = {.line = 1};
    json_t *json = size <= most ? json_loadb(text, size, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (json_is_object(json))
        return json;
    /* Jansson's own words quote the text, which may hold anything. */
    report_add(report, &rule_not_json, where, "%zu bytes, something else at line %d, column %d", size, error.line,
               error.column);
    json_decref(json);
    return NULL;
}

bool json_read_text(const json_t *object, const char *member, char *text, size_t most, struct report *report)
{
    const json_t *value = json_object_get(object, member);
    size_t length = json_string_length(value);
    text[0] = '\0';
    if (!json_is_string(value))
        return refuse(report, member, value == NULL ? "missing" : "no text");
    if (length > most)
        return refuse(report, member, "too long");
    for (size_t i = 0; i < length; i++)
        if (json_string_value(value)[i] < 0x20 || json_string_value(value)[i] > 0x7e)
            return refuse(report, member, "characters that are not printable ASCII");
    memcpy(text, json_string_value(value), length + 1);
    return true;
}

bool json_read_number(const json_t *object, const char *member, uint64_t most, uint64_t *number, struct report *report)
{
    const json_t *value = json_object_get(object, member);
    json_int_t integer = json_integer_value(value);
    *number = 0;
    if (!json_is_integer(value))
        return refuse(report, member, value == NULL ? "missing" : "no whole number");
    if (integer < 0 || (uint64_t)integer > most)
        return refuse(report, member, "a number out of its range");
    *number = (uint64_t)integer;
    return true;
}

bool json_read_hex(const json_t *object, const char *member, uint8_t *bytes, size_t size, struct report *report)
{
    const json_t *value = json_object_get(object, member);
    if (json_is_string(value) && evidence_hex(json_string_value(value), json_string_length(value), bytes, size))
        return true;
    memset(bytes, 0, size);
    return refuse(report, member, value == NULL ? "missing" : "no lower-case hex of the right length");
}

bool json_read_base64(const json_t *object, const char *member, uint8_t *bytes, size_t most, size_t *size,
                      struct report *report)
{
    const json_t *value = json_object_get(object, member);
    if (json_is_string(value) &&
        evidence_base64(json_string_value(value), json_string_length(value), bytes, most, size))
        return true;
    *size = 0;
    return refuse(report, member, value == NULL ? "missing" : "no base64, or too long");
}

const json_t *json_read_inner(const json_t *object, const char *member, json_type type, size_t most,
                              struct report *report)
{
    const json_t *value = json_object_get(object, member);
    bool good = value != NULL && json_typeof(value) == type &&
                (type == JSON_ARRAY ? json_array_size(value) : json_object_size(value)) <= most;
    if (good)
        return value;
    refuse(report, member, value == NULL ? "missing" : "something else, or too much of it");
    return NULL;
}

const char *json_printable(const char *name)
{
    size_t length = strnlen(name, 65);
    for (size_t i = 0; i < length; i++)
        if (name[i] < 0x20 || name[i] > 0x7e)
            return "(unprintable)";
    return length <= 64 ? name : "(long)";
}

bool json_read_only(const json_t *object, const char *where, const char *const *known, struct report *report)
{
    const char *member;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, member, value) /* the macro has no const form */
    {
        uint32_t i = 0;
        while (known[i] != NULL && strcmp(known[i], member) != 0)
            i++;
        if (known[i] == NULL) {
            report_add(report, &rule_unknown, where, "%s", json_printable(member));
            return false;
        }
    }
    return true;
}
