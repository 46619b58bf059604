/* SPDX-License-Identifier: Apache-2.0 */
/* Lines on standard error. */
#include "attest/agent/journal.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void journal_say(enum journal_level level, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (getenv("JOURNAL_STREAM") != NULL)
        fprintf(stderr, "<%d>%s\n", level, line);
    else
        fprintf(stderr, "bulkhead-agent: %s\n", line);
}

void journal_report(enum journal_level level, struct report *report)
{
    for (uint32_t i = 0; i < report->count; i++) {
        const struct finding *finding = &report->findings[i];
        journal_say(level, "%s %s: %s: found %s, expected %s; %s", finding->rule->code, finding->rule->what,
                    finding->where, finding->found, finding->rule->expected, finding->rule->advice);
    }
    report_init(report);
}

void journal_printable(const char *text, char *copy, size_t size)
{
    size_t length = 0;
    for (; text[length] != '\0' && length + 1 < size; length++)
        copy[length] = isprint((unsigned char)text[length]) ? text[length] : '?';
    copy[length] = '\0';
}
