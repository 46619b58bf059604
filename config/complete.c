/* SPDX-License-Identifier: Apache-2.0 */
/* Completing a configuration before it is signed: sizes, digests and root hashes of the files it names. */
#include "config/complete.h"

#include "config/decode.h"
#include "config/rules/rules.h"
#include "core/lib/format.h"

#include <libfdt.h>
#include <string.h>

#define ROOT_HASH_TEXT_MAX 160 /* a SHA-512 in hexadecimal, a line end, and room to notice that there is more */

struct completion {
    void *dtb;
    const struct file_source *files;
    struct report *report;
};

/* Offsets move with every change of the blob, so each step finds its node anew. */
static int find_node(const struct completion *work, const struct spot *at)
{
    return fdt_path_offset(work->dtb, at->text);
}

static bool complete_image(const struct completion *work, const struct spot *at, const struct system_image *image)
{
    uint64_t size;
    uint8_t sha384[SHA384_SIZE];
    if (!work->files->facts(work->files->context, image->file, &size, sha384, work->report))
        return false;
    struct spot size_at = spot_below(at, "size"), digest_at = spot_below(at, "sha384");
    bool size_ok = rule_stated_size(work->report, &size_at, image->size, size);
    bool digest_ok = rule_stated_digest(work->report, &digest_at, image->sha384, sha384);
    if (!size_ok || !digest_ok || !rule_image_size(work->report, at, size))
        return false;
    int error = fdt_setprop_u64(work->dtb, find_node(work, at), "size", size);
    if (error == 0)
        error = fdt_setprop(work->dtb, find_node(work, at), "sha384", sha384, sizeof sha384);
    return rule_blob_room(work->report, at, error);
}

/* Cuts white space off the end, where every tool leaves a line end. */
static void trim_end(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
        text[--length] = '\0';
}

static bool complete_root_hash(const struct completion *work, const struct spot *at, const char *command_line)
{
    char hash[ROOT_HASH_TEXT_MAX], line[SYSTEM_COMMAND_LINE_MAX + ROOT_HASH_TEXT_MAX + 32];
    const char *file = fdt_getprop(work->dtb, find_node(work, at), "root-hash-file", NULL);
    if (file == NULL)
        return true;
    struct spot file_at = spot_below(at, "root-hash-file"), line_at = spot_below(at, "command-line");
    if (!work->files->text(work->files->context, file, hash, sizeof hash, work->report))
        return false;
    trim_end(hash);
    if (!rule_root_hash(work->report, &file_at, hash))
        return false;
    size_t length = fmt_print(line, sizeof line, "%s%sbulkhead.verity=%s", command_line,
                              *command_line == '\0' ? "" : " ", hash);
    if (!rule_command_line_room(work->report, &line_at, length))
        return false;
    int error = fdt_setprop(work->dtb, find_node(work, at), "command-line", line, (int)length + 1);
    if (error == 0)
        error = fdt_delprop(work->dtb, find_node(work, at), "root-hash-file");
    return rule_blob_room(work->report, at, error);
}

static bool complete_partition(const struct completion *work, const struct system_partition *partition)
{
    static const struct spot partitions = {"/partitions"};
    struct spot at = spot_below(&partitions, partition->name);
    struct spot kernel = spot_below(&at, "kernel"), initrd = spot_below(&at, "initrd");
    bool ok = complete_image(work, &kernel, &partition->kernel);
    if (partition->initrd.present)
        ok = complete_image(work, &initrd, &partition->initrd) && ok;
    return complete_root_hash(work, &kernel, partition->command_line) && ok;
}

bool system_complete(void *dtb, size_t capacity, const struct file_source *files, struct report *report)
{
    static const struct spot root = {"/"};
    struct completion work = {dtb, files, report};
    struct system system;
    uint32_t before = report->count;
    system_decode(dtb, fdt_totalsize(dtb), false, &system, report);
    if (report->count != before)
        return false;
    int room = capacity > INT32_MAX ? INT32_MAX : (int)capacity;
    if (!rule_blob_room(report, &root, fdt_open_into(dtb, dtb, room)))
        return false;
    bool ok = true;
    for (uint32_t i = 0; i < system.partition_count; i++)
        ok = complete_partition(&work, &system.partitions[i]) && ok;
    return ok && rule_blob_room(report, &root, fdt_pack(dtb));
}
