/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about a partition's kernel and initrd. */
#include "config/rules/rules.h"
#include "config/rules/words.h"

#include <string.h>

/* Letters, digits and "._+-": what FAT, ISO 9660 with Rock Ridge and every shell take without quoting. */
static bool file_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("._+-", c) != NULL);
}

/* One component of a path: at least one character, not starting with '.' or '-'. Returns where it ends. */
static const char *skip_component(const char *at)
{
    if (*at == '.' || *at == '-')
        return at;
    while (file_character(*at))
        at++;
    return at;
}

bool rule_file_name(struct report *report, const struct spot *at, const char *file)
{
    static const struct rule rule = {
        .code = "CFG-150",
        .what = "this cannot be an image's file name",
        .expected = "letters, digits, '.', '_', '+' and '-', starting with a letter, digit, '_' or '+'; no folder",
        .advice = "images stand side by side in \\bulkhead; write the bare file name",
    };
    const char *end = skip_component(file);
    bool ok = end != file && *end == '\0' && !text_equal_ignoring_case(file, "system.bkc");
    return report_text_unless(ok, report, &rule, at->text, file);
}

bool rule_kernel_format(struct report *report, const struct spot *at, const char *word, enum kernel_format *format)
{
    static const struct rule rule = {
        .code = "CFG-151",
        .what = "unknown kernel format",
        .expected = "\"linux\" (bzImage), \"pvh\" (ELF with a PVH note) or \"flat\"",
        .advice = "leave the line out for a Linux bzImage",
    };
    static const char *const words[] = {[KERNEL_LINUX] = "linux", [KERNEL_PVH] = "pvh", [KERNEL_FLAT] = "flat"};
    uint32_t index;
    bool ok = word_find(report, &rule, at, words, 3, word, &index);
    *format = (enum kernel_format)index;
    return ok;
}

bool rule_image_size(struct report *report, const struct spot *at, uint64_t size)
{
    static const struct rule rule = {
        .code = "CFG-152",
        .what = "an image cannot have this size",
        .expected = "1 byte to 4 GiB",
        .advice = "remove size and sha384 from the source; bulkhead sign fills them in",
    };
    bool ok = size >= 1 && size <= RULE_IMAGE_MAX;
    return report_unless(ok, report, &rule, at->text, "%llu bytes", (unsigned long long)size);
}

bool rule_image_digest(struct report *report, const struct spot *at, const uint8_t digest[SHA384_SIZE])
{
    static const struct rule rule = {
        .code = "CFG-153",
        .what = "the digest is a placeholder",
        .expected = "the SHA-384 of the file",
        .advice = "remove size and sha384 from the source; bulkhead sign fills them in",
    };
    for (uint32_t i = 0; i < SHA384_SIZE; i++)
        if (digest[i] != 0)
            return true;
    report_add(report, &rule, at->text, "all zero");
    return false;
}

bool rule_image_pair(struct report *report, const struct spot *at, bool size, bool digest)
{
    static const struct rule rule = {
        .code = "CFG-154",
        .what = "the image has only one of size and sha384",
        .expected = "both or neither",
        .advice = "remove size and sha384 from the source; bulkhead sign fills them in",
    };
    return report_unless(size == digest, report, &rule, at->text, "only %s", size ? "size" : "sha384");
}

bool rule_image_complete(struct report *report, const struct spot *at, bool size, bool digest)
{
    static const struct rule rule = {
        .code = "CFG-155",
        .what = "the image's size and digest are not filled in",
        .expected = "size and sha384 in every image of a signed configuration",
        .advice = "sign the configuration with bulkhead sign, which fills them in",
    };
    bool ok = size || digest; /* one alone breaks CFG-154, not this rule */
    return report_unless(ok, report, &rule, at->text, "neither");
}

bool rule_images_fit(struct report *report, const struct spot *at, const struct system_partition *partition)
{
    static const struct rule rule = {
        .code = "CFG-156",
        .what = "kernel and initrd do not fit in the partition's memory",
        .expected = "less than memory-mib together",
        .advice = "give the partition more memory or make the images smaller",
    };
    uint64_t images = partition->kernel.size + partition->initrd.size;
    bool ok = partition->memory_size == 0 || images < partition->memory_size;
    return report_unless(ok, report, &rule, at->text, "%llu bytes of images, %llu of memory",
                         (unsigned long long)images, (unsigned long long)partition->memory_size);
}

bool rule_root_hash_done(struct report *report, const struct spot *at, bool root_hash_file)
{
    static const struct rule rule = {
        .code = "CFG-158",
        .what = "the root hash has not been put into the command line",
        .expected = "no root-hash-file in a signed configuration",
        .advice = "sign the configuration with bulkhead sign, which replaces it by bulkhead.verity=",
    };
    return report_unless(!root_hash_file, report, &rule, at->text, "root-hash-file is still there");
}

bool rule_root_hash_path(struct report *report, const struct spot *at, const char *path)
{
    static const struct rule rule = {
        .code = "CFG-159",
        .what = "this cannot be the path of a root hash file",
        .expected = "a path below the images folder, such as \"web/roothash\": no leading '/', no \"..\"",
        .advice = "write the path from the folder given to bulkhead sign --images",
    };
    const char *start = path, *end = skip_component(start);
    while (end != start && *end == '/') {
        start = end + 1;
        end = skip_component(start);
    }
    bool ok = end != start && *end == '\0';
    return report_text_unless(ok, report, &rule, at->text, path);
}
