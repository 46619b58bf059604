/* SPDX-License-Identifier: Apache-2.0 */
/* What several rules share: words from a short list, and names. */
#ifndef CONFIG_RULES_WORDS_H
#define CONFIG_RULES_WORDS_H

#include "config/tree.h"
#include "core/lib/report.h"

#include <stdbool.h>
#include <stdint.h>

/* Finds `word` among `count` words: *index is its place. When it is none of them: a finding of `rule`, false, 0. */
bool word_find(struct report *report, const struct rule *rule, const struct spot *at, const char *const *words,
               uint32_t count, const char *word, uint32_t *index);

/* True for [a-z][a-z0-9-]* that does not end in '-' and fits SYSTEM_NAME_MAX with its NUL. */
bool name_well_formed(const char *name);

/* ASCII alone. */
bool text_equal_ignoring_case(const char *a, const char *b);

/* A finding that shows `text`, in quotes and fit for a terminal; report_text_unless as report_unless. */
bool report_text_unless(bool holds, struct report *report, const struct rule *rule, const char *where, const char *text);
void report_add_text(struct report *report, const struct rule *rule, const char *where, const char *text);

#endif
