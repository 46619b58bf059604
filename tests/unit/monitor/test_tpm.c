/* SPDX-License-Identifier: Apache-2.0 */
/* TPM commands: the bytes that are sent, after TPM 2.0 Library 1.59 part 3, and what a TPM's answers may and may not do. */
#include "core/x86/tpm.h"
#include "core/x86/tpm_nv.h"
#include "tests/unit/monitor/machine.h"
#include "tests/unit/monitor/tpm.h"

#define COUNTER 0x01800b01u

static uint8_t pages[TPM_MODEL_LOCALITIES][4096];
static struct tpm tpm;

/* What was asked, one command after the other, and what is answered to each. */
static struct {
    uint8_t bytes[TPM_MODEL_BUFFER];
    uint32_t size;
} asked[16];
static struct {
    const void *bytes;
    uint32_t size;
} answers[16];
static uint32_t asked_count, answer_count;

static uint32_t scripted(uint32_t locality, const uint8_t *command, uint32_t size, uint8_t *response)
{
    assert_true(asked_count < 16);
    memcpy(asked[asked_count].bytes, command, size);
    asked[asked_count].size = size;
    uint32_t n = asked_count++;
    if (n < answer_count)
        return tpm_model_say(response, answers[n].bytes, answers[n].size);
    return tpm_model_success(locality, command, size, response);
}

#define ANSWER(...) \
    do { \
        static const uint8_t bytes_[] = {__VA_ARGS__}; \
        answers[answer_count].bytes = bytes_; \
        answers[answer_count++].size = sizeof bytes_; \
    } while (0)
#define PLAIN 0x80, 0x01, 0, 0, 0, 0, 0, 0, 0, 0       /* success without sessions */
#define AUTHORIZED 0x80, 0x02, 0, 0, 0, 0, 0, 0, 0, 0  /* success with sessions */
#define ERROR(high, low) 0x80, 0x01, 0, 0, 0, 0, 0, 0, high, low
#define PASSWORD 0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0

#define ASKED(n, ...) \
    do { \
        static const uint8_t bytes_[] = {__VA_ARGS__}; \
        assert_true(asked_count > (n)); \
        assert_int_equal(asked[n].size, sizeof bytes_); \
        assert_memory_equal(asked[n].bytes, bytes_, sizeof bytes_); \
    } while (0)

static struct tpm *start(uint32_t locality)
{
    asked_count = answer_count = 0;
    for (uint32_t l = 0; l < TPM_MODEL_LOCALITIES; l++)
        tpm_model.pages[l] = pages[l];
    tpm_model.answer = scripted;
    tpm = (struct tpm){{pages[locality], 1000000, 10000}, .bank_count = 2, .banks = {TPM_ALG_SHA256, TPM_ALG_SHA384}};
    assert_int_equal(tpm_tis_request(&tpm.tis, false), TPM_DONE);
    return &tpm;
}

static void a_started_tpm_is_started(void **state)
{
    (void)state;
    struct tpm *t = start(0);
    ANSWER(PLAIN);
    ANSWER(ERROR(0x01, 0x00));
    ANSWER(ERROR(0x01, 0x01)); /* TPM_RC_FAILURE */
    assert_int_equal(tpm_startup(t), TPM_DONE);
    ASKED(0, 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x44, 0, 0);
    assert_int_equal(tpm_startup(t), TPM_DONE);
    assert_int_equal(tpm_startup(t), TPM_REFUSED);
    assert_int_equal(t->code, 0x101);
}

static void a_tpm_that_asks_to_be_asked_again_is_after_a_pause(void **state)
{
    (void)state;
    static const uint16_t codes[] = {0x908, 0x90a, 0x922}; /* TPM_RC_YIELDED, TESTING, RETRY */
    for (uint32_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct tpm *t = start(0);
        const uint8_t again[] = {ERROR((uint8_t)(codes[i] >> 8), (uint8_t)codes[i])};
        for (; answer_count < 3; answer_count++) {
            answers[answer_count].bytes = again;
            answers[answer_count].size = sizeof again;
        }
        uint64_t before = machine.tsc;
        assert_int_equal(tpm_startup(t), TPM_DONE);
        assert_in_range((machine.tsc - before) / 1000, 20 + 40 + 80, 20 + 40 + 80 + 40);
        assert_int_equal(asked_count, 4);
        for (uint32_t n = 0; n < asked_count; n++)
            ASKED(n, 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x44, 0, 0);
    }
}

static void a_tpm_that_never_stops_asking_is_left(void **state)
{
    (void)state;
    static const uint8_t again[] = {ERROR(0x09, 0x22)};
    struct tpm *t = start(0);
    for (; answer_count < 16; answer_count++) {
        answers[answer_count].bytes = again;
        answers[answer_count].size = sizeof again;
    }
    uint64_t before = machine.tsc;
    assert_int_equal(tpm_startup(t), TPM_REFUSED);
    assert_int_equal(t->code, 0x922);
    assert_in_range((machine.tsc - before) / 1000, 5000, 10200); /* tis.command_ms is 10,000 */
}

static void an_answer_that_asks_again_and_says_more_is_an_error(void **state)
{
    (void)state;
    struct tpm *t = start(0);
    ANSWER(ERROR(0x09, 0x22), 1);
    assert_int_equal(tpm_startup(t), TPM_REFUSED);
    assert_int_equal(asked_count, 1);
}

static void the_banks_that_are_on_are_listed(void **state)
{
    (void)state;
    struct tpm *t = start(0);
    ANSWER(PLAIN, 0, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0x04, 3, 0, 0, 0, 0, 0x0b, 3, 0xff, 0xff, 0xff, 0, 0x0c, 3, 0xff, 0xff, 0xff);
    assert_int_equal(tpm_find_banks(t), TPM_DONE);
    ASKED(0, 0x80, 0x01, 0, 0, 0, 22, 0, 0, 0x01, 0x7a, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1);
    assert_int_equal(t->bank_count, 2);
    assert_int_equal(t->banks[0], TPM_ALG_SHA256);
    assert_int_equal(t->banks[1], TPM_ALG_SHA384);
}

static void banks_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct tpm *t = start(0);
    ANSWER(PLAIN, 0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0, 0x0b, 3, 0, 0, 0); /* four thousand million banks */
    ANSWER(PLAIN, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0x0b, 200, 1, 1, 1);           /* registers without end */
    ANSWER(PLAIN, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0xab, 0xcd, 3, 1, 1, 1);          /* nobody knows its size */
    ANSWER(PLAIN, 0, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0x0b, 3, 1, 1, 1);             /* about something else */
    ANSWER(PLAIN, 0, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0x0b, 1, 1, 0, 0x0b, 1, 1, 0, 0x0b, 1, 1, 0, 0x0b, 1, 1, 0, 0x0b, 1, 1,
           0, 0x0b, 1, 1); /* one more than there is room for */
    ANSWER(PLAIN);
    ANSWER(AUTHORIZED, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 0);
    for (uint32_t i = 0; i < answer_count; i++)
        assert_int_equal(tpm_find_banks(t), TPM_GARBLED);
}

static void an_event_is_hashed_by_the_tpm(void **state)
{
    (void)state;
    struct measure_digests digests;
    uint8_t expected[48];
    struct tpm *t = start(2);
    tpm_model.answer = tpm_model_measures;
    assert_int_equal(tpm_pcr_event(t, 22, (const uint8_t *)"abcd", 4, &digests), TPM_DONE);
    static const uint8_t command[] = {0x80, 0x02, 0, 0, 0, 33, 0, 0, 0x01, 0x3c, 0, 0, 0, 22, PASSWORD,
                                      0, 4, 'a', 'b', 'c', 'd'};
    assert_int_equal(digests.count, 2);
    assert_int_equal(digests.banks[0].algorithm, TPM_ALG_SHA256);
    assert_int_equal(digests.banks[1].algorithm, TPM_ALG_SHA384);
    memset(expected, 'd', sizeof expected);
    assert_memory_equal(digests.banks[0].bytes, expected, 32);
    assert_memory_equal(digests.banks[1].bytes, expected, 48);
    tpm_model.answer = scripted;
    ANSWER(ERROR(0x09, 0x07)); /* TPM_RC_LOCALITY */
    assert_int_equal(tpm_pcr_event(t, 22, (const uint8_t *)"abcd", 4, &digests), TPM_REFUSED);
    assert_int_equal(t->code, 0x907);
    assert_int_equal(asked[0].size, sizeof command);
    assert_memory_equal(asked[0].bytes, command, sizeof command);
}

static void the_longest_event_fits_and_a_longer_one_is_not_sent(void **state)
{
    (void)state;
    static uint8_t data[2000];
    struct measure_digests digests;
    struct tpm *t = start(0);
    tpm_model.answer = tpm_model_measures;
    assert_int_equal(tpm_pcr_event(t, 12, data, 1024, &digests), TPM_DONE);
    assert_int_equal(tpm_model.commands, 1);
    assert_int_equal(tpm_pcr_event(t, 12, data, sizeof data, &digests), TPM_GARBLED);
    assert_int_equal(tpm_pcr_event(t, 12, data, UINT32_MAX, &digests), TPM_GARBLED);
    assert_int_equal(tpm_model.commands, 1);
}

#define SHA1 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7

static void digests_of_banks_that_are_off_are_passed_over(void **state)
{
    (void)state;
    struct measure_digests digests;
    struct tpm *t = start(0);
    t->bank_count = 1;
    t->banks[0] = TPM_ALG_SM3_256;
    ANSWER(AUTHORIZED, 0, 0, 0, 60, 0, 0, 0, 2, 0, 0x04, SHA1, 0, 0x12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
           17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 0, 0, 0, 0, 0);
    assert_int_equal(tpm_pcr_event(t, 8, (const uint8_t *)"a", 1, &digests), TPM_DONE);
    assert_int_equal(digests.count, 1);
    assert_int_equal(digests.banks[0].algorithm, TPM_ALG_SM3_256);
    assert_int_equal(digests.banks[0].bytes[31], 32);
}

static void digests_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct measure_digests digests;
    struct tpm *t = start(0);
    t->bank_count = 1;
    ANSWER(AUTHORIZED, 0, 0, 0, 4, 0, 0, 0, 0);                    /* none */
    ANSWER(AUTHORIZED, 0, 0, 0, 26, 0, 0, 0, 1, 0, 0x04, SHA1);    /* none of a bank that is on */
    ANSWER(AUTHORIZED, 0, 0, 0, 8, 0, 0, 0, 1, 0x12, 0x34, 1, 1);  /* of unknown size */
    ANSWER(AUTHORIZED, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0x0b, 1, 1);     /* cut off */
    ANSWER(AUTHORIZED, 0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0, 0x04, SHA1, 0, 0x04, SHA1);
    ANSWER(AUTHORIZED);
    for (uint32_t i = 0; i < answer_count; i++)
        assert_int_equal(tpm_pcr_event(t, 8, (const uint8_t *)"a", 1, &digests), TPM_GARBLED);
}

static void a_register_is_reset(void **state)
{
    (void)state;
    struct tpm *t = start(2);
    assert_int_equal(tpm_pcr_reset(t, 21), TPM_DONE);
    ASKED(0, 0x80, 0x02, 0, 0, 0, 27, 0, 0, 0x01, 0x3d, 0, 0, 0, 21, PASSWORD);
}

static void random_bytes_are_all_there_or_it_fails(void **state)
{
    (void)state;
    uint8_t bytes[4] = {0};
    struct tpm *t = start(0);
    ANSWER(PLAIN, 0, 4, 1, 2, 3, 4);
    ANSWER(PLAIN, 0, 3, 1, 2, 3);
    ANSWER(PLAIN, 0, 5, 1, 2, 3, 4, 5);
    ANSWER(PLAIN, 0, 4, 1, 2);
    assert_int_equal(tpm_random(t, bytes, 4), TPM_DONE);
    ASKED(0, 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 4);
    assert_int_equal(bytes[3], 4);
    for (uint32_t i = 1; i < 4; i++)
        assert_int_equal(tpm_random(t, bytes, 4), TPM_GARBLED);
}

static void the_platform_hierarchy_is_closed_or_was(void **state)
{
    (void)state;
    struct tpm *t = start(2);
    ANSWER(AUTHORIZED, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    ANSWER(ERROR(0x01, 0x85));
    ANSWER(ERROR(0x09, 0xa2));
    ANSWER(ERROR(0x09, 0x8e));
    ANSWER(ERROR(0x09, 0x07));
    assert_int_equal(tpm_close_platform(t), TPM_DONE);
    ASKED(0, 0x80, 0x02, 0, 0, 0, 32, 0, 0, 0x01, 0x21, 0x40, 0, 0, 0x0c, PASSWORD, 0x40, 0, 0, 0x0c, 0);
    for (uint32_t i = 1; i < 4; i++)
        assert_int_equal(tpm_close_platform(t), TPM_DONE);
    assert_int_equal(tpm_close_platform(t), TPM_REFUSED);
}

/* Non-volatile indexes */

static void an_index_is_described(void **state)
{
    (void)state;
    struct tpm_nv_public public;
    struct tpm *t = start(0);
    ANSWER(PLAIN, 0, 17, 0x01, 0x80, 0x0b, 0x01, 0, 0x0b, 0x20, 0x04, 0x00, 0x16, 0, 3, 7, 8, 9, 0, 8, 0, 1, 0);
    ANSWER(ERROR(0x01, 0x8b));
    ANSWER(PLAIN, 0, 17, 0x01, 0x80, 0x0b, 0x02, 0, 0x0b, 0, 0, 0, 0, 0, 0, 0, 8);    /* another index */
    ANSWER(PLAIN, 0, 17, 0x01, 0x80, 0x0b, 0x01, 0, 0x0b, 0, 0, 0, 0, 0, 65, 0, 8);   /* a policy without end */
    ANSWER(PLAIN, 0, 17, 0x01, 0x80, 0x0b, 0x01, 0, 0x0b, 0, 0, 0, 0, 0, 3, 7);       /* cut off */
    assert_int_equal(tpm_nv_read_public(t, COUNTER, &public), TPM_DONE);
    ASKED(0, 0x80, 0x01, 0, 0, 0, 14, 0, 0, 0x01, 0x69, 0x01, 0x80, 0x0b, 0x01);
    assert_int_equal(public.attributes, 0x20040016);
    assert_int_equal(public.name_algorithm, TPM_ALG_SHA256);
    assert_int_equal(public.size, 8);
    assert_int_equal(public.policy_size, 3);
    assert_int_equal(public.policy[2], 9);
    assert_int_equal(tpm_nv_read_public(t, COUNTER, &public), TPM_REFUSED);
    assert_int_equal(t->code, TPM_RC_HANDLE_1);
    for (uint32_t i = 2; i < answer_count; i++)
        assert_int_equal(tpm_nv_read_public(t, COUNTER, &public), TPM_GARBLED);
}

static void an_index_is_read_with_its_empty_password(void **state)
{
    (void)state;
    uint8_t bytes[8];
    struct tpm *t = start(0);
    ANSWER(AUTHORIZED, 0, 0, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0);
    ANSWER(AUTHORIZED, 0, 0, 0, 10, 0, 7, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0);
    ANSWER(AUTHORIZED, 0, 0, 0, 10, 0, 8, 1);
    assert_int_equal(tpm_nv_read(t, COUNTER, TPM_NV_EMPTY, 0, bytes, 8), TPM_DONE);
    ASKED(0, 0x80, 0x02, 0, 0, 0, 35, 0, 0, 0x01, 0x4e, 0x01, 0x80, 0x0b, 0x01, 0x01, 0x80, 0x0b, 0x01, PASSWORD, 0, 8, 0, 0);
    assert_int_equal(bytes[7], 8);
    for (uint32_t i = 1; i < answer_count; i++)
        assert_int_equal(tpm_nv_read(t, COUNTER, TPM_NV_EMPTY, 0, bytes, 8), TPM_GARBLED);
}

#define SESSION_ANSWER ANSWER(PLAIN, 3, 0, 0, 1, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

static void a_counter_is_raised_from_locality_2_by_its_policy(void **state)
{
    (void)state;
    struct tpm *t = start(2);
    SESSION_ANSWER;
    assert_int_equal(tpm_nv_increment(t, COUNTER, TPM_NV_LOCALITY_2), TPM_DONE);
    assert_int_equal(asked_count, 3);
    ASKED(0, 0x80, 0x01, 0, 0, 0, 43, 0, 0, 0x01, 0x76, 0x40, 0, 0, 7, 0x40, 0, 0, 7, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x10, 0, 0x0b);
    ASKED(1, 0x80, 0x01, 0, 0, 0, 15, 0, 0, 0x01, 0x6f, 3, 0, 0, 1, 4);
    ASKED(2, 0x80, 0x02, 0, 0, 0, 31, 0, 0, 0x01, 0x34, 0x01, 0x80, 0x0b, 0x01, 0x01, 0x80, 0x0b, 0x01, 0, 0, 0, 9, 3, 0, 0, 1,
          0, 0, 0, 0, 0);
}

static void a_session_does_not_outlive_a_failure(void **state)
{
    (void)state;
    struct tpm *t = start(2);
    SESSION_ANSWER;
    ANSWER(PLAIN);
    ANSWER(ERROR(0x09, 0x9d)); /* TPM_RC_POLICY_FAIL */
    assert_int_equal(tpm_nv_increment(t, COUNTER, TPM_NV_LOCALITY_2), TPM_REFUSED);
    assert_int_equal(t->code, 0x99d);
    ASKED(3, 0x80, 0x01, 0, 0, 0, 14, 0, 0, 0x01, 0x65, 3, 0, 0, 1);
    t = start(2);
    SESSION_ANSWER;
    ANSWER(ERROR(0x09, 0x07));
    assert_int_equal(tpm_nv_increment(t, COUNTER, TPM_NV_LOCALITY_2), TPM_REFUSED);
    assert_int_equal(t->code, 0x907);
    assert_int_equal(asked_count, 3);
    ASKED(2, 0x80, 0x01, 0, 0, 0, 14, 0, 0, 0x01, 0x65, 3, 0, 0, 1);
}

static void an_index_is_written_and_locked(void **state)
{
    (void)state;
    static const uint8_t big[TPM_NV_MAX + 200];
    struct tpm *t = start(0);
    assert_int_equal(tpm_nv_write(t, COUNTER, TPM_NV_EMPTY, 4, (const uint8_t *)"xy", 2), TPM_DONE);
    ASKED(0, 0x80, 0x02, 0, 0, 0, 37, 0, 0, 0x01, 0x37, 0x01, 0x80, 0x0b, 0x01, 0x01, 0x80, 0x0b, 0x01, PASSWORD, 0, 2, 'x',
          'y', 0, 4);
    assert_int_equal(tpm_nv_lock_writing(t, COUNTER, TPM_NV_EMPTY), TPM_DONE);
    ASKED(1, 0x80, 0x02, 0, 0, 0, 31, 0, 0, 0x01, 0x38, 0x01, 0x80, 0x0b, 0x01, 0x01, 0x80, 0x0b, 0x01, PASSWORD);
    assert_int_equal(tpm_nv_write(t, COUNTER, TPM_NV_EMPTY, 0, big, TPM_NV_MAX), TPM_DONE);
    assert_int_equal(tpm_nv_write(t, COUNTER, TPM_NV_EMPTY, 0, big, sizeof big), TPM_GARBLED);
}

/* Answers of random bytes behind a right length, to every command there is. */
static uint32_t random_answer(uint32_t locality, const uint8_t *command, uint32_t size, uint8_t *response)
{
    uint8_t bytes[300];
    (void)locality, (void)size;
    uint32_t length = 10 + (uint32_t)rand() % 290;
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)(rand() % 4 == 0 ? rand() : 0);
    if (rand() % 4 != 0) { /* mostly a success, so that parameters are looked at */
        memset(bytes, 0, 10);
        memcpy(bytes, command, 2);
    }
    return tpm_model_say(response, bytes, length);
}

static void no_answer_leads_astray(void **state)
{
    (void)state;
    uint8_t bytes[TPM_RANDOM_MAX];
    struct measure_digests digests;
    struct tpm_nv_public public;
    struct tpm *t = start(2);
    tpm_model.answer = random_answer;
    tpm_model.burst = 0xffff;
    srand(1);
    for (uint32_t i = 0; i < 3000; i++) {
        if (tpm_find_banks(t) == TPM_DONE)
            assert_in_range(t->bank_count, 0, MEASURE_MAX_BANKS);
        if (tpm_pcr_event(t, 8, bytes, 1, &digests) == TPM_DONE)
            assert_in_range(digests.count, 1, MEASURE_MAX_BANKS);
        (void)tpm_random(t, bytes, sizeof bytes);
        if (tpm_nv_read_public(t, COUNTER, &public) == TPM_DONE)
            assert_in_range(public.policy_size, 0, TPM_NV_POLICY_MAX);
        (void)tpm_nv_read(t, COUNTER, TPM_NV_LOCALITY_2, 0, bytes, 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_started_tpm_is_started),
        machine_test(a_tpm_that_asks_to_be_asked_again_is_after_a_pause),
        machine_test(a_tpm_that_never_stops_asking_is_left),
        machine_test(an_answer_that_asks_again_and_says_more_is_an_error),
        machine_test(the_banks_that_are_on_are_listed),
        machine_test(banks_that_make_no_sense_are_refused),
        machine_test(an_event_is_hashed_by_the_tpm),
        machine_test(the_longest_event_fits_and_a_longer_one_is_not_sent),
        machine_test(digests_of_banks_that_are_off_are_passed_over),
        machine_test(digests_that_make_no_sense_are_refused),
        machine_test(a_register_is_reset),
        machine_test(random_bytes_are_all_there_or_it_fails),
        machine_test(the_platform_hierarchy_is_closed_or_was),
        machine_test(an_index_is_described),
        machine_test(an_index_is_read_with_its_empty_password),
        machine_test(a_counter_is_raised_from_locality_2_by_its_policy),
        machine_test(a_session_does_not_outlive_a_failure),
        machine_test(an_index_is_written_and_locked),
        machine_test(no_answer_leads_astray),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
