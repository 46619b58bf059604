/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about a partition's restart policy. */
#include "config/rules/rules.h"
#include "config/rules/words.h"

bool rule_restart(struct report *report, const struct spot *at, const char *word, enum system_restart *restart)
{
    static const struct rule rule = {
        .code = "CFG-145",
        .what = "unknown restart policy",
        .expected = "\"never\", \"always\" or \"limited\"",
        .advice = "say what happens when the partition stops",
    };
    static const char *const words[] = {
        [RESTART_NEVER] = "never", [RESTART_ALWAYS] = "always", [RESTART_LIMITED] = "limited"};
    uint32_t index;
    bool ok = word_find(report, &rule, at, words, 3, word, &index);
    *restart = (enum system_restart)index;
    return ok;
}

bool rule_restart_limit_stated(struct report *report, const struct spot *at, enum system_restart restart, bool limit)
{
    static const struct rule rule = {
        .code = "CFG-146",
        .what = "the restart limit is missing",
        .expected = "restart-limit = <n seconds> beside restart = \"limited\"",
        .advice = "add restart-limit: at most n restarts in that many seconds",
    };
    bool ok = restart != RESTART_LIMITED || limit;
    return report_unless(ok, report, &rule, at->text, "no restart-limit");
}

bool rule_restart_limit_used(struct report *report, const struct spot *at, enum system_restart restart, bool limit)
{
    static const struct rule rule = {
        .code = "CFG-147",
        .what = "the restart limit has no effect",
        .expected = "restart-limit only beside restart = \"limited\"",
        .advice = "write restart = \"limited\", or remove restart-limit",
    };
    bool ok = restart == RESTART_LIMITED || !limit;
    return report_unless(ok, report, &rule, at->text, "restart is \"%s\"",
                         restart == RESTART_NEVER ? "never" : "always");
}

bool rule_restart_limit_range(struct report *report, const struct spot *at, uint32_t count, uint32_t seconds)
{
    static const struct rule rule = {
        .code = "CFG-148",
        .what = "the restart limit is out of range",
        .expected = "1 to 1000 restarts in 1 to 604800 seconds",
        .advice = "write <n seconds>, for example <5 60>",
    };
    bool ok = count >= 1 && count <= RULE_RESTARTS_MAX && seconds >= 1 && seconds <= RULE_RESTART_SECONDS_MAX;
    return report_unless(ok, report, &rule, at->text, "<%u %u>", count, seconds);
}
