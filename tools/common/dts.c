/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles device tree source by running dtc. */
#include "tools/common/dts.h"

#include "config/container.h"
#include "tools/common/memory.h"
#include "tools/common/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct rule rule_no_dtc = {
    "TOOL-710", "the device tree compiler cannot be started", "dtc on the PATH", "install device-tree-compiler"};
static const struct rule rule_dtc_refused = {
    "TOOL-711", "the device tree source does not compile", "device tree source, version 1 (/dts-v1/)",
    "correct the line dtc names"};
static const struct rule rule_blob_too_large = {
    "TOOL-712", "the compiled device tree is too large", "at most 512 KiB",
    "leave out what the configuration does not need"};

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

    /* A name that starts with a dash must not become an option. */
    char *file = memory_grow(NULL, strlen(path) + 3);
    sprintf(file, "%s%s", path[0] == '/' ? "" : "./", path);
    const char *argv[] = {"dtc", "-q", "-I", "dts", "-O", "dtb", "-V", "17", "-o", "-", file, NULL};
    char errors[PROCESS_ERROR_TEXT];
    int status = process_capture(argv, DTS_BLOB_MAX, dtb, errors);
    free(file);
    if (status == 0)
        return true;
    file_bytes_free(dtb);
    if (status == PROCESS_NOT_STARTED)
        report_add(report, &rule_no_dtc, path, "dtc not found");
    else if (status == PROCESS_TOO_MUCH)
        report_add(report, &rule_blob_too_large, path, "more than %zu bytes", DTS_BLOB_MAX);
    else
        report_add(report, &rule_dtc_refused, path, "%s", first_message(errors));
    return false;
}
