/* SPDX-License-Identifier: Apache-2.0 */
/* The freestanding string functions behave as the C library's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The functions under test, under names of their own beside the C library's. */
#define memcpy target_memcpy
#define memmove target_memmove
#define memset target_memset
#define memcmp target_memcmp
#define memchr target_memchr
#define strlen target_strlen
#define strnlen target_strnlen
#define strcmp target_strcmp
#define strncmp target_strncmp
#define strchr target_strchr
#define strrchr target_strrchr
#include "core/lib/freestanding/string.h"
#include "core/lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

static void copies_of_every_small_size_are_exact(void **state)
{
    uint8_t from[96];
    for (size_t i = 0; i < sizeof from; i++)
        from[i] = (uint8_t)(i + 1);
    for (size_t size = 0; size < 64; size++) {
        uint8_t to[96] = {0};
        uint8_t expected[96] = {0};
        assert_ptr_equal(target_memcpy(to + 3, from + 5, size), to + 3);
        memcpy(expected + 3, from + 5, size);
        assert_memory_equal(to, expected, sizeof to);
    }
    (void)state;
}

static void overlapping_moves_go_both_ways(void **state)
{
    for (size_t from = 0; from < 20; from++) {
        for (size_t to = 0; to < 20; to++) {
            char ours[] = "abcdefghijklmnopqrstuvwxyz0123456789";
            char theirs[] = "abcdefghijklmnopqrstuvwxyz0123456789";
            assert_ptr_equal(target_memmove(ours + to, ours + from, 15), ours + to);
            memmove(theirs + to, theirs + from, 15);
            assert_string_equal(ours, theirs);
        }
    }
    (void)state;
}

static void set_writes_the_low_byte_only_where_told(void **state)
{
    uint8_t bytes[8] = {0};
    assert_ptr_equal(target_memset(bytes + 2, 0x1ab, 3), bytes + 2);
    assert_memory_equal(bytes, "\0\0\xab\xab\xab\0\0\0", 8);
    (void)state;
}

static void comparing_is_by_unsigned_bytes(void **state)
{
    const char *words[] = {"", "a", "ab", "b", "\x80", "\xff", "abc"};
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < 7; j++) {
            assert_int_equal(sign(target_strcmp(words[i], words[j])), sign(strcmp(words[i], words[j])));
            assert_int_equal(sign(target_strncmp(words[i], words[j], 2)), sign(strncmp(words[i], words[j], 2)));
            assert_int_equal(sign(target_memcmp(words[i], words[j], 1)), sign(memcmp(words[i], words[j], 1)));
        }
    }
    assert_int_equal(target_memcmp("x", "y", 0), 0);
    (void)state;
}

static void searching_finds_the_first_the_last_and_the_end(void **state)
{
    const char *text = "a/b/c";
    assert_ptr_equal(target_strchr(text, '/'), text + 1);
    assert_ptr_equal(target_strrchr(text, '/'), text + 3);
    assert_ptr_equal(target_strchr(text, '\0'), text + 5);
    assert_null(target_strchr(text, 'x'));
    assert_null(target_strrchr(text, 'x'));
    assert_null(target_memchr(text, 'c', 4));
    assert_ptr_equal(target_memchr(text, 'c', 5), text + 4);
    (void)state;
}

static void lengths_stop_at_the_bound(void **state)
{
    assert_int_equal(target_strlen(""), 0);
    assert_int_equal(target_strlen("four"), 4);
    assert_int_equal(target_strnlen("four", 2), 2);
    assert_int_equal(target_strnlen("four", 9), 4);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_of_every_small_size_are_exact),
        cmocka_unit_test(overlapping_moves_go_both_ways),
        cmocka_unit_test(set_writes_the_low_byte_only_where_told),
        cmocka_unit_test(comparing_is_by_unsigned_bytes),
        cmocka_unit_test(searching_finds_the_first_the_last_and_the_end),
        cmocka_unit_test(lengths_stop_at_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
