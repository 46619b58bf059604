/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files with a limit, writes them atomically. */
#include "tools/common/file.h"

#include "core/lib/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_SIZE ((size_t)1 << 20)

static const struct rule rule_cannot_read = {
    "TOOL-701", "a file cannot be read", "an existing file that this user may read",
    "check the name and the permissions"};
static const struct rule rule_too_large = {
    "TOOL-702", "a file is larger than its kind can be", "a file within the limit",
    "check that this is the right file"};
static const struct rule rule_exists = {
    "TOOL-703", "the output file exists already", "a new file name",
    "choose another name; where the command has --force, that replaces the file"};
static const struct rule rule_cannot_write = {
    "TOOL-704", "a file cannot be written", "a folder this user may write, on a file system with room",
    "check the folder, its permissions and the free space"};

void file_bytes_free(struct file_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct file_bytes){0};
}

/* Opens for reading; folders and devices are refused, since reading them fails late or never ends. */
static int open_to_read(const char *path, struct report *report)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd >= 0 && fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode)))
        return fd;
    if (fd >= 0)
        close(fd);
    report_add(report, &rule_cannot_read, path, "%s", fd >= 0 ? "not a regular file" : strerror(errno));
    return -1;
}

static ssize_t read_some(int fd, void *to, size_t size)
{
    ssize_t got;
    do
        got = read(fd, to, size);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Reads until the end or one byte past the limit. The buffer always has room for a NUL behind the data. */
static bool read_up_to(int fd, size_t limit, struct file_bytes *bytes)
{
    size_t room = 0;
    for (;;) {
        if (room - bytes->size < 2) {
            room = room == 0 ? 64 << 10 : room * 2;
            uint8_t *larger = realloc(bytes->data, room);
            if (larger == NULL)
                return false;
            bytes->data = larger;
        }
        ssize_t got = read_some(fd, bytes->data + bytes->size, room - bytes->size - 1);
        if (got < 0)
            return false;
        bytes->size += (size_t)got;
        bytes->data[bytes->size] = 0;
        if (got == 0 || bytes->size > limit)
            return true;
    }
}

bool file_read(const char *path, size_t limit, struct file_bytes *bytes, struct report *report)
{
    *bytes = (struct file_bytes){0};
    int fd = open_to_read(path, report);
    if (fd < 0)
        return false;
    bool good = read_up_to(fd, limit, bytes);
    if (!good)
        report_add(report, &rule_cannot_read, path, "%s", strerror(errno));
    close(fd);
    if (good && bytes->size > limit) {
        report_add(report, &rule_too_large, path, "more than %zu bytes", limit);
        good = false;
    }
    if (!good)
        file_bytes_free(bytes);
    return good;
}

bool file_digest(const char *path, uint8_t sha384[48], uint64_t *size, struct report *report)
{
    int fd = open_to_read(path, report);
    if (fd < 0)
        return false;
    uint8_t *chunk = malloc(CHUNK_SIZE);
    struct crypto_sha384_state hash;
    crypto_sha384_start(&hash);
    *size = 0;
    ssize_t got = -1;
    while (chunk != NULL && *size <= FILE_IMAGE_MAX && (got = read_some(fd, chunk, CHUNK_SIZE)) > 0) {
        crypto_sha384_update(&hash, chunk, (size_t)got);
        *size += (uint64_t)got;
    }
    int why = errno;
    free(chunk);
    close(fd);
    crypto_sha384_finish(&hash, sha384);
    if (got < 0)
        report_add(report, &rule_cannot_read, path, "%s", strerror(why));
    else if (*size > FILE_IMAGE_MAX)
        report_add(report, &rule_too_large, path, "more than %llu bytes", (unsigned long long)FILE_IMAGE_MAX);
    return got >= 0 && *size <= FILE_IMAGE_MAX;
}

bool file_may_write(const char *path, enum file_policy policy, struct report *report)
{
    struct stat status;
    if (policy == FILE_REPLACE || lstat(path, &status) != 0)
        return true;
    report_add(report, &rule_exists, path, "a file of %lld bytes", (long long)status.st_size);
    return false;
}

static bool write_all(int fd, const void *data, size_t size)
{
    const uint8_t *at = data;
    while (size > 0) {
        ssize_t put = write(fd, at, size);
        if (put < 0 && errno != EINTR)
            return false;
        if (put > 0) {
            at += put;
            size -= (size_t)put;
        }
    }
    return true;
}

/* Gives the finished temporary file its name: link() fails when the name is taken, rename() replaces it. */
static bool put_in_place(const char *temporary, const char *path, enum file_policy policy)
{
    return policy == FILE_REPLACE ? rename(temporary, path) == 0 : link(temporary, path) == 0;
}

/* A name lasts once its folder is on the disk. Folders that may be written but not read, and file systems that cannot do it for
 * folders, are let pass: there is no way to do better there. */
static bool sync_folder(const char *path)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    memcpy(folder, length > 0 ? path : ".", length > 0 ? length : 1);
    folder[length > 0 ? length : 1] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES;
    bool good = fsync(fd) == 0 || errno == EINVAL;
    int why = errno;
    close(fd);
    errno = why;
    return good;
}

bool file_write(const char *path, const void *data, size_t size, mode_t mode, enum file_policy policy,
                struct report *report)
{
    if (!file_may_write(path, policy, report))
        return false;
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary) {
        report_add(report, &rule_cannot_write, path, "%s", strerror(ENAMETOOLONG));
        return false;
    }
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        report_add(report, &rule_cannot_write, path, "%s", strerror(errno));
        return false;
    }
    bool good = write_all(fd, data, size) && fchmod(fd, mode) == 0 && fsync(fd) == 0;
    good = good && put_in_place(temporary, path, policy) && sync_folder(path);
    int why = errno;
    close(fd);
    unlink(temporary); /* a second name by now, or the leftover of a failure; gone already after rename() */
    if (!good && why == EEXIST)
        (void)file_may_write(path, policy, report);
    else if (!good)
        report_add(report, &rule_cannot_write, path, "%s", strerror(why));
    return good;
}
