/* SPDX-License-Identifier: Apache-2.0 */
/* One measured event → the bytes that are logged and hashed. */
#include "core/measure/event.h"

#include "core/lib/bytes.h"

#include <string.h>

#define TAG_HEADER 8u
#define FIELD_HEADER 4u

static uint32_t put_field(uint8_t *at, enum measure_field field, const void *bytes, uint32_t length)
{
    at[0] = (uint8_t)field;
    at[1] = 0;
    store_le16(at + 2, (uint16_t)length);
    memcpy(at + FIELD_HEADER, bytes, length);
    return FIELD_HEADER + length;
}

static uint32_t put_text(uint8_t *at, enum measure_field field, const char *text, uint32_t most)
{
    uint32_t length = 0;
    if (text == NULL)
        return 0;
    while (length < most && text[length] != '\0')
        length++;
    return put_field(at, field, text, length);
}

#define NAME_MAX 64u
_Static_assert(TAG_HEADER + 2 * (FIELD_HEADER + NAME_MAX) + FIELD_HEADER + MEASURE_TEXT_MAX + FIELD_HEADER + 8 +
                       FIELD_HEADER + MEASURE_DIGEST_SIZE <= MEASURE_DATA_MAX,
               "the longest event fits");

uint32_t measure_encode(const struct measure_event *event, uint8_t data[MEASURE_DATA_MAX])
{
    uint32_t used = TAG_HEADER;
    used += put_text(data + used, MEASURE_FIELD_PARTITION, event->partition, NAME_MAX);
    used += put_text(data + used, MEASURE_FIELD_ITEM, event->item, NAME_MAX);
    used += put_text(data + used, MEASURE_FIELD_TEXT, event->text, MEASURE_TEXT_MAX);
    if (event->has_number) {
        uint8_t number[8];
        store_le64(number, event->number);
        used += put_field(data + used, MEASURE_FIELD_NUMBER, number, sizeof number);
    }
    if (event->digest != NULL)
        used += put_field(data + used, MEASURE_FIELD_DIGEST, event->digest, MEASURE_DIGEST_SIZE);
    store_le32(data, MEASURE_TAG + (uint32_t)event->kind);
    store_le32(data + 4, used - TAG_HEADER);
    return used;
}
