/* SPDX-License-Identifier: Apache-2.0 */
/* Collects findings in a fixed-size report. */
#include "core/lib/report.h"

#include "core/lib/format.h"

#include <stdarg.h>

void report_init(struct report *report)
{
    report->count = 0;
    report->dropped = 0;
}

static void add(struct report *report, const struct rule *rule, const char *where, const char *found_format,
                va_list args)
{
    if (report->count == REPORT_MAX_FINDINGS) {
        report->dropped++;
        return;
    }
    struct finding *finding = &report->findings[report->count++];
    finding->rule = rule;
    fmt_print(finding->where, sizeof finding->where, "%s", where);
    fmt_vprint(finding->found, sizeof finding->found, found_format, args);
}

void report_add(struct report *report, const struct rule *rule, const char *where, const char *found_format, ...)
{
    va_list args;
    va_start(args, found_format);
    add(report, rule, where, found_format, args);
    va_end(args);
}

bool report_unless(bool holds, struct report *report, const struct rule *rule, const char *where,
                   const char *found_format, ...)
{
    va_list args;
    va_start(args, found_format);
    if (!holds)
        add(report, rule, where, found_format, args);
    va_end(args);
    return holds;
}
