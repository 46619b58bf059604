/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier's pure parts: answers without memory, what a body would become. */
#include "attest/verifier/answer.h"
#include "attest/verifier/body.h"
#include "tests/unit/findings.h"

#include <stdlib.h>

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

static void without_memory_there_is_a_constant_answer(void **state)
{
    (void)state;
    static const struct rule rule = {"ATT-000", "what", "allowed", "do"};
    struct answer answer = {0};
    json_set_alloc_funcs(no_memory, free);
    answer_refuse(&answer, 404, &rule, "something");
    json_set_alloc_funcs(malloc, free);
    assert_null(answer.text);
    assert_int_equal(answer.status, 500);
    json_t *constant = json_loads(ANSWER_WITHOUT_MEMORY, JSON_REJECT_DUPLICATES, NULL);
    const json_t *error = json_object_get(constant, "error");
    answer_internal(&answer, "no memory");
    assert_string_equal(answer.text, ANSWER_WITHOUT_MEMORY);
    assert_string_equal(json_string_value(json_object_get(error, "code")), "ATT-861");
    json_decref(constant);
    answer_free(&answer);
}

static bool counts(const char *text, size_t expected)
{
    size_t size = strlen(text);
    return body_has_at_most(text, size, expected) && (expected == 0 || !body_has_at_most(text, size, expected - 1));
}

static void separators_count_outside_texts_alone(void **state)
{
    (void)state;
    assert_true(counts("", 0));
    assert_true(counts("{}", 1));
    assert_true(counts("{\"a\": [1, 2], \"b\": {}}", 7));
    assert_true(counts("\"[{,:\"", 0));
    assert_true(counts("\"\\\"[{,:\"", 0));         /* an escaped quote ends nothing */
    assert_true(counts("\"\\\\\",", 1));            /* an escaped backslash, and the end */
    assert_true(counts("\"\\\\\\\"[[\",[", 2));     /* three backslashes and a quote: still inside */
    assert_true(counts("\"never ends [[[[", 0));
    assert_true(counts("[[[[\"never ends [[[[", 4));
    assert_true(body_has_at_most("[\0[", 3, 2) && !body_has_at_most("[\0[", 3, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_there_is_a_constant_answer),
        cmocka_unit_test(separators_count_outside_texts_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
