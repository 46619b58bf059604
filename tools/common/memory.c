/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for the command line. */
#include "tools/common/memory.h"

#include "tools/common/command.h"

#include <stdio.h>
#include <stdlib.h>

void *memory_grow(void *old, size_t size)
{
    void *larger = realloc(old, size);
    if (larger == NULL) {
        fprintf(stderr, "bulkhead: out of memory (%zu bytes wanted)\n", size);
        exit(EXIT_CODE_FINDINGS);
    }
    return larger;
}
