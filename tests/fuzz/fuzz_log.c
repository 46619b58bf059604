/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any bytes as the event log that firmware keeps (the first two say where its last event begins), and its
 * rest as the events that were added later. */
#include "core/boot/firmware_log.h"
#include "core/lib/bytes.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct firmware_log_banks banks;
    uint32_t from, to;
    if (size < 3)
        return 0;
    const uint8_t *log = data + 2;
    uint32_t room = (uint32_t)size - 2;
    uint32_t used = firmware_log_size(log, room, load_le16(data), &banks);
    if (used > room)
        abort();
    if (used > 0 && firmware_log_rest(log + used, room - used, &banks, data[2] & 3, data[2] >> 2, &from, &to) &&
        (from > to || to > room - used))
        abort();
    return 0;
}
