/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder and the programs that work in it. */
#ifndef TOOLS_BUNDLE_WORKSHOP_H
#define TOOLS_BUNDLE_WORKSHOP_H

#include "core/lib/report.h"
#include "tools/common/file.h"

#include <stdbool.h>

#define WORKSHOP_PATH_MAX 4096

struct workshop {
    char folder[WORKSHOP_PATH_MAX];
};

/* Makes a folder below TMPDIR (/tmp). workshop_close removes it with all that is in it. */
bool workshop_open(struct workshop *workshop, struct report *report);
void workshop_close(struct workshop *workshop);

/* The path of `name` in the workshop. */
void workshop_path(const struct workshop *workshop, const char *name, char path[WORKSHOP_PATH_MAX]);

/* Makes a folder, and those above it, if they are not there. */
bool folder_make(const char *path, struct report *report);

/* Copies a file of up to FILE_IMAGE_MAX bytes. */
bool file_copy(const char *from, const char *to, enum file_policy policy, struct report *report);

/* Runs argv[0] quietly. False with a finding that quotes the program's first line when it does not return 0. */
bool program_run(const char *const argv[], struct report *report);

#endif
