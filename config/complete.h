/* SPDX-License-Identifier: Apache-2.0 */
/* Completing a configuration before it is signed: sizes, digests and root hashes of the files it names. Hosted: it
 * writes the blob with libfdt; the boot stage never does. */
#ifndef CONFIG_COMPLETE_H
#define CONFIG_COMPLETE_H

#include "config/system.h"
#include "core/lib/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the files are reached; names are as the configuration writes them. Each returns false with a finding of its own
 * when the file cannot be read. */
struct file_source {
    /* Size in bytes and SHA-384 of an image. */
    bool (*facts)(void *context, const char *file, uint64_t *size, uint8_t sha384[SHA384_SIZE], struct report *report);
    /* All of a short text file, terminated. A longer one than `size` - 1 bytes is an error. */
    bool (*text)(void *context, const char *file, char *text, size_t size, struct report *report);
    void *context;
};

/* Decodes the unsigned blob at 8-aligned `dtb` (findings CFG-1xx) and, when it has no findings, completes it in place:
 * - size and sha384 are set in every kernel and initrd; a value that is already there must be the file's (CFG-180);
 * - root-hash-file is read, " bulkhead.verity=<root hash>" appended to the command line, and the property removed.
 * `capacity` is the room at `dtb`, at least the blob's size plus 512 bytes an image. True when the blob is complete:
 * packed, its size in its header. After false the blob must not be used. */
bool system_complete(void *dtb, size_t capacity, const struct file_source *files, struct report *report);

#endif
