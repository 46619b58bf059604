/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any bytes given to the configuration's decoder, in both forms. */
#include "config/decode.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decode(const uint8_t *copy, size_t size, bool signed_form)
{
    static struct system system;
    struct report report;
    report_init(&report);
    system_decode(copy, (uint32_t)size, signed_form, &system, &report);
    if (report_ok(&report) && (system.partition_count < 1 || system.partition_count > SYSTEM_MAX_PARTITIONS))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1); /* 8-aligned, as the decoder demands, and not a byte longer */
    if (copy == NULL)
        return 0;
    memcpy(copy, data, size);
    decode(copy, size, true);
    decode(copy, size, false);
    free(copy);
    return 0;
}
