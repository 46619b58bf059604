/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar arithmetic against the C library's. */
#include "core/lib/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static void assert_agrees(uint64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;
    assert_non_null(gmtime_r(&t, &tm));
    struct calendar c = calendar_from_seconds(seconds);
    assert_int_equal(c.year, tm.tm_year + 1900);
    assert_int_equal(c.month, tm.tm_mon + 1);
    assert_int_equal(c.day, tm.tm_mday);
    assert_int_equal(c.hour, tm.tm_hour);
    assert_int_equal(c.minute, tm.tm_min);
    assert_int_equal(c.second, tm.tm_sec);
    assert_int_equal(calendar_to_seconds(&c), seconds);
}

static void every_day_of_four_centuries_agrees_with_the_c_library(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < 146097 + 366; day++)
        assert_agrees(day * 86400 + (day * 7919) % 86400);
}

static void the_edges_of_a_leap_day_agree_with_the_c_library(void **state)
{
    (void)state;
    const uint64_t leap_day_2024 = 1709164800;
    assert_agrees(leap_day_2024 - 1);
    assert_agrees(leap_day_2024);
    assert_agrees(leap_day_2024 + 86399);
    assert_agrees(leap_day_2024 + 86400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_four_centuries_agrees_with_the_c_library),
        cmocka_unit_test(the_edges_of_a_leap_day_agree_with_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
