/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the verifier that need no server: answers without memory, what a body would become, a commit without an answer,
 * how often a host may ask. */
#include "attest/verifier/answer.h"
#include "attest/verifier/body.h"
#include "attest/verifier/challenge.h"
#include "attest/verifier/writer.h"
#include "tests/unit/findings.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

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

static void a_host_that_asks_too_often_is_told_when_to_come_back(void **state)
{
    (void)state;
    static const struct challenge_pace pace = {1000, 3}, none = {0, 1};
    static const char one[] = "00112233445566778899aabbccddeeff", two[] = "10112233445566778899aabbccddeeff";
    struct challenge first = {.id = "first", .expires = 100}, later = {.id = "later", .expires = 100}, found;
    struct challenges *all = challenges_make();
    int64_t wait = 0;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(challenges_put(all, one, &first, &pace, 5000, &wait), CHALLENGE_PUT);
    assert_int_equal(challenges_put(all, one, &later, &pace, 5000, &wait), CHALLENGE_TOO_SOON);
    assert_int_equal(wait, 1000);
    assert_int_equal(challenges_put(all, one, &later, &pace, 5999, &wait), CHALLENGE_TOO_SOON);
    assert_int_equal(wait, 1);
    assert_false(challenges_take(all, one, "later", 0, &found)); /* the refused one is not open, the one before still is */
    assert_true(challenges_take(all, one, "first", 0, &found));
    assert_int_equal(challenges_put(all, two, &first, &pace, 5000, &wait), CHALLENGE_PUT); /* others are not held up */
    assert_int_equal(challenges_put(all, one, &later, &pace, 6000, &wait), CHALLENGE_PUT);
    assert_int_equal(challenges_put(all, one, &later, &pace, 6000, &wait), CHALLENGE_TOO_SOON);
    for (unsigned i = 0; i < 3; i++) /* a long silence saves up no more than the burst */
        assert_int_equal(challenges_put(all, one, &later, &pace, 900000, &wait), CHALLENGE_PUT);
    assert_int_equal(challenges_put(all, one, &later, &pace, 900000, &wait), CHALLENGE_TOO_SOON);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(challenges_put(all, one, &later, &none, 900000, &wait), CHALLENGE_PUT);
    challenges_free(all);
}

/* A database whose commits fail; as `answered` says with an answer, or with none. */
static bool answered;

static bool fake_begin(struct db *db)
{
    (void)db;
    usleep(200000); /* meanwhile the others' jobs arrive, and become one batch */
    return true;
}

static bool fake_script(struct db *db, const char *sql)
{
    bool commit = strcmp(sql, "COMMIT") == 0;
    db->commit_unknown = db->commit_unknown || (commit && !answered);
    return !commit;
}

static const struct db_driver fake_driver = {.name = "fake", .begin = fake_begin, .script = fake_script};

static bool count_job(struct db *db, void *context)
{
    (void)db;
    atomic_fetch_add((atomic_uint *)context, 1);
    return true;
}

struct client {
    pthread_t thread;
    struct writer *writer;
    atomic_uint runs;
    bool good;
};

static void *run_client(void *context)
{
    struct client *client = context;
    client->good = writer_run(client->writer, count_job, &client->runs);
    return NULL;
}

#define CLIENTS 8

/* How often the jobs ran in all, where every commit fails. */
static unsigned run_jobs(bool with_answer)
{
    static struct client clients[CLIENTS];
    struct db db = {.driver = &fake_driver};
    struct writer *writer = writer_start(&db, NULL, NULL);
    unsigned runs = 0;
    answered = with_answer;
    for (unsigned i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.writer = writer};
        assert_int_equal(pthread_create(&clients[i].thread, NULL, run_client, &clients[i]), 0);
    }
    for (unsigned i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        assert_false(clients[i].good);
        runs += atomic_load(&clients[i].runs);
    }
    writer_stop(writer);
    return runs;
}

static void a_batch_whose_commit_got_no_answer_is_not_run_again(void **state)
{
    (void)state;
    assert_true(run_jobs(true) > CLIENTS); /* refused: each is tried alone */
    assert_int_equal(run_jobs(false), CLIENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_memory_there_is_a_constant_answer),
        cmocka_unit_test(separators_count_outside_texts_alone),
        cmocka_unit_test(a_host_that_asks_too_often_is_told_when_to_come_back),
        cmocka_unit_test(a_batch_whose_commit_got_no_answer_is_not_run_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
