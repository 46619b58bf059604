/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded reader: right values inside its span, zeroes and a mark outside, no byte read beyond. */
#include "core/lib/cursor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t bytes[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x10, 0x32, 0x54};

static void numbers_are_little_endian(void **state)
{
    (void)state;
    struct cursor cursor = cursor_over(bytes, sizeof bytes);
    assert_int_equal(cursor_u8(&cursor), 0x01);
    assert_int_equal(cursor_u16(&cursor), 0x4523);
    assert_int_equal(cursor_u32(&cursor), 0xcdab8967);
    assert_int_equal(cursor_left(&cursor), 4);
    cursor_seek(&cursor, 0);
    assert_true(cursor_u64(&cursor) == 0xefcdab8967452301ull);
    cursor_skip(&cursor, 3);
    assert_int_equal(cursor_left(&cursor), 0);
    assert_false(cursor.overrun);
}

/* Each span is a block of its own, so that the sanitizer sees the first byte too many. */
static void every_read_stops_at_the_end(void **state)
{
    (void)state;
    for (uint64_t size = 0; size < 8; size++) {
        uint8_t *block = malloc(size == 0 ? 1 : size);
        assert_non_null(block);
        memset(block, 0xff, size);
        struct cursor cursor = cursor_over(block, size);
        assert_true(cursor_u64(&cursor) == 0);
        assert_true(cursor.overrun);
        free(block);
    }
}

static void an_overrun_stays(void **state)
{
    (void)state;
    struct cursor cursor = cursor_over(bytes, sizeof bytes);
    assert_null(cursor_take(&cursor, sizeof bytes + 1));
    assert_true(cursor.overrun);
    cursor_seek(&cursor, 0);
    assert_int_equal(cursor_left(&cursor), 0);
    assert_int_equal(cursor_u8(&cursor), 0);
    assert_null(cursor_take(&cursor, 0));
}

static void seeking_past_the_end_is_an_overrun(void **state)
{
    (void)state;
    struct cursor cursor = cursor_over(bytes, sizeof bytes);
    cursor_seek(&cursor, sizeof bytes);
    assert_false(cursor.overrun);
    cursor_seek(&cursor, UINT64_MAX);
    assert_true(cursor.overrun);
}

static void huge_counts_do_not_wrap(void **state)
{
    (void)state;
    struct cursor cursor = cursor_over(bytes, sizeof bytes);
    cursor_skip(&cursor, 4);
    assert_null(cursor_take(&cursor, UINT64_MAX));
    assert_true(cursor.overrun);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(every_read_stops_at_the_end),
        cmocka_unit_test(an_overrun_stays),
        cmocka_unit_test(seeking_past_the_end_is_an_overrun),
        cmocka_unit_test(huge_counts_do_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
