/* SPDX-License-Identifier: Apache-2.0 */
/* Builds answers. */
#include "attest/verifier/answer.h"

#include "core/lib/format.h"

#include <stdlib.h>
#include <string.h>

static const struct rule rule_database = {
    "ATT-860", "the verifier could not store or read what it must", "a database that works",
    "try again later; the verifier's own log says what the database said"};
static const struct rule rule_internal = {
    "ATT-861", "the verifier ran out of memory or failed inside", "an answer", "try again later"};

void answer_free(struct answer *answer)
{
    free(answer->text);
    *answer = (struct answer){0};
}

void answer_text(struct answer *answer, unsigned status, const char *content_type, const char *text)
{
    answer_free(answer);
    char *copy = strdup(text);
    *answer = copy != NULL ? (struct answer){.status = status, .text = copy, .content_type = content_type}
                           : (struct answer){.status = 500, .content_type = "application/json"};
}

void answer_json(struct answer *answer, unsigned status, json_t *json)
{
    answer_free(answer);
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    /* Without memory there is none for a refusal either: no text says so. */
    *answer = (struct answer){.status = text != NULL ? status : 500, .text = text, .content_type = "application/json"};
}

static void refuse(struct answer *answer, unsigned status, const struct rule *rule, const char *found)
{
    answer_json(answer, status,
                json_pack("{s:{s:s, s:s, s:s, s:s}}", "error", "code", rule->code, "text", rule->what, "found", found,
                          "expected", rule->expected));
}

void answer_refuse(struct answer *answer, unsigned status, const struct rule *rule, const char *found_format, ...)
{
    char found[REPORT_FOUND_MAX];
    va_list args;
    va_start(args, found_format);
    fmt_vprint(found, sizeof found, found_format, args);
    va_end(args);
    refuse(answer, status, rule, found);
}

void answer_report(struct answer *answer, unsigned status, const struct report *report)
{
    if (report->count == 0)
        answer_refuse(answer, 500, &rule_internal, "no reason");
    else
        refuse(answer, status, report->findings[0].rule, report->findings[0].found);
}

void answer_no_database(struct answer *answer)
{
    answer_refuse(answer, 503, &rule_database, "a failure");
}

void answer_internal(struct answer *answer, const char *found)
{
    answer_refuse(answer, 500, &rule_internal, "%s", found);
}
