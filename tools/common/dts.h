/* SPDX-License-Identifier: Apache-2.0 */
/* Device tree source → blob, by dtc. */
#ifndef TOOLS_COMMON_DTS_H
#define TOOLS_COMMON_DTS_H

#include "tools/common/file.h"

/* Compiles `path` to a version 17 blob of at most CONTAINER_MAX_SIZE bytes. False with a TOOL-71x finding that quotes dtc's
 * own message (file, line, column). */
bool dts_compile(const char *path, struct file_bytes *dtb, struct report *report);

#endif
