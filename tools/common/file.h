/* SPDX-License-Identifier: Apache-2.0 */
/* Files as the command line treats them: read with a limit, written atomically, never overwritten unasked. What goes
 * wrong becomes a TOOL-7xx finding. */
#ifndef TOOLS_COMMON_FILE_H
#define TOOLS_COMMON_FILE_H

#include "core/lib/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FILE_IMAGE_MAX (4ull << 30) /* larger kernels and initrds are taken for a mistake */

/* Bytes on the heap; 8-aligned, followed by a NUL that `size` does not count. file_bytes_free() releases them. */
struct file_bytes {
    uint8_t *data;
    size_t size;
};

void file_bytes_free(struct file_bytes *bytes);

/* Reads all of `path`, a regular file or a pipe of at most `limit` bytes. False with a finding otherwise. */
bool file_read(const char *path, size_t limit, struct file_bytes *bytes, struct report *report);

/* SHA-384 and size of a regular file, read piece by piece. */
bool file_digest(const char *path, uint8_t sha384[48], uint64_t *size, struct report *report);

/* FILE_NEW refuses when `path` exists; FILE_REPLACE replaces it. Either way the file appears whole or not at all,
 * and is on the disk, name and all, when this returns. */
enum file_policy { FILE_NEW, FILE_REPLACE };
bool file_write(const char *path, const void *data, size_t size, mode_t mode, enum file_policy policy,
                struct report *report);

/* True when `path` does not exist or the policy is FILE_REPLACE; else adds the finding file_write would add. For
 * commands that work long before they write. */
bool file_may_write(const char *path, enum file_policy policy, struct report *report);

#endif
