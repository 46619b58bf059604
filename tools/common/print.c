/* SPDX-License-Identifier: Apache-2.0 */
/* Shows findings to a person, or as JSON. */
#include "tools/common/print.h"

#include "tools/common/command.h"

#include <stdlib.h>
#include <unistd.h>

struct print_colours print_colours(FILE *stream)
{
    const char *no_colour = getenv("NO_COLOR");
    if (!isatty(fileno(stream)) || (no_colour != NULL && *no_colour != '\0'))
        return (struct print_colours){"", "", "", "", ""};
    return (struct print_colours){"\033[31m", "\033[32m", "\033[1m", "\033[2m", "\033[0m"};
}

void print_report(FILE *stream, const struct report *report)
{
    struct print_colours colour = print_colours(stream);
    for (uint32_t i = 0; i < report->count; i++) {
        const struct finding *finding = &report->findings[i];
        fprintf(stream, "%s%s%s %s%s%s\n", colour.bad, finding->rule->code, colour.end, colour.strong,
                finding->rule->what, colour.end);
        fprintf(stream, "    where     %s\n    found     %s\n    expected  %s\n    to do     %s\n", finding->where,
                finding->found, finding->rule->expected, finding->rule->advice);
    }
    if (report->dropped > 0)
        fprintf(stream, "... and %u more\n", report->dropped);
}

json_t *print_report_json(const struct report *report)
{
    json_t *findings = json_array();
    for (uint32_t i = 0; i < report->count; i++) {
        const struct finding *finding = &report->findings[i];
        json_array_append_new(findings, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "code", finding->rule->code,
                                                  "where", finding->where, "what", finding->rule->what, "found",
                                                  finding->found, "expected", finding->rule->expected, "advice",
                                                  finding->rule->advice));
    }
    return json_pack("{s:b, s:o, s:i}", "ok", (int)report_ok(report), "findings", findings, "dropped",
                     (int)report->dropped);
}

void print_json(json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(value);
}

void print_hex(const uint8_t *bytes, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    text[2 * size] = '\0';
}

int print_verdict(const struct report *report, bool as_json)
{
    if (as_json)
        print_json(print_report_json(report));
    else
        print_report(stderr, report);
    return report_ok(report) ? EXIT_CODE_OK : EXIT_CODE_FINDINGS;
}
