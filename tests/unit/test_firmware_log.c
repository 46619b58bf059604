/* SPDX-License-Identifier: Apache-2.0 */
/* Taking over the firmware's event log: its end is found, missing events are told from known ones, damage leads nowhere. */
#include "core/boot/firmware_log.h"
#include "core/lib/bytes.h"
#include "core/measure/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 4096u
#define BANKS_AT 56u /* number of algorithms in the first event: behind 32 bytes of head and 24 of data */

struct sample {
    uint8_t bytes[ROOM];
    struct measure_log log;
    uint32_t starts[4]; /* of the events behind the first */
    struct firmware_log_banks banks;
};

static struct sample sample;

static uint32_t size_of(uint32_t last)
{
    return firmware_log_size(sample.bytes, ROOM, last, &sample.banks);
}

static void append(uint32_t n, uint32_t data_size)
{
    static const uint8_t data[256];
    struct measure_digests digests = {2, {{.algorithm = TPM_ALG_SHA256}, {.algorithm = TPM_ALG_SHA384}}};
    sample.starts[n] = sample.log.used;
    assert_true(measure_log_append(&sample.log, n, EV_SEPARATOR, &digests, data, data_size));
}

static int set_up(void **state)
{
    static const uint16_t algorithms[] = {TPM_ALG_SHA256, TPM_ALG_SHA384};
    (void)state;
    memset(&sample, 0xcc, sizeof sample);
    sample.log = (struct measure_log){sample.bytes, ROOM, 0};
    assert_true(measure_log_begin(&sample.log, algorithms, 2));
    append(0, 4);
    append(1, 0);
    append(2, 200);
    append(3, 33);
    return 0;
}

static void the_end_of_a_log_is_behind_its_last_event(void **state)
{
    (void)state;
    assert_int_equal(size_of(sample.starts[3]), sample.log.used);
    assert_int_equal(size_of(sample.starts[1]), sample.starts[2]);
    assert_int_equal(size_of(0), sample.starts[0]);
    assert_int_equal(sample.banks.count, 2);
    assert_int_equal(sample.banks.algorithms[1], TPM_ALG_SHA384);
    assert_int_equal(sample.banks.sizes[1], 48);
}

static void a_last_event_that_none_leads_to_is_refused(void **state)
{
    (void)state;
    assert_int_equal(size_of(sample.starts[1] + 1), 0);
    assert_int_equal(size_of(1), 0);
    assert_int_equal(size_of(UINT32_MAX), 0);
    assert_int_equal(firmware_log_size(sample.bytes, sample.log.used - 1, sample.starts[3], &sample.banks), 0);
}

static void what_does_not_begin_as_a_log_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t at;
        uint8_t value;
    } changes[] = {{4, 4}, {31, 0xff}, {32, 's'}, {BANKS_AT, 0}, {BANKS_AT, 6}};
    for (uint32_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        set_up(state);
        sample.bytes[changes[i].at] = changes[i].value;
        assert_int_equal(size_of(sample.starts[3]), 0);
    }
}

static void a_digest_of_an_unknown_size_is_refused(void **state)
{
    (void)state;
    store_le16(sample.bytes + sample.starts[2] + 12, TPM_ALG_SM3_256);
    assert_int_equal(size_of(sample.starts[3]), 0);
}

static void events_that_are_known_are_skipped(void **state)
{
    (void)state;
    uint32_t from, to, first = sample.starts[0];
    const uint8_t *row = sample.bytes + first;
    assert_true(size_of(0) > 0); /* fills the banks */
    assert_true(firmware_log_rest(row, ROOM - first, &sample.banks, 1, 4, &from, &to));
    assert_int_equal(from, sample.starts[1] - first);
    assert_int_equal(to, sample.log.used - first);
    assert_true(firmware_log_rest(row, ROOM - first, &sample.banks, 0, 4, &from, &to));
    assert_int_equal(from, 0);
    assert_true(firmware_log_rest(row, ROOM - first, &sample.banks, 4, 4, &from, &to));
    assert_int_equal(from, to);
    assert_true(firmware_log_rest(row, ROOM - first, &sample.banks, 0, 0, &from, &to));
    assert_int_equal(to, 0);
    assert_false(firmware_log_rest(row, ROOM - first, &sample.banks, 5, 4, &from, &to));
    assert_false(firmware_log_rest(row, sample.log.used - first - 1, &sample.banks, 0, 4, &from, &to));
    assert_false(firmware_log_rest(row, ROOM - first, &sample.banks, 0, UINT64_MAX, &from, &to));
}

static void no_damage_leads_beyond_the_end(void **state)
{
    (void)state;
    srand(2);
    for (uint32_t i = 0; i < 20000; i++) {
        set_up(state);
        uint32_t room = (uint32_t)rand() % ROOM, last = sample.starts[rand() % 4];
        uint8_t *exact = malloc(room + 1); /* of this size, so that a sanitizer sees the end */
        assert_non_null(exact);
        memcpy(exact, sample.bytes, room);
        for (uint32_t n = 0; room > 0 && n < 3; n++)
            exact[(uint32_t)rand() % room] = (uint8_t)rand();
        exact = realloc(exact, room > 0 ? room : 1);
        assert_non_null(exact);
        uint32_t from, to, size = firmware_log_size(exact, room, last, &sample.banks);
        assert_true(size <= room);
        if (size > 0 && firmware_log_rest(exact, room, &sample.banks, 1, 3, &from, &to))
            assert_true(from <= to && to <= room);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_end_of_a_log_is_behind_its_last_event, set_up),
        cmocka_unit_test_setup(a_last_event_that_none_leads_to_is_refused, set_up),
        cmocka_unit_test_setup(what_does_not_begin_as_a_log_is_refused, set_up),
        cmocka_unit_test_setup(a_digest_of_an_unknown_size_is_refused, set_up),
        cmocka_unit_test_setup(events_that_are_known_are_skipped, set_up),
        cmocka_unit_test_setup(no_damage_leads_beyond_the_end, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
