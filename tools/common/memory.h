/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for the command line, which has nothing better to do than to stop when there is none. */
#ifndef TOOLS_COMMON_MEMORY_H
#define TOOLS_COMMON_MEMORY_H

#include <stddef.h>

/* realloc() that never returns NULL: says so on stderr and exits with EXIT_CODE_FINDINGS instead. */
void *memory_grow(void *old, size_t size);

#endif
