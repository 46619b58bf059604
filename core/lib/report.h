/* SPDX-License-Identifier: Apache-2.0 */
/* Findings: what is wrong, where, what was found, what is allowed. Every step that may refuse fills one report. */
#ifndef CORE_LIB_REPORT_H
#define CORE_LIB_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#define REPORT_MAX_FINDINGS 64
#define REPORT_WHERE_MAX 96
#define REPORT_FOUND_MAX 160

/* One rule: a stable code ("CFG-107"), one sentence saying what is wrong, what is allowed, and what to do.
 * Rules are constants; a finding points at its rule. docs/errors.md lists them all. */
struct rule {
    const char *code;
    const char *what;
    const char *expected;
    const char *advice;
};

struct finding {
    const struct rule *rule;
    char where[REPORT_WHERE_MAX]; /* path in the configuration tree, PCI address, file or table name */
    char found[REPORT_FOUND_MAX];
};

struct report {
    uint32_t count;
    uint32_t dropped; /* findings beyond REPORT_MAX_FINDINGS: counted, not kept */
    struct finding findings[REPORT_MAX_FINDINGS];
};

void report_init(struct report *report);

/* Adds a finding; `found_format` as fmt_print (core/lib/format.h). Long texts are cut, never overrun. */
void report_add(struct report *report, const struct rule *rule, const char *where, const char *found_format, ...)
    __attribute__((format(printf, 4, 5)));

/* The body of a rule: adds the finding unless `holds`; returns `holds`. */
bool report_unless(bool holds, struct report *report, const struct rule *rule, const char *where,
                   const char *found_format, ...) __attribute__((format(printf, 5, 6)));

static inline bool report_ok(const struct report *report)
{
    return report->count == 0;
}

#endif
