/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM's register interface: taking and losing localities, commands in pieces, and an end to every wait for a TPM that is
 * broken or wants us to wait for ever. */
#include "core/x86/tpm_tis.h"
#include "tests/unit/monitor/machine.h"
#include "tests/unit/monitor/tpm.h"

#define TSC_HZ 1000000ull /* a reading of the counter is a millisecond */

static uint8_t pages[TPM_MODEL_LOCALITIES][4096];
static const uint8_t command[200] = {0x80, 0x01, 0, 0, 0, 200, 0, 0, 1, 0x7b, [199] = 0xee};
static uint8_t response[128];
static uint32_t used;

static struct tpm_tis at_locality(uint32_t locality)
{
    for (uint32_t l = 0; l < TPM_MODEL_LOCALITIES; l++)
        tpm_model.pages[l] = pages[l];
    return (struct tpm_tis){pages[locality], TSC_HZ, 10000};
}

static enum tpm_result transmit(const struct tpm_tis *tis)
{
    used = 0;
    return tpm_tis_transmit(tis, command, sizeof command, response, sizeof response, &used);
}

static uint64_t elapsed_ms(uint64_t start)
{
    return (machine.tsc - start) / 1000;
}

static void a_free_tpm_is_taken_and_let_go(void **state)
{
    (void)state;
    struct tpm_tis tis = at_locality(0);
    assert_true(tpm_tis_present(&tis));
    assert_int_equal(tpm_tis_request(&tis, false), TPM_DONE);
    assert_int_equal(tpm_model.active, 0);
    assert_int_equal(tpm_tis_request(&tis, false), TPM_DONE); /* it is ours already */
    tpm_tis_release(&tis);
    assert_int_equal(tpm_model.active, TPM_MODEL_NOBODY);
}

static void no_tpm_is_told_from_a_tpm(void **state)
{
    (void)state;
    struct tpm_tis tis = at_locality(0);
    tpm_model.absent = true;
    assert_false(tpm_tis_present(&tis));
    assert_int_equal(tpm_tis_request(&tis, true), TPM_ABSENT);
    tpm_model.absent = false;
    tpm_model.interface_id = 0xf; /* TIS 1.3: another FIFO, and fine */
    assert_true(tpm_tis_present(&tis));
    tpm_model.interface_id = 0x1; /* a command buffer in the FIFO's place */
    assert_false(tpm_tis_present(&tis));
}

static void a_locked_interface_stays_a_fifo(void **state)
{
    (void)state;
    struct tpm_tis two = at_locality(2);
    tpm_model.interface_id = 0x6000; /* both, a FIFO now */
    assert_true(tpm_tis_lock(&two));
    mmio_write32(pages[0] + 0x30, 0x20000);
    assert_true(tpm_tis_present(&two));
    assert_true(tpm_tis_lock(&two)); /* firmware may have done it */
}

static void an_interface_that_cannot_be_locked_is_told_from_one_that_need_not_be(void **state)
{
    (void)state;
    struct tpm_tis two = at_locality(2);
    tpm_model.lockless = true;
    tpm_model.interface_id = 0x2000;
    assert_true(tpm_tis_lock(&two));
    tpm_model.interface_id = 0xf;
    assert_true(tpm_tis_lock(&two));
    tpm_model.interface_id = 0x6000;
    assert_false(tpm_tis_lock(&two));
    mmio_write32(pages[0] + 0x30, 0x20000);
    assert_false(tpm_tis_present(&two));
}

static void a_closed_locality_is_absent_and_the_others_are_not(void **state)
{
    (void)state;
    struct tpm_tis zero = at_locality(0), two = at_locality(2);
    tpm_model.closed[2] = true;
    assert_int_equal(tpm_tis_request(&two, true), TPM_ABSENT);
    assert_int_equal(tpm_tis_request(&zero, false), TPM_DONE);
}

static void who_does_not_let_go_is_waited_for_and_then_left_alone(void **state)
{
    (void)state;
    struct tpm_tis zero = at_locality(0), two = at_locality(2);
    assert_int_equal(tpm_tis_request(&zero, false), TPM_DONE);
    tpm_model.keeps = true;
    uint64_t start = machine.tsc;
    assert_int_equal(tpm_tis_request(&two, false), TPM_KEPT);
    assert_in_range(elapsed_ms(start), 750, 760);
    assert_int_equal(tpm_model.active, 0);
    assert_int_equal(tpm_model.waiting, TPM_MODEL_NOBODY); /* the request is taken back */
}

static void a_lower_locality_is_seized_with_its_command(void **state)
{
    (void)state;
    struct tpm_tis zero = at_locality(0), two = at_locality(2);
    assert_int_equal(tpm_tis_request(&zero, false), TPM_DONE);
    tpm_model.keeps = tpm_model.hangs = true;
    assert_int_equal(transmit(&zero), TPM_TOO_SLOW);
    assert_int_equal(tpm_tis_request(&two, true), TPM_DONE);
    assert_int_equal(tpm_model.seizures, 1);
    assert_int_equal(tpm_model.active, 2);
    tpm_model.hangs = false;
    assert_int_equal(transmit(&two), TPM_DONE);
    assert_int_not_equal(transmit(&zero), TPM_DONE);
    assert_int_equal(tpm_tis_request(&zero, true), TPM_KEPT); /* not taken back from below */
    assert_int_equal(tpm_model.active, 2);
}

static void a_tpm_that_grants_nothing_ends_in_a_bounded_time(void **state)
{
    (void)state;
    struct tpm_tis zero = at_locality(0), two = at_locality(2);
    assert_int_equal(tpm_tis_request(&zero, false), TPM_DONE);
    tpm_model.keeps = tpm_model.keeps_all = true;
    uint64_t start = machine.tsc;
    assert_int_equal(tpm_tis_request(&two, true), TPM_KEPT);
    assert_in_range(elapsed_ms(start), 10750, 10770);
}

static void commands_and_responses_go_in_pieces_of_any_size(void **state)
{
    (void)state;
    static const uint32_t bursts[] = {1, 3, 64, 199, 200, 0xffff};
    struct tpm_tis tis = at_locality(2);
    assert_int_equal(tpm_tis_request(&tis, false), TPM_DONE);
    for (uint32_t i = 0; i < sizeof bursts / sizeof bursts[0]; i++) {
        tpm_model.burst = bursts[i];
        assert_int_equal(transmit(&tis), TPM_DONE);
        assert_int_equal(used, 10);
        assert_int_equal(response[5], 10);
        assert_int_equal(tpm_model.commands, i + 1);
    }
    assert_int_equal(tpm_model.aborts, 0);
}

static uint32_t sees_the_command(uint32_t locality, const uint8_t *bytes, uint32_t size, uint8_t *out)
{
    assert_int_equal(locality, 2);
    assert_int_equal(size, sizeof command);
    assert_memory_equal(bytes, command, size);
    return tpm_model_say(out, command, sizeof response);
}

static void the_command_arrives_as_it_is_and_the_response_fills_its_room(void **state)
{
    (void)state;
    struct tpm_tis tis = at_locality(2);
    tpm_model.answer = sees_the_command;
    assert_int_equal(tpm_tis_request(&tis, false), TPM_DONE);
    assert_int_equal(transmit(&tis), TPM_DONE);
    assert_int_equal(used, sizeof response);
    assert_memory_equal(response + 6, command + 6, sizeof response - 6);
}

static void a_tpm_that_becomes_ready_late_is_asked_again(void **state)
{
    (void)state;
    struct tpm_tis tis = at_locality(0);
    assert_int_equal(tpm_tis_request(&tis, false), TPM_DONE);
    tpm_model.stubborn_ready = 1;
    assert_int_equal(transmit(&tis), TPM_DONE);
    tpm_model.never_ready = true;
    assert_int_equal(transmit(&tis), TPM_TOO_SLOW);
    assert_int_equal(tpm_model.commands, 1);
}

static uint32_t longer_than_room(uint32_t locality, const uint8_t *bytes, uint32_t size, uint8_t *out)
{
    static const uint8_t zeros[1000];
    (void)locality, (void)bytes, (void)size;
    return tpm_model_say(out, zeros, sizeof response + 1);
}

static uint32_t states_everything(uint32_t locality, const uint8_t *bytes, uint32_t size, uint8_t *out)
{
    (void)locality, (void)bytes, (void)size;
    memset(out, 0xff, 100);
    return 100;
}

static uint32_t states_less_than_a_header(uint32_t locality, const uint8_t *bytes, uint32_t size, uint8_t *out)
{
    (void)locality, (void)bytes, (void)size;
    tpm_model_say(out, command, 10);
    out[5] = 9;
    return 10;
}

static uint32_t gives_less_than_stated(uint32_t locality, const uint8_t *bytes, uint32_t size, uint8_t *out)
{
    (void)locality, (void)bytes, (void)size;
    return tpm_model_say(out, command, 50) - 20;
}

static uint32_t gives_more_than_stated(uint32_t locality, const uint8_t *bytes, uint32_t size, uint8_t *out)
{
    (void)locality, (void)bytes, (void)size;
    return tpm_model_say(out, command, 50) + 20;
}

static void responses_of_another_length_than_stated_or_than_fits_are_refused(void **state)
{
    (void)state;
    uint32_t (*const answers[])(uint32_t, const uint8_t *, uint32_t, uint8_t *) = {
        longer_than_room, states_everything, states_less_than_a_header, gives_less_than_stated, gives_more_than_stated};
    struct tpm_tis tis = at_locality(0);
    assert_int_equal(tpm_tis_request(&tis, false), TPM_DONE);
    for (uint32_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        tpm_model.answer = answers[i];
        assert_int_equal(transmit(&tis), TPM_GARBLED);
        tpm_model.answer = NULL; /* nothing of it is left for the next command */
        assert_int_equal(transmit(&tis), TPM_DONE);
    }
}

struct fault {
    bool *flag;
    enum tpm_result result;
};

static void every_wait_has_an_end(void **state)
{
    (void)state;
    const struct fault faults[] = {
        {&tpm_model.hangs, TPM_TOO_SLOW},          {&tpm_model.expects_no_more, TPM_GARBLED},
        {&tpm_model.expects_always, TPM_GARBLED},  {&tpm_model.never_ready, TPM_TOO_SLOW},
        {&tpm_model.data_without_end, TPM_GARBLED},
    };
    struct tpm_tis tis = at_locality(0);
    assert_int_equal(tpm_tis_request(&tis, false), TPM_DONE);
    for (uint32_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        uint64_t start = machine.tsc;
        *faults[i].flag = true;
        assert_int_equal(transmit(&tis), faults[i].result);
        assert_in_range(elapsed_ms(start), 1000, 10300);
        *faults[i].flag = false;
        assert_int_equal(transmit(&tis), TPM_DONE);
    }
    tpm_model.burst = 0;
    assert_int_equal(transmit(&tis), TPM_TOO_SLOW);
}

static void a_byte_now_and_then_does_not_stretch_the_time(void **state)
{
    (void)state;
    struct tpm_tis tis = at_locality(0);
    assert_int_equal(tpm_tis_request(&tis, false), TPM_DONE);
    tpm_model.burst = 1;
    machine.tsc_step = TSC_HZ / 10; /* 100 ms for each look at the clock */
    uint64_t start = machine.tsc;
    assert_int_equal(transmit(&tis), TPM_TOO_SLOW);
    assert_in_range(elapsed_ms(start), 10000, 11000);
}

static void room_for_less_than_a_header_is_not_written_to(void **state)
{
    (void)state;
    struct tpm_tis tis = at_locality(0);
    assert_int_equal(tpm_tis_request(&tis, false), TPM_DONE);
    assert_int_not_equal(tpm_tis_transmit(&tis, command, sizeof command, response, 9, &used), TPM_DONE);
    assert_int_equal(tpm_model.commands, 0);
}

static void a_tpm_that_vanishes_is_noticed(void **state)
{
    (void)state;
    struct tpm_tis tis = at_locality(0);
    assert_int_equal(tpm_tis_request(&tis, false), TPM_DONE);
    tpm_model.absent = true; /* all bits of all registers are set now */
    assert_int_not_equal(transmit(&tis), TPM_DONE);
    assert_int_equal(tpm_tis_request(&tis, true), TPM_ABSENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_free_tpm_is_taken_and_let_go),
        machine_test(no_tpm_is_told_from_a_tpm),
        machine_test(a_locked_interface_stays_a_fifo),
        machine_test(an_interface_that_cannot_be_locked_is_told_from_one_that_need_not_be),
        machine_test(a_closed_locality_is_absent_and_the_others_are_not),
        machine_test(who_does_not_let_go_is_waited_for_and_then_left_alone),
        machine_test(a_lower_locality_is_seized_with_its_command),
        machine_test(a_tpm_that_grants_nothing_ends_in_a_bounded_time),
        machine_test(commands_and_responses_go_in_pieces_of_any_size),
        machine_test(the_command_arrives_as_it_is_and_the_response_fills_its_room),
        machine_test(a_tpm_that_becomes_ready_late_is_asked_again),
        machine_test(responses_of_another_length_than_stated_or_than_fits_are_refused),
        machine_test(every_wait_has_an_end),
        machine_test(a_byte_now_and_then_does_not_stretch_the_time),
        machine_test(room_for_less_than_a_header_is_not_written_to),
        machine_test(a_tpm_that_vanishes_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
