/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons: collecting, printing, JSON. */
#include "attest/lib/appraise_parts.h"

#include "core/lib/format.h"

#include <string.h>

static void copy_name(char *to, const char *from)
{
    fmt_print(to, EVENTLOG_NAME_MAX + 1, "%s", from != NULL ? from : "");
}

struct appraise_reason *appraise_add(struct appraisal *appraisal, const struct rule *rule, enum appraise_level level,
                                     const char *partition, const char *item)
{
    struct appraise_result *result = appraisal->result;
    if (result->reason_count == APPRAISE_REASONS_MAX)
        result->reasons_dropped++;
    else
        result->reason_count++;
    struct appraise_reason *reason = &result->reasons[result->reason_count - 1];
    if (result->reasons_dropped > 0 && reason->level > level)
        level = reason->level; /* what is overwritten must not soften the verdict */
    memset(reason, 0, sizeof *reason);
    reason->rule = rule;
    reason->level = level;
    copy_name(reason->partition, partition);
    copy_name(reason->item, item);
    appraise_expect(reason, "%s", rule->expected);
    return reason;
}

void appraise_expect(struct appraise_reason *reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fmt_vprint(reason->expected, sizeof reason->expected, format, args);
    va_end(args);
}

void appraise_find(struct appraise_reason *reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fmt_vprint(reason->found, sizeof reason->found, format, args);
    va_end(args);
}

void appraise_add_report(struct appraisal *appraisal, const struct report *report)
{
    for (uint32_t i = 0; i < report->count; i++)
        appraise_find(appraise_add(appraisal, report->findings[i].rule, APPRAISE_FATAL, NULL, report->findings[i].where),
                      "%s", report->findings[i].found);
}

const char *appraise_verdict_name(enum appraise_verdict verdict)
{
    static const char *const names[] = {
        [VERDICT_NONE] = "none", [VERDICT_AFFIRMING] = "affirming", [VERDICT_WARNING] = "warning",
        [VERDICT_CONTRAINDICATED] = "contraindicated"};
    return names[verdict];
}

size_t appraise_reason_print(const struct appraise_reason *reason, char *text, size_t size)
{
    bool partition = reason->partition[0] != '\0', item = reason->item[0] != '\0';
    return fmt_print(text, size, "%s%s%s%s: expected %s, found %s", partition ? "partition " : "", reason->partition,
                     partition && item ? ", " : "", partition || item ? reason->item : reason->rule->what, reason->expected,
                     reason->found);
}

static const char *level_name(enum appraise_level level)
{
    static const char *const names[] = {
        [APPRAISE_NOTE] = "note", [APPRAISE_WARNING] = "warning", [APPRAISE_FATAL] = "fatal"};
    return names[level];
}

json_t *appraise_reasons_json(const struct appraise_result *result)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < result->reason_count; i++) {
        const struct appraise_reason *reason = &result->reasons[i];
        json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s}", "code", reason->rule->code, "level",
                                 level_name(reason->level), "text", reason->rule->what, "expected", reason->expected,
                                 "found", reason->found);
        if (reason->partition[0] != '\0')
            json_object_set_new(json, "partition", json_string(reason->partition));
        if (reason->item[0] != '\0')
            json_object_set_new(json, "item", json_string(reason->item));
        json_array_append_new(array, json);
    }
    return array;
}
