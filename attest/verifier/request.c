/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the members of a request's body, and its query. */
#include "attest/verifier/route.h"

#include <stdlib.h>

static const struct rule rule_member = {
    "ATT-805", "a member of the body is missing or not what it must be", "the body that openapi.yaml describes",
    "compare the body with docs/attestation.md"};

bool name_is_good(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return length > 0 && length <= HOST_NAME_MAX && text[length] == '\0';
}

bool request_text(const struct request *request, const char *name, size_t most, const char **text, struct answer *answer)
{
    const json_t *member = json_object_get(request->body, name);
    *text = json_string_value(member);
    if (*text != NULL && json_string_length(member) <= most)
        return true;
    answer_refuse(answer, 400, &rule_member, "'%s' is no text of at most %zu bytes", name, most);
    return false;
}

bool request_name(const struct request *request, const char *name, const char **text, struct answer *answer)
{
    if (!request_text(request, name, HOST_NAME_MAX, text, answer))
        return false;
    if (name_is_good(*text))
        return true;
    answer_refuse(answer, 400, &rule_member, "'%s' is not 1 to %u of A-Z a-z 0-9 . _ -", name, HOST_NAME_MAX);
    return false;
}

int64_t request_number(const struct request *request, const char *name, int64_t standard, int64_t most)
{
    const char *text = request->query(request, name);
    if (text == NULL || text[0] < '0' || text[0] > '9')
        return standard;
    long long value = strtoll(text, NULL, 10);
    return value < most ? value : most;
}
