/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder and the programs that work in it. */
#include "tools/bundle/workshop.h"

#include "tools/common/process.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)1 << 20)

static const struct rule rule_no_folder = {"TOOL-763", "a folder cannot be made", "a place this user may write to",
                                           "check the path, its permissions and TMPDIR"};
static const struct rule rule_program_missing = {
    "TOOL-764", "a program that is needed is not installed", "the program on the PATH",
    "install it: make setup installs all of them"};
static const struct rule rule_program_failed = {
    "TOOL-765", "a program that was started failed", "exit status 0", "see the program's own message"};

bool workshop_open(struct workshop *workshop, struct report *report)
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(workshop->folder, sizeof workshop->folder, "%s/bulkhead-XXXXXX",
                          parent != NULL && *parent != '\0' ? parent : "/tmp");
    if (length < (int)sizeof workshop->folder && mkdtemp(workshop->folder) != NULL)
        return true;
    report_add(report, &rule_no_folder, workshop->folder, "%s", strerror(errno));
    workshop->folder[0] = '\0';
    return false;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void workshop_close(struct workshop *workshop)
{
    if (workshop->folder[0] != '\0')
        nftw(workshop->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    workshop->folder[0] = '\0';
}

void workshop_path(const struct workshop *workshop, const char *name, char path[WORKSHOP_PATH_MAX])
{
    size_t used = strnlen(workshop->folder, WORKSHOP_PATH_MAX - 1);
    memcpy(path, workshop->folder, used);
    snprintf(path + used, WORKSHOP_PATH_MAX - used, "/%s", name);
}

bool folder_make(const char *path, struct report *report)
{
    char part[WORKSHOP_PATH_MAX];
    if (strlen(path) >= sizeof part) {
        report_add(report, &rule_no_folder, path, "%s", strerror(ENAMETOOLONG));
        return false;
    }
    for (size_t i = 1; i <= strlen(path); i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) == 0 || errno == EEXIST)
            continue;
        report_add(report, &rule_no_folder, part, "%s", strerror(errno));
        return false;
    }
    return true;
}

bool file_copy(const char *from, const char *to, enum file_policy policy, struct report *report)
{
    struct file_bytes bytes;
    if (!file_read(from, FILE_IMAGE_MAX, &bytes, report))
        return false;
    bool good = file_write(to, bytes.data, bytes.size, 0644, policy, report);
    file_bytes_free(&bytes);
    return good;
}

bool program_run(const char *const argv[], struct report *report)
{
    struct file_bytes output;
    char errors[PROCESS_ERROR_TEXT];
    int status = process_capture(argv, OUTPUT_MAX, &output, errors);
    const char *text = errors[0] != '\0' || output.data == NULL ? errors : (const char *)output.data;
    if (status == 127)
        report_add(report, &rule_program_missing, argv[0], "not found");
    else if (status != 0)
        report_add(report, &rule_program_failed, argv[0], "status %d: %.*s", status, (int)strcspn(text, "\n"), text);
    file_bytes_free(&output);
    return status == 0;
}
