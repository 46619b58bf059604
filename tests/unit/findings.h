/* SPDX-License-Identifier: Apache-2.0 */
/* What a test says about a report: nothing found, or exactly one rule broken. */
#ifndef TESTS_UNIT_FINDINGS_H
#define TESTS_UNIT_FINDINGS_H

#include "core/lib/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static inline void print_findings(const struct report *report)
{
    for (uint32_t i = 0; i < report->count; i++)
        print_message("%s %s: %s: %s\n", report->findings[i].rule->code, report->findings[i].where,
                      report->findings[i].rule->what, report->findings[i].found);
}

static inline void assert_sound(const struct report *report)
{
    if (report->count != 0)
        print_findings(report);
    assert_int_equal(report->count, 0);
}

/* One finding, of this rule, and whole: a person can act on it. */
static inline void assert_only(const struct report *report, const char *code)
{
    if (report->count != 1 || strcmp(report->findings[0].rule->code, code) != 0)
        print_findings(report);
    assert_int_equal(report->count, 1);
    const struct finding *finding = &report->findings[0];
    assert_string_equal(finding->rule->code, code);
    assert_true(strlen(finding->where) > 0 && strlen(finding->found) > 0);
    assert_true(strlen(finding->rule->what) > 0 && strlen(finding->rule->expected) > 0 &&
                strlen(finding->rule->advice) > 0);
}

#endif
