/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that hold while `bulkhead sign` completes a configuration: what the files must look like. */
#include "config/rules/rules.h"
#include "config/rules/words.h"

#include <string.h>

bool rule_stated_size(struct report *report, const struct spot *at, uint64_t stated, uint64_t found)
{
    static const struct rule rule = {
        .code = "CFG-180",
        .what = "the file has another size than the configuration states",
        .expected = "no size, or the file's own",
        .advice = "remove size and sha384 from the source, or give the right file",
    };
    bool ok = stated == 0 || stated == found;
    return report_unless(ok, report, &rule, at->text, "%llu bytes stated, the file has %llu",
                         (unsigned long long)stated, (unsigned long long)found);
}

bool rule_stated_digest(struct report *report, const struct spot *at, const uint8_t stated[SHA384_SIZE],
                        const uint8_t found[SHA384_SIZE])
{
    static const struct rule rule = {
        .code = "CFG-181",
        .what = "the file has another content than the configuration states",
        .expected = "no sha384, or the file's own",
        .advice = "remove size and sha384 from the source, or give the right file",
    };
    static const uint8_t none[SHA384_SIZE];
    bool ok = memcmp(stated, none, SHA384_SIZE) == 0 || memcmp(stated, found, SHA384_SIZE) == 0;
    return report_unless(ok, report, &rule, at->text, "%02x%02x%02x%02x... stated, the file has %02x%02x%02x%02x...",
                         (unsigned)stated[0], (unsigned)stated[1], (unsigned)stated[2], (unsigned)stated[3],
                         (unsigned)found[0], (unsigned)found[1], (unsigned)found[2], (unsigned)found[3]);
}

bool rule_root_hash(struct report *report, const struct spot *at, const char *hash)
{
    static const struct rule rule = {
        .code = "CFG-182",
        .what = "the file does not hold a dm-verity root hash",
        .expected = "64, 96 or 128 lower-case hexadecimal digits",
        .advice = "give the root hash that veritysetup format printed",
    };
    size_t length = strspn(hash, "0123456789abcdef");
    bool ok = hash[length] == '\0' && (length == 64 || length == 96 || length == 128);
    return report_text_unless(ok, report, &rule, at->text, hash);
}

bool rule_command_line_room(struct report *report, const struct spot *at, size_t length)
{
    static const struct rule rule = {
        .code = "CFG-183",
        .what = "the command line has no room for the root hash",
        .expected = "at most 1023 characters together",
        .advice = "shorten the command line",
    };
    return report_unless(length < SYSTEM_COMMAND_LINE_MAX, report, &rule, at->text, "%llu characters",
                         (unsigned long long)length);
}

bool rule_blob_room(struct report *report, const struct spot *at, int error)
{
    static const struct rule rule = {
        .code = "CFG-184",
        .what = "the completed configuration is too large",
        .expected = "a blob of at most 256 KiB",
        .advice = "remove partitions or shorten texts",
    };
    return report_unless(error == 0, report, &rule, at->text, "libfdt error %d", error);
}
