/* SPDX-License-Identifier: Apache-2.0 */
/* Bulkhead's own events, decoded: the counterpart of core/measure/event.c. */
#include "attest/lib/eventlog.h"

#include <string.h>

/* A field's bytes as text; false: too long, empty, or with a character that no measured text has. */
static bool take_text(const uint8_t *bytes, uint16_t length, char *text, uint32_t most, bool may_be_empty)
{
    if (length > most || (length == 0 && !may_be_empty))
        return false;
    for (uint16_t i = 0; i < length; i++)
        if (bytes[i] < 0x20 || bytes[i] > 0x7e)
            return false;
    memcpy(text, bytes, length);
    text[length] = '\0';
    return true;
}

static bool take_field(uint8_t field, const uint8_t *bytes, uint16_t length, struct eventlog_tagged *event)
{
    switch (field) {
    case MEASURE_FIELD_PARTITION:
        event->has_partition = true;
        return take_text(bytes, length, event->partition, EVENTLOG_NAME_MAX, false);
    case MEASURE_FIELD_ITEM:
        return take_text(bytes, length, event->item, EVENTLOG_NAME_MAX, false);
    case MEASURE_FIELD_TEXT:
        event->has_text = true;
        return take_text(bytes, length, event->text, MEASURE_TEXT_MAX, true);
    case MEASURE_FIELD_NUMBER:
        event->has_number = true;
        event->number = length == 8 ? load_le64(bytes) : 0;
        return length == 8;
    case MEASURE_FIELD_DIGEST:
        event->digest = bytes;
        return length == MEASURE_DIGEST_SIZE;
    default:
        return false;
    }
}

bool eventlog_decode(const uint8_t *data, uint32_t size, struct eventlog_tagged *event)
{
    struct cursor cursor = cursor_over(data, size);
    uint32_t kind = cursor_u32(&cursor) - MEASURE_TAG;
    uint8_t last = 0;
    memset(event, 0, sizeof *event);
    if (size > MEASURE_DATA_MAX || kind < MEASURE_CONFIGURATION || kind > MEASURE_RUNTIME)
        return false;
    event->kind = (enum measure_kind)kind;
    if (cursor_u32(&cursor) != cursor_left(&cursor))
        return false;
    while (cursor_left(&cursor) > 0) {
        uint8_t field = cursor_u8(&cursor), zero = cursor_u8(&cursor);
        uint16_t length = cursor_u16(&cursor);
        const uint8_t *bytes = cursor_take(&cursor, length);
        if (bytes == NULL || zero != 0 || field <= last || !take_field(field, bytes, length, event))
            return false;
        last = field;
    }
    return !cursor.overrun && event->item[0] != '\0';
}
