/* SPDX-License-Identifier: Apache-2.0 */
/* Where the files that a configuration names are found on this machine. */
#ifndef TOOLS_COMMON_IMAGES_H
#define TOOLS_COMMON_IMAGES_H

#include "config/complete.h"
#include "tools/common/command.h"
#include "tools/common/file.h"

#define IMAGES_PATH_MAX 4096

/* The two options that say it, for a command's option table: --file NAME=PATH, then --images FOLDER, each any number of
 * times. Without either, files are sought in `fallback` (the folder of the configuration). */
struct images {
    struct option_list files;
    struct option_list folders;
    char fallback[IMAGES_PATH_MAX];
};
#define IMAGES_OPTIONS(images) \
    {.name = "images", .argument = "FOLDER", .help = "look for images in FOLDER (default: beside the configuration)", \
     .list = &(images).folders}, \
    {.name = "file", .argument = "NAME=PATH", .help = "take the image NAME from PATH", .list = &(images).files}

/* Makes the folder that `configuration` stands in the fallback. */
void images_set_fallback(struct images *images, const char *configuration);

/* Finds `name`, one path component. False with a finding that lists where it was sought. */
bool images_find(const struct images *images, const char *name, char path[IMAGES_PATH_MAX], struct report *report);

/* The same as the source of files that system_complete reads; `images` must outlive it. */
struct file_source images_source(const struct images *images);

#endif
