/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about the root node, the machine node and the number of partitions. */
#include "config/rules/rules.h"
#include "config/rules/words.h"

#include <string.h>

bool rule_compatible(struct report *report, const struct spot *at, const char *text)
{
    static const struct rule rule = {
        .code = "CFG-120",
        .what = "this is not a configuration this release understands",
        .expected = "compatible = \"" BINDING_COMPATIBLE "\"",
        .advice = "state the binding the file is written for; use the bulkhead release that knows it",
    };
    return report_text_unless(strcmp(text, BINDING_COMPATIBLE) == 0, report, &rule, at->text, text);
}

static bool release_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("._+-", c) != NULL);
}

bool rule_release(struct report *report, const struct spot *at, const char *text)
{
    static const struct rule rule = {
        .code = "CFG-121",
        .what = "the release name is empty or holds other characters than it may",
        .expected = "1 to 63 letters, digits, '.', '_', '+' or '-'",
        .advice = "name the release without spaces, for example \"shop-2026.11\"",
    };
    bool ok = *text != '\0';
    for (const char *at_char = text; *at_char != '\0'; at_char++)
        ok = ok && release_character(*at_char);
    return report_text_unless(ok, report, &rule, at->text, text);
}

bool rule_requirement(struct report *report, const struct spot *at, const char *word,
                      enum system_requirement *requirement)
{
    static const struct rule rule = {
        .code = "CFG-122",
        .what = "unknown word for what the machine must have",
        .expected = "\"required\" or \"optional\"",
        .advice = "\"required\" refuses to start on a machine without it",
    };
    static const char *const words[] = {[REQUIREMENT_REQUIRED] = "required", [REQUIREMENT_OPTIONAL] = "optional"};
    uint32_t index;
    bool ok = word_find(report, &rule, at, words, 2, word, &index);
    *requirement = (enum system_requirement)index;
    return ok;
}

bool rule_smt(struct report *report, const struct spot *at, const char *word)
{
    static const struct rule rule = {
        .code = "CFG-123",
        .what = "unknown rule for SMT siblings",
        .expected = "\"one-owner\": siblings belong to one partition or stay parked",
        .advice = "write smt = \"one-owner\", or leave the line out, which means the same",
    };
    static const char *const words[] = {"one-owner"};
    uint32_t index;
    return word_find(report, &rule, at, words, 1, word, &index);
}

bool rule_partitions_some(struct report *report, const struct spot *at, uint32_t count)
{
    static const struct rule rule = {
        .code = "CFG-124",
        .what = "the configuration has no partition",
        .expected = "1 to 16 partitions",
        .advice = "add a node for each partition below /partitions",
    };
    return report_unless(count > 0, report, &rule, at->text, "none");
}

bool rule_partitions_room(struct report *report, const struct spot *at, uint32_t count)
{
    static const struct rule rule = {
        .code = "CFG-125",
        .what = "the configuration has too many partitions",
        .expected = "1 to 16 partitions",
        .advice = "remove partitions, or spread them over several machines",
    };
    return report_unless(count <= SYSTEM_MAX_PARTITIONS, report, &rule, at->text, "%u", count);
}
