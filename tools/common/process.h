/* SPDX-License-Identifier: Apache-2.0 */
/* Running other programs, without a shell. */
#ifndef TOOLS_COMMON_PROCESS_H
#define TOOLS_COMMON_PROCESS_H

#include "tools/common/file.h"

/* Runs argv[0] (found on PATH) with an empty standard input and collects its standard output, at most `limit` bytes,
 * and the first part of its standard error, as text. Returns its exit status, 128 + n when signal n ended it, or one
 * of the two below. The caller frees *output, whatever is returned. */
#define PROCESS_TOO_MUCH 126    /* it wrote more than the limit */
#define PROCESS_NOT_STARTED 127 /* it could not be started; as a shell says */
#define PROCESS_ERROR_TEXT 1024
int process_capture(const char *const argv[], size_t limit, struct file_bytes *output,
                    char error_text[PROCESS_ERROR_TEXT]);

/* Runs argv[0] with this program's own input and output; returns as process_capture. */
int process_run(const char *const argv[]);

#endif
