/* SPDX-License-Identifier: Apache-2.0 */
/* A boot medium for BIOS machines: an ISO on which GRUB loads the boot stage by Multiboot2, its files as modules. */
#include "core/lib/format.h"
#include "tools/bundle/bundle.h"
#include "tools/bundle/workshop.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MENU_MAX 8192

static const struct rule rule_cannot_place = {
    "TOOL-767", "the ISO cannot be put in its place", "a folder this user may write", "check the folder"};

/* GRUB's menu: each module's command line begins with the name of its file. */
static size_t write_menu(const struct bundle *bundle, char menu[MENU_MAX])
{
    struct bundle_file files[2];
    size_t count = bundle_signed_files(bundle, files);
    size_t used = fmt_print(menu, MENU_MAX,
                            "serial --unit=0 --speed=115200\nterminal_output console serial\nset timeout=0\n"
                            "menuentry \"Bulkhead %s\" {\n    multiboot2 /boot/bulkhead.efi\n",
                            bundle->system.release);
    for (size_t i = 0; i < count; i++)
        used += fmt_print(menu + used, MENU_MAX - used, "    module2 /" BUNDLE_FOLDER "/%s %s\n", files[i].name,
                          files[i].name);
    for (size_t i = 0; i < bundle->image_count; i++)
        used += fmt_print(menu + used, MENU_MAX - used, "    module2 /" BUNDLE_FOLDER "/%s %s\n",
                          bundle->images[i].name, bundle->images[i].name);
    return used + fmt_print(menu + used, MENU_MAX - used, "}\n");
}

static bool fill(const struct bundle *bundle, const struct workshop *workshop, struct report *report)
{
    char grub[WORKSHOP_PATH_MAX], efi[WORKSHOP_PATH_MAX], config[WORKSHOP_PATH_MAX], disc[WORKSHOP_PATH_MAX],
        menu[MENU_MAX];
    workshop_path(workshop, "disc", disc);
    workshop_path(workshop, "disc/boot/grub", grub);
    workshop_path(workshop, "disc/boot/bulkhead.efi", efi);
    workshop_path(workshop, "disc/boot/grub/grub.cfg", config);
    size_t length = write_menu(bundle, menu);
    /* A folder on the disc is what bundle_write_folder writes, and GRUB's own files beside it. */
    return bundle_write_folder(bundle, disc, FILE_NEW, report) && folder_make(grub, report) &&
           file_write(efi, bundle->efi.data, bundle->efi.size, 0644, FILE_NEW, report) &&
           file_write(config, menu, length, 0644, FILE_NEW, report);
}

bool bundle_write_iso(const struct bundle *bundle, const char *path, enum file_policy policy, struct report *report)
{
    struct workshop workshop;
    char disc[WORKSHOP_PATH_MAX], part[WORKSHOP_PATH_MAX];
    if (!file_may_write(path, policy, report) || !workshop_open(&workshop, report))
        return false;
    workshop_path(&workshop, "disc", disc);
    snprintf(part, sizeof part, "%s.part", path);
    const char *const mkrescue[] = {"grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "-o", part, disc, NULL};
    bool good = fill(bundle, &workshop, report) && program_run(mkrescue, report);
    workshop_close(&workshop);
    if (good && rename(part, path) != 0) {
        report_add(report, &rule_cannot_place, path, "it cannot be put in its place");
        good = false;
    }
    if (!good)
        unlink(part);
    return good;
}
