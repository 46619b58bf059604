/* SPDX-License-Identifier: Apache-2.0 */
/* Text formatting and reports: what printf would print, never past the buffer, never more findings than there is
 * room. */
#include "core/lib/format.h"
#include "core/lib/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The same format and values through fmt_print and the C library. */
#define assert_as_printf(...)                                      \
    do {                                                           \
        char ours[128], theirs[128];                               \
        size_t length = fmt_print(ours, sizeof ours, __VA_ARGS__); \
        snprintf(theirs, sizeof theirs, __VA_ARGS__);              \
        assert_string_equal(ours, theirs);                         \
        assert_int_equal(length, strlen(theirs));                  \
    } while (0)

static void prints_as_printf_does(void **state)
{
    (void)state;
    assert_as_printf("%s and %s, 100%%", "text", "");
    assert_as_printf("%d %d %d", 0, -1, INT32_MIN);
    assert_as_printf("%u %x %lu %llx", 4294967295u, 0xbeefu, UINT64_MAX, 0xfeedfacecafebeefull);
    assert_as_printf("%ld %lld %zu", -5000000000l, (long long)INT64_MIN, (size_t)7);
    assert_as_printf("[%5u] [%-5u] [%05u] [%02x] [%16llx]", 42u, 42u, 42u, 0xau, 1ull);
    assert_as_printf("[%8s] [%-8s] [%.3s] [%8.2s]", "name", "name", "name", "name");
    assert_as_printf("%c%c", 'o', 'k');
}

static void stops_at_the_end_of_the_buffer(void **state)
{
    (void)state;
    for (size_t size = 1; size < 12; size++) {
        char buffer[16];
        memset(buffer, '#', sizeof buffer);
        assert_int_equal(fmt_print(buffer, size, "%s%u", "01234", 56789u), size - 1 < 10 ? size - 1 : 10);
        assert_memory_equal(buffer, "0123456789", size - 1 < 10 ? size - 1 : 10);
        assert_int_equal(buffer[size - 1 < 10 ? size - 1 : 10], '\0');
        assert_int_equal(buffer[size < 11 ? size : 11], '#');
    }
    char untouched = '#';
    assert_int_equal(fmt_print(&untouched, 0, "text"), 0);
    assert_int_equal(untouched, '#');
}

static void a_format_that_breaks_off_is_harmless(void **state)
{
    (void)state;
    static const char *const formats[] = {"%", "%0", "%-5", "%.", "%l", "100%"};
    char buffer[16];
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        fmt_print(buffer, sizeof buffer, formats[i]);
        assert_true(strlen(buffer) < sizeof buffer);
    }
}

static const struct rule sample_rule = {"TEST-001", "something is wrong", "something right", "do something"};

static void long_texts_of_a_finding_are_cut(void **state)
{
    (void)state;
    static struct report report;
    char text[400];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    report_init(&report);
    report_add(&report, &sample_rule, text, "%s", text);
    assert_int_equal(report.count, 1);
    assert_int_equal(strlen(report.findings[0].where), REPORT_WHERE_MAX - 1);
    assert_int_equal(strlen(report.findings[0].found), REPORT_FOUND_MAX - 1);
}

static void findings_beyond_the_limit_are_counted(void **state)
{
    (void)state;
    static struct report report;
    report_init(&report);
    assert_true(report_ok(&report));
    for (uint32_t i = 0; i < REPORT_MAX_FINDINGS + 5; i++)
        report_add(&report, &sample_rule, "here", "%u", i);
    assert_false(report_ok(&report));
    assert_int_equal(report.count, REPORT_MAX_FINDINGS);
    assert_int_equal(report.dropped, 5);
    assert_string_equal(report.findings[REPORT_MAX_FINDINGS - 1].found, "63");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_as_printf_does),
        cmocka_unit_test(stops_at_the_end_of_the_buffer),
        cmocka_unit_test(a_format_that_breaks_off_is_harmless),
        cmocka_unit_test(long_texts_of_a_finding_are_cut),
        cmocka_unit_test(findings_beyond_the_limit_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
