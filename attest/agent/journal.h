/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent says while it runs: one line an event on standard error, with a level where the journal reads along. */
#ifndef ATTEST_AGENT_JOURNAL_H
#define ATTEST_AGENT_JOURNAL_H

#include "core/lib/report.h"

#include <stddef.h>

/* Levels of syslog(3), which journald takes as "<N>" at the start of a line (sd-daemon(3)). */
enum journal_level { JOURNAL_ERROR = 3, JOURNAL_WARNING = 4, JOURNAL_NOTICE = 5, JOURNAL_INFO = 6 };

void journal_say(enum journal_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line for each finding; then the report is empty again. */
void journal_report(enum journal_level level, struct report *report);

/* Copies text that came from outside: what is not printable ASCII becomes '?', and it is cut to `size` with the NUL. */
void journal_printable(const char *text, char *copy, size_t size);

#endif
