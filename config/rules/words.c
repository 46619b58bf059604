/* SPDX-License-Identifier: Apache-2.0 */
/* What several rules share: words from a short list, and names. */
#include "config/rules/words.h"

#include "config/system.h"

#include <string.h>

bool word_find(struct report *report, const struct rule *rule, const struct spot *at, const char *const *words,
               uint32_t count, const char *word, uint32_t *index)
{
    for (*index = 0; *index < count; (*index)++)
        if (strcmp(words[*index], word) == 0)
            return true;
    report_add_text(report, rule, at->text, word);
    *index = 0;
    return false;
}

bool name_well_formed(const char *name)
{
    size_t length = 0;
    for (; name[length] != '\0'; length++) {
        bool letter = name[length] >= 'a' && name[length] <= 'z';
        bool inner = (name[length] >= '0' && name[length] <= '9') || name[length] == '-';
        if (length + 1 == SYSTEM_NAME_MAX || !(letter || (length > 0 && inner)))
            return false;
    }
    return length > 0 && name[length - 1] != '-';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_ignoring_case(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

void report_add_text(struct report *report, const struct rule *rule, const char *where, const char *text)
{
    char printable[REPORT_FOUND_MAX];
    tree_print_text(printable, sizeof printable, text);
    report_add(report, rule, where, "\"%s\"", printable);
}

bool report_text_unless(bool holds, struct report *report, const struct rule *rule, const char *where, const char *text)
{
    if (!holds)
        report_add_text(report, rule, where, text);
    return holds;
}
