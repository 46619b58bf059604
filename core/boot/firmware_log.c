/* SPDX-License-Identifier: Apache-2.0 */
/* Walking the firmware's event log (TCG PC Client Platform Firmware Profile 1.06, 10.2). */
#include "core/boot/firmware_log.h"

#include "core/lib/cursor.h"
#include "core/measure/event.h"

#define SHA1_DIGEST 20u
#define SPEC_ID_SIGNATURE "Spec ID Event03" /* 16 bytes with the NUL */

/* The first event has the old form; its data list the algorithms. */
static bool read_banks(struct cursor *log, struct firmware_log_banks *banks)
{
    cursor_skip(log, 4);
    uint32_t type = cursor_u32(log);
    cursor_skip(log, SHA1_DIGEST);
    uint32_t size = cursor_u32(log);
    const uint8_t *data = cursor_take(log, size);
    if (data == NULL || type != EV_NO_ACTION)
        return false;
    struct cursor spec = cursor_over(data, size);
    const uint8_t *signature = cursor_take(&spec, sizeof SPEC_ID_SIGNATURE);
    cursor_skip(&spec, 8); /* platform class, versions, size of UINTN */
    banks->count = cursor_u32(&spec);
    if (signature == NULL || memcmp(signature, SPEC_ID_SIGNATURE, sizeof SPEC_ID_SIGNATURE) != 0 || banks->count == 0 ||
        banks->count > MEASURE_MAX_BANKS)
        return false;
    for (uint32_t i = 0; i < banks->count; i++) {
        banks->algorithms[i] = cursor_u16(&spec);
        banks->sizes[i] = cursor_u16(&spec);
    }
    return !spec.overrun;
}

static bool skip_digest(struct cursor *log, const struct firmware_log_banks *banks)
{
    uint16_t algorithm = cursor_u16(log);
    for (uint32_t i = 0; i < banks->count; i++)
        if (banks->algorithms[i] == algorithm) {
            cursor_skip(log, banks->sizes[i]);
            return true;
        }
    return false;
}

/* One TCG_PCR_EVENT2. */
static bool skip_event(struct cursor *log, const struct firmware_log_banks *banks)
{
    cursor_skip(log, 8);
    uint32_t digests = cursor_u32(log);
    if (digests > MEASURE_MAX_BANKS)
        return false;
    for (uint32_t i = 0; i < digests; i++)
        if (!skip_digest(log, banks))
            return false;
    cursor_skip(log, cursor_u32(log));
    return !log->overrun;
}

uint32_t firmware_log_size(const uint8_t *bytes, uint32_t room, uint32_t last, struct firmware_log_banks *banks)
{
    struct cursor log = cursor_over(bytes, room);
    if (!read_banks(&log, banks))
        return 0;
    if (last == 0)
        return (uint32_t)log.at;
    bool good = true;
    while (good && log.at < last)
        good = skip_event(&log, banks);
    good = good && log.at == last && skip_event(&log, banks);
    return good ? (uint32_t)log.at : 0;
}

bool firmware_log_rest(const uint8_t *bytes, uint32_t room, const struct firmware_log_banks *banks, uint64_t skip,
                       uint64_t count, uint32_t *from, uint32_t *to)
{
    struct cursor log = cursor_over(bytes, room);
    if (skip > count)
        return false;
    *from = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!skip_event(&log, banks))
            return false;
        if (i + 1 == skip)
            *from = (uint32_t)log.at;
    }
    *to = (uint32_t)log.at;
    return true;
}
