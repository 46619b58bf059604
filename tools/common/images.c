/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the files that a configuration names. */
#include "tools/common/images.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct rule rule_not_found = {
    "TOOL-730", "a file the configuration names is not there", "the file in one of the folders given with --images",
    "build the image, or say where it is with --images FOLDER or --file NAME=PATH"};
static const struct rule rule_not_text = {
    "TOOL-731", "a file is no short text", "one line of text", "check that the configuration names the right file"};

void images_set_fallback(struct images *images, const char *configuration)
{
    const char *slash = strrchr(configuration, '/');
    int length = slash == NULL ? 0 : (int)(slash - configuration);
    if (slash == NULL)
        snprintf(images->fallback, sizeof images->fallback, ".");
    else
        snprintf(images->fallback, sizeof images->fallback, "%.*s/", length, configuration);
}

static bool in_folder(const char *folder, const char *name, char path[IMAGES_PATH_MAX])
{
    int length = snprintf(path, IMAGES_PATH_MAX, "%s/%s", folder, name);
    return length < IMAGES_PATH_MAX && access(path, F_OK) == 0;
}

/* The PATH of a --file NAME=PATH for `name`, or NULL. */
static const char *named_file(const struct images *images, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < images->files.count; i++)
        if (strncmp(images->files.values[i], name, length) == 0 && images->files.values[i][length] == '=')
            return images->files.values[i] + length + 1;
    return NULL;
}

static void report_not_found(const struct images *images, const char *name, struct report *report)
{
    char sought[REPORT_FOUND_MAX];
    size_t used = (size_t)snprintf(sought, sizeof sought, "not in %s",
                                   images->folders.count > 0 ? images->folders.values[0] : images->fallback);
    for (size_t i = 1; i < images->folders.count && used < sizeof sought; i++)
        used += (size_t)snprintf(sought + used, sizeof sought - used, ", %s", images->folders.values[i]);
    report_add(report, &rule_not_found, name, "%s", sought);
}

bool images_find(const struct images *images, const char *name, char path[IMAGES_PATH_MAX], struct report *report)
{
    const char *named = named_file(images, name);
    if (named != NULL && strlen(named) < IMAGES_PATH_MAX) {
        strcpy(path, named);
        return true;
    }
    for (size_t i = 0; i < images->folders.count; i++)
        if (in_folder(images->folders.values[i], name, path))
            return true;
    if (images->folders.count == 0 && in_folder(images->fallback, name, path))
        return true;
    report_not_found(images, name, report);
    return false;
}

static bool source_facts(void *context, const char *file, uint64_t *size, uint8_t sha384[SHA384_SIZE],
                         struct report *report)
{
    char path[IMAGES_PATH_MAX];
    return images_find(context, file, path, report) && file_digest(path, sha384, size, report);
}

static bool source_text(void *context, const char *file, char *text, size_t size, struct report *report)
{
    char path[IMAGES_PATH_MAX];
    struct file_bytes bytes;
    if (!images_find(context, file, path, report) || !file_read(path, size - 1, &bytes, report))
        return false;
    bool good = memchr(bytes.data, '\0', bytes.size) == NULL;
    if (good)
        memcpy(text, bytes.data, bytes.size + 1);
    else
        report_add(report, &rule_not_text, path, "a zero byte");
    file_bytes_free(&bytes);
    return good;
}

struct file_source images_source(const struct images *images)
{
    return (struct file_source){source_facts, source_text, (void *)(uintptr_t)images};
}
