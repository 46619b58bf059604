/* SPDX-License-Identifier: Apache-2.0 */
/* A boot medium as a disk image: GPT with one EFI system partition (FAT32), written with sgdisk and mtools. */
#include "tools/bundle/bundle.h"
#include "tools/bundle/workshop.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB (1ull << 20)
#define SECTOR 512ull
#define PARTITION_START MIB
#define LEAST_SIZE (64 * MIB) /* FAT32 needs 65,525 clusters: Microsoft FAT specification, "FAT type determination" */
#define FAT_EPOCH 315532800u /* 1980-01-01 */
#define SLACK (16 * MIB)      /* GPT at both ends, FATs, folders, and room for the next release's configuration */

/* Fixed, as are the dates (set_dates), so that the same input gives the same bytes. */
#define DISK_GUID "b1c4ead0-0001-4000-8000-000000000001"
#define PARTITION_GUID "b1c4ead0-0001-4000-8000-000000000002"
#define VOLUME_SERIAL "b1c4ead0"

static const struct rule rule_cannot_size = {"TOOL-766", "the disk image cannot be made",
                                             "a folder with room for the image", "check the folder and the free space"};

/* A sixteenth on top pays for the FATs and for clusters that are not full. */
static uint64_t disk_size(const struct bundle *bundle)
{
    uint64_t size = SLACK + bundle->efi.size + bundle->verified.container_bytes.size;
    for (size_t i = 0; i < bundle->image_count; i++)
        size += bundle->images[i].size;
    size = (size + size / 16 + MIB - 1) / MIB * MIB;
    return size < LEAST_SIZE ? LEAST_SIZE : size;
}

static bool make_empty(const char *path, uint64_t size, struct report *report)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
    bool good = fd >= 0 && ftruncate(fd, (off_t)size) == 0;
    if (fd >= 0)
        good = close(fd) == 0 && good;
    if (!good)
        report_add(report, &rule_cannot_size, path, "%llu bytes", (unsigned long long)size);
    return good;
}

/* mtools stamps files with SOURCE_DATE_EPOCH: the configuration's serial, unless it is set. FAT begins in 1980. */
static void set_dates(uint64_t serial)
{
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%llu", (unsigned long long)(serial < FAT_EPOCH ? FAT_EPOCH : serial));
    setenv("SOURCE_DATE_EPOCH", seconds, 0);
}

static bool format(const char *disk, const char *drive, uint64_t size, struct report *report)
{
    char sectors[24];
    snprintf(sectors, sizeof sectors, "%llu", (unsigned long long)((size - 2 * PARTITION_START) / SECTOR));
    char end[32];
    snprintf(end, sizeof end, "1:2048:%llu", (unsigned long long)((size - PARTITION_START) / SECTOR - 1));
    const char *const sgdisk[] = {"sgdisk",       "--clear",   "--new",           end, "--typecode", "1:ef00",
                                  "--change-name", "1:bulkhead", "--disk-guid", DISK_GUID, "--partition-guid",
                                  "1:" PARTITION_GUID, disk, NULL};
    const char *const mformat[] = {"mformat", "-i", drive,  "-F", "-T",          sectors, "-h",       "64", "-s",
                                   "32",      "-H", "2048", "-N", VOLUME_SERIAL, "-v",    "BULKHEAD", "::", NULL};
    const char *const mmd[] = {"mmd", "-i", drive, "::/EFI", "::/EFI/BOOT", "::/" BUNDLE_FOLDER, NULL};
    return program_run(sgdisk, report) && program_run(mformat, report) && program_run(mmd, report);
}

static bool copy_in(const char *drive, const char *from, const char *to, struct report *report)
{
    char target[WORKSHOP_PATH_MAX];
    snprintf(target, sizeof target, "::/%s", to);
    const char *const mcopy[] = {"mcopy", "-i", drive, from, target, NULL};
    return program_run(mcopy, report);
}

/* Bytes that exist only here go through a file: mcopy takes nothing else. */
static bool copy_bytes_in(const struct workshop *workshop, const char *drive, const struct file_bytes *bytes,
                          const char *to, struct report *report)
{
    char path[WORKSHOP_PATH_MAX];
    workshop_path(workshop, "file", path);
    return file_write(path, bytes->data, bytes->size, 0600, FILE_REPLACE, report) && copy_in(drive, path, to, report);
}

static bool fill(const struct bundle *bundle, const struct workshop *workshop, const char *drive, struct report *report)
{
    struct bundle_file files[2];
    size_t count = bundle_signed_files(bundle, files);
    bool good = copy_bytes_in(workshop, drive, &bundle->efi, "EFI/BOOT/BOOTX64.EFI", report);
    for (size_t i = 0; good && i < count; i++) {
        char to[SYSTEM_FILE_MAX + sizeof BUNDLE_FOLDER + 1];
        snprintf(to, sizeof to, BUNDLE_FOLDER "/%s", files[i].name);
        good = copy_bytes_in(workshop, drive, files[i].bytes, to, report);
    }
    for (size_t i = 0; good && i < bundle->image_count; i++) {
        char to[SYSTEM_FILE_MAX + sizeof BUNDLE_FOLDER + 1];
        snprintf(to, sizeof to, BUNDLE_FOLDER "/%s", bundle->images[i].name);
        good = copy_in(drive, bundle->images[i].path, to, report);
    }
    return good;
}

bool bundle_write_esp(const struct bundle *bundle, const char *path, enum file_policy policy, struct report *report)
{
    struct workshop workshop;
    char part[WORKSHOP_PATH_MAX], drive[WORKSHOP_PATH_MAX + 32];
    if (!file_may_write(path, policy, report) || !workshop_open(&workshop, report))
        return false;
    snprintf(part, sizeof part, "%s.part", path);
    snprintf(drive, sizeof drive, "%s@@%llu", part, PARTITION_START);
    unlink(part);
    set_dates(bundle->verified.container.serial);
    uint64_t size = disk_size(bundle);
    bool good = make_empty(part, size, report) && format(part, drive, size, report) &&
                fill(bundle, &workshop, drive, report);
    workshop_close(&workshop);
    if (good && rename(part, path) != 0) {
        report_add(report, &rule_cannot_size, path, "it cannot be put in its place");
        good = false;
    }
    if (!good)
        unlink(part);
    return good;
}
