/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles device tree source by running dtc. */
#include "tools/common/dts.h"

#include "config/container.h"
#include "tools/common/process.h"

#include <string.h>

static const struct rule rule_no_dtc = {
    "TOOL-710", "the device tree compiler cannot be started", "dtc on the PATH", "install device-tree-compiler"};
static const struct rule rule_dtc_refused = {
    "TOOL-711", "the device tree source does not compile", "device tree source, version 1 (/dts-v1/)",
    "correct the line dtc names"};

/* Cuts dtc's output to its first line, without the leading "Error: ". */
static const char *first_message(char *text)
{
    text[strcspn(text, "\n")] = '\0';
    return strncmp(text, "Error: ", 7) == 0 ? text + 7 : text;
}

bool dts_compile(const char *path, struct file_bytes *dtb, struct report *report)
{
    *dtb = (struct file_bytes){0};
    struct file_bytes source;
    if (!file_read(path, CONTAINER_MAX_SIZE, &source, report))
        return false;
    file_bytes_free(&source);

    /* A name that starts with a dash must not become an option. Unit addresses are none of our binding's business. */
    char file[4096 + 2];
    size_t length = strlen(path);
    if (length >= sizeof file - 2)
        return false;
    memcpy(file, "./", 2);
    memcpy(file + (path[0] == '/' ? 0 : 2), path, length + 1);
    const char *argv[] = {"dtc", "-q", "-I", "dts", "-O", "dtb", "-V", "17", "-o", "-", file, NULL};
    char errors[PROCESS_ERROR_TEXT];
    int status = process_capture(argv, CONTAINER_MAX_SIZE, dtb, errors);
    if (status == 0)
        return true;
    file_bytes_free(dtb);
    if (status == 127)
        report_add(report, &rule_no_dtc, path, "dtc not found");
    else
        report_add(report, &rule_dtc_refused, path, "%s", first_message(errors));
    return false;
}
