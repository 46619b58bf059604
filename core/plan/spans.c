/* SPDX-License-Identifier: Apache-2.0 */
/* A set of host memory as sorted, disjoint spans. */
#include "core/plan/spans.h"

static uint64_t range_end(struct hpa_range range)
{
    return range.base.v + range.size;
}

void spans_set(struct spans *spans, const struct hpa_range *ranges, uint32_t count)
{
    spans->count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (ranges[i].size > 0)
            spans->spans[spans->count++] = ranges[i];
}

static void remove_at(struct spans *spans, uint32_t index)
{
    spans->count--;
    for (uint32_t i = index; i < spans->count; i++)
        spans->spans[i] = spans->spans[i + 1];
}

static void insert_at(struct spans *spans, uint32_t index, struct hpa_range range)
{
    for (uint32_t i = spans->count; i > index; i--)
        spans->spans[i] = spans->spans[i - 1];
    spans->spans[index] = range;
    spans->count++;
}

void spans_remove(struct spans *spans, struct hpa_range range)
{
    for (uint32_t i = 0; i < spans->count;) {
        struct hpa_range span = spans->spans[i];
        if (range.size == 0 || !spans_overlap(span.base.v, span.size, range.base.v, range.size)) {
            i++;
            continue;
        }
        remove_at(spans, i);
        if (span.base.v < range.base.v)
            insert_at(spans, i++, (struct hpa_range){span.base, range.base.v - span.base.v});
        if (range_end(span) > range_end(range))
            insert_at(spans, i++, (struct hpa_range){{range_end(range)}, range_end(span) - range_end(range)});
    }
}

bool spans_contain(const struct spans *spans, struct hpa_range range)
{
    for (uint32_t i = 0; i < spans->count; i++) {
        struct hpa_range span = spans->spans[i];
        if (range.base.v >= span.base.v && range.base.v < range_end(span))
            return range.size <= range_end(span) - range.base.v;
    }
    return false;
}

bool spans_find_lowest(const struct spans *spans, uint64_t size, uint64_t align, struct hpa *base)
{
    for (uint32_t i = 0; i < spans->count; i++) {
        uint64_t at = align_up(spans->spans[i].base.v, align);
        if (at < range_end(spans->spans[i]) && range_end(spans->spans[i]) - at >= size) {
            *base = (struct hpa){at};
            return true;
        }
    }
    return false;
}

bool spans_find_highest(const struct spans *spans, uint64_t size, uint64_t align, struct hpa *base)
{
    for (uint32_t i = spans->count; i > 0; i--) {
        struct hpa_range span = spans->spans[i - 1];
        if (span.size < size)
            continue;
        uint64_t at = align_down(range_end(span) - size, align);
        if (at >= span.base.v) {
            *base = (struct hpa){at};
            return true;
        }
    }
    return false;
}

/* The part of a span between multiples of `align`; size 0 when it holds none. */
static struct hpa_range aligned_part(struct hpa_range span, uint64_t align)
{
    uint64_t first = align_up(span.base.v, align);
    uint64_t end = align_down(range_end(span), align);
    return (struct hpa_range){{first}, first < end ? end - first : 0};
}

struct hpa_range spans_largest(const struct spans *spans, uint64_t align)
{
    struct hpa_range largest = {{0}, 0};
    for (uint32_t i = 0; i < spans->count; i++) {
        struct hpa_range part = aligned_part(spans->spans[i], align);
        if (part.size > largest.size)
            largest = part;
    }
    return largest;
}

uint64_t spans_total(const struct spans *spans, uint64_t align)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < spans->count; i++)
        total += aligned_part(spans->spans[i], align).size;
    return total;
}
