/* SPDX-License-Identifier: Apache-2.0 */
/* Device tree source → blob, by dtc. */
#ifndef TOOLS_COMMON_DTS_H
#define TOOLS_COMMON_DTS_H

#include "tools/common/file.h"

#define DTS_BLOB_MAX ((size_t)512 << 10) /* leaves room in the container for what completing adds */

/* Compiles `path` to a version 17 blob of at most DTS_BLOB_MAX bytes. False with a TOOL-71x finding that quotes
 * dtc's own message (file, line, column). */
bool dts_compile(const char *path, struct file_bytes *dtb, struct report *report);

#endif
