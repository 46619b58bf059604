/* SPDX-License-Identifier: Apache-2.0 */
/* A boot medium as a plain folder: the content of an EFI system partition. */
#include "tools/bundle/bundle.h"
#include "tools/bundle/workshop.h"

#include <stdio.h>

static bool join(const char *folder, const char *name, char path[WORKSHOP_PATH_MAX])
{
    return snprintf(path, WORKSHOP_PATH_MAX, "%s/%s", folder, name) < WORKSHOP_PATH_MAX;
}

bool bundle_write_folder(const struct bundle *bundle, const char *folder, enum file_policy policy,
                         struct report *report)
{
    char boot[WORKSHOP_PATH_MAX], efi[WORKSHOP_PATH_MAX], own[WORKSHOP_PATH_MAX], path[WORKSHOP_PATH_MAX];
    struct bundle_file files[2];
    size_t count = bundle_signed_files(bundle, files);
    bool good = join(folder, "EFI/BOOT", boot) && join(boot, "BOOTX64.EFI", efi) && join(folder, BUNDLE_FOLDER, own) &&
                folder_make(boot, report) && folder_make(own, report) &&
                file_write(efi, bundle->efi.data, bundle->efi.size, 0644, policy, report);
    for (size_t i = 0; good && i < count; i++)
        good = join(own, files[i].name, path) &&
               file_write(path, files[i].bytes->data, files[i].bytes->size, 0644, policy, report);
    for (size_t i = 0; good && i < bundle->image_count; i++)
        good = join(own, bundle->images[i].name, path) &&
               file_copy(bundle->images[i].path, path, policy, report);
    return good;
}
