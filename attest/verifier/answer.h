/* SPDX-License-Identifier: Apache-2.0 */
/* What a route answers: JSON, or an error with a code. */
#ifndef ATTEST_VERIFIER_ANSWER_H
#define ATTEST_VERIFIER_ANSWER_H

#include "core/lib/report.h"

#include <jansson.h>

struct answer {
    unsigned status;
    char *text; /* on the heap: answer_free() */
    const char *content_type;
};

/* Takes the reference. */
void answer_json(struct answer *answer, unsigned status, json_t *json);

/* Copies the text. */
void answer_text(struct answer *answer, unsigned status, const char *content_type, const char *text);

/* {"error": {"code", "text", "found", "expected"}}; `found_format` as fmt_print. */
void answer_refuse(struct answer *answer, unsigned status, const struct rule *rule, const char *found_format, ...)
    __attribute__((format(printf, 4, 5)));

/* The report's first finding as an error. */
void answer_report(struct answer *answer, unsigned status, const struct report *report);

/* The database did not do what it was asked: 503. */
void answer_no_database(struct answer *answer);

void answer_free(struct answer *answer);

#endif
