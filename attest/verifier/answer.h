/* SPDX-License-Identifier: Apache-2.0 */
/* What a route answers: JSON, or an error with a code. */
#ifndef ATTEST_VERIFIER_ANSWER_H
#define ATTEST_VERIFIER_ANSWER_H

#include "core/lib/report.h"

#include <jansson.h>

struct answer {
    unsigned status;
    char *text; /* on the heap: answer_free(). NULL: ANSWER_WITHOUT_MEMORY is what is sent, with status 500 */
    const char *content_type;
    unsigned retry_after_s; /* 0: it does not say */
};

/* What is answered when there is no memory for any other answer: a constant, in the form of answer_refuse(). */
#define ANSWER_WITHOUT_MEMORY                                                                                         \
    "{\"error\":{\"code\":\"ATT-861\",\"text\":\"the verifier ran out of memory or failed inside\","               \
    "\"found\":\"no memory\",\"expected\":\"an answer\"}}"

/* Takes the reference. NULL, which is what jansson makes without memory: 500. */
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

/* No memory, no random numbers: 500. */
void answer_internal(struct answer *answer, const char *found);

void answer_free(struct answer *answer);

#endif
