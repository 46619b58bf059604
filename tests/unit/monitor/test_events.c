/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring starts and stops: the bytes of each record, who has the TPM meanwhile, and a TPM or a guest that does its worst. */
#include "core/monitor/events.h"

#include "core/lib/bytes.h"
#include "core/measure/event.h"
#include "core/monitor/lifecycle.h"
#include "tests/unit/monitor/machine.h"
#include "tests/unit/monitor/tpm.h"

#define LOG_USED 0x1000u
#define COMMANDS_MAX 64u
#define CC_PCR_EVENT 0x13cu
#define RECORD_FIXED (12 + 34 + 50 + 4) /* of a TPM with SHA-256 and SHA-384 */

/* What the TPM was asked. */
struct asked {
    uint32_t locality, code, handle, secret_size;
};
static struct asked asked[COMMANDS_MAX];
static uint32_t asked_count;
static uint32_t refuse_code, refuse_with, refuse_times; /* this command is answered with this response code, so often */
static bool ran_too_early;

static uint32_t load_be(const uint8_t *at, uint32_t size)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

static uint32_t answers(uint32_t locality, const uint8_t *command, uint32_t size, uint8_t *response)
{
    uint32_t code = load_be(command + 6, 4);
    assert_true(asked_count < COMMANDS_MAX);
    asked[asked_count++] = (struct asked){locality, code, load_be(command + 10, 4),
                                          command[1] == 0x02 ? load_be(command + 25, 2) : 0};
    ran_too_early |= this_core()->mode == CORE_RUNNING;
    if (code == refuse_code && refuse_times > 0) {
        uint8_t refusal[10] = {0x80, 0x01};
        refuse_times--;
        store_le32(refusal + 6, __builtin_bswap32(refuse_with));
        return tpm_model_say(response, refusal, sizeof refusal);
    }
    return tpm_model_measures(locality, command, size, response);
}

static uint8_t *event_log(void)
{
    return (uint8_t *)MONITOR_EVENT_LOG;
}

static void give_tpm(void)
{
    machine_handoff()->tpm = (struct handoff_tpm){
        .present = true, .locality2 = true, .base = {0xfed40000},
        .bank_count = 2, .banks = {TPM_ALG_SHA256, TPM_ALG_SHA384},
        .log = {{0x25000000}, 0x40000}, .log_used = LOG_USED, .secret = {.size = 32}};
    tpm_model.pages[2] = (const volatile void *)MONITOR_TPM;
    tpm_model.answer = answers;
    asked_count = refuse_code = refuse_with = refuse_times = 0;
    ran_too_early = false;
    this_core()->mode = CORE_PARKED;
}

static struct events *events(void)
{
    return &monitor_shared()->events;
}

/* The data of an event of kind 5, as bytes, from its fields. Returns its size. */
static uint32_t expect_data(uint8_t *data, const char *partition, const char *item, const char *text, int number)
{
    uint8_t *at = data + 8;
    const struct {
        uint8_t field;
        const char *text;
    } texts[] = {{1, partition}, {2, item}, {3, text}};
    for (uint32_t i = 0; i < 3; i++) {
        if (texts[i].text == NULL)
            continue;
        at[0] = texts[i].field;
        at[1] = 0;
        store_le16(at + 2, (uint16_t)strlen(texts[i].text));
        memcpy(at + 4, texts[i].text, strlen(texts[i].text));
        at += 4 + strlen(texts[i].text);
    }
    if (number >= 0) {
        static const uint8_t head[] = {4, 0, 8, 0};
        memcpy(at, head, 4);
        store_le64(at + 4, (uint64_t)number);
        at += 12;
    }
    store_le32(data, 0x42484405);
    store_le32(data + 4, (uint32_t)(at - data) - 8);
    return (uint32_t)(at - data);
}

/* One record at the place; returns where the next one is. The model's digests are made of the data's last byte. */
static uint32_t assert_record(uint32_t at, uint32_t pcr, const uint8_t *data, uint32_t size)
{
    const uint8_t *record = event_log() + at;
    uint8_t digest[48];
    memset(digest, data[size - 1], sizeof digest);
    assert_int_equal(load_le32(record), pcr);
    assert_int_equal(load_le32(record + 4), 6); /* EV_EVENT_TAG */
    assert_int_equal(load_le32(record + 8), 2);
    assert_int_equal(load_le16(record + 12), 0x0b);
    assert_memory_equal(record + 14, digest, 32);
    assert_int_equal(load_le16(record + 46), 0x0c);
    assert_memory_equal(record + 48, digest, 48);
    assert_int_equal(load_le32(record + 96), size);
    assert_memory_equal(record + 100, data, size);
    return at + RECORD_FIXED + size;
}

static uint32_t assert_event(uint32_t at, const char *partition, const char *item, const char *text, int number)
{
    uint8_t data[128];
    uint32_t size = expect_data(data, partition, item, text, number);
    at = assert_record(at, 12, data, size);
    return assert_record(at, 22, data, size);
}

static void assert_log_ends(uint32_t at)
{
    assert_int_equal(events()->log.used, at);
    for (uint32_t i = at; i < 0x40000; i++)
        assert_int_equal(event_log()[i], 0);
}

static void each_event_is_recorded_in_both_registers_byte_for_byte(void **state)
{
    (void)state;
    give_tpm();
    events_record("start", NULL, 1);
    events_record("stop", "STOP-603", 1);
    events_record("stays-stopped", NULL, 1);
    uint32_t at = assert_event(LOG_USED, "web", "start", NULL, 1);
    at = assert_event(at, "web", "stop", "STOP-603", 1);
    at = assert_event(at, "web", "stays-stopped", NULL, 1);
    assert_log_ends(at);
    machine_assert_serial("");
}

static void the_tpm_is_used_at_locality_2_and_let_go_each_time(void **state)
{
    (void)state;
    give_tpm();
    events_record("start", NULL, 1);
    assert_int_equal(tpm_model.active, TPM_MODEL_NOBODY);
    events_record("stop", "STOP-602", 1);
    assert_int_equal(tpm_model.active, TPM_MODEL_NOBODY);
    assert_int_equal(tpm_model.seizures, 0);
    for (uint32_t i = 0; i < asked_count; i++)
        assert_int_equal(asked[i].locality, 2);
}

static void assert_asked(uint32_t n, uint32_t handle, uint32_t secret_size)
{
    assert_true(n < asked_count);
    assert_int_equal(asked[n].code, CC_PCR_EVENT);
    assert_int_equal(asked[n].handle, handle);
    assert_int_equal(asked[n].secret_size, secret_size);
}

static void pcr_22_is_extended_with_the_secret_that_the_boot_stage_gave_it(void **state)
{
    (void)state;
    give_tpm();
    events_record("start", NULL, 1);
    machine_handoff()->tpm.secret.size = 0; /* of a TPM whose registers have none */
    events_record("stop", "STOP-602", 1);
    assert_int_equal(asked_count, 4);
    assert_asked(0, 12, 0);
    assert_asked(1, 22, 32);
    assert_asked(2, 12, 0);
    assert_asked(3, 22, 0);
}

static void a_guest_that_keeps_the_tpm_loses_it_for_a_moment(void **state)
{
    (void)state;
    give_tpm();
    tpm_model.active = 0;
    tpm_model.state = TPM_MODEL_EXECUTION;
    tpm_model.keeps = true;
    events_record("start", NULL, 1);
    assert_int_equal(tpm_model.seizures, 1);
    assert_int_equal(tpm_model.aborts, 1);
    assert_int_equal(tpm_model.active, TPM_MODEL_NOBODY);
    assert_in_range(machine.tsc, 750 * 1000, 900 * 1000); /* asked for 750 ms first */
    assert_log_ends(assert_event(LOG_USED, "web", "start", NULL, 1));
    machine_assert_serial("");
}

static void a_guest_that_lets_go_is_not_disturbed(void **state)
{
    (void)state;
    give_tpm();
    tpm_model.active = 0;
    events_record("start", NULL, 1);
    assert_int_equal(tpm_model.seizures, 0);
    assert_in_range(machine.tsc, 0, 100 * 1000);
}

static void a_tpm_that_is_not_to_be_had_costs_a_bounded_time_and_a_line(void **state)
{
    (void)state;
    give_tpm();
    tpm_model.active = 0;
    tpm_model.keeps = tpm_model.keeps_all = true;
    events_record("start", NULL, 1);
    machine_assert_serial("[bulkhead] start of web is not measured: the TPM is not to be had (1 not measured so far)\r\n");
    assert_in_range(machine.tsc, 0, 3000 * 1000);
    assert_int_equal(tpm_model.waiting, TPM_MODEL_NOBODY); /* nobody asks any more */
    assert_int_equal(events()->lock.held, 0);
    assert_log_ends(LOG_USED);
}

static void what_was_lost_is_recorded_first_when_the_tpm_is_back(void **state)
{
    (void)state;
    give_tpm();
    tpm_model.active = 0;
    tpm_model.keeps = tpm_model.keeps_all = true;
    events_record("start", NULL, 1);
    events_record("stop", "STOP-604", 1);
    tpm_model.keeps = tpm_model.keeps_all = false;
    events_record("start", NULL, 2);
    uint32_t at = assert_event(LOG_USED, NULL, "lost", NULL, 2);
    assert_log_ends(assert_event(at, "web", "start", NULL, 2));
    assert_int_equal(events()->lost, 0);
}

static void a_hung_tpm_is_given_up_after_three_times(void **state)
{
    (void)state;
    give_tpm();
    tpm_model.hangs = true;
    for (uint32_t i = 1; i <= EVENTS_SILENCES_MAX; i++) {
        uint64_t before = machine.tsc;
        events_record("start", NULL, i);
        assert_in_range(machine.tsc - before, 0, 2500 * 1000);
    }
    machine_assert_serial_has("start of web is not measured: the TPM takes too long (3 not measured so far)\r\n");
    machine_assert_serial_has("[bulkhead] the TPM is left alone: starts and stops are not measured any more\r\n");
    machine.serial_used = 0;
    uint64_t before = machine.tsc;
    events_record("stop", "STOP-602", 3);
    assert_int_equal(machine.tsc, before);
    machine_assert_serial("");
    assert_log_ends(LOG_USED);
}

static void a_tpm_that_answers_now_and_then_is_not_given_up(void **state)
{
    (void)state;
    give_tpm();
    for (uint32_t i = 1; i <= 3 * EVENTS_SILENCES_MAX; i++) {
        tpm_model.hangs = i % EVENTS_SILENCES_MAX != 0;
        events_record("start", NULL, i);
    }
    assert_int_equal(events()->state, EVENTS_OPEN);
    uint32_t at = assert_event(LOG_USED, NULL, "lost", NULL, 2);
    assert_event(at, "web", "start", NULL, 3);
}

static void broken_tpms_stop_nobody(void **state)
{
    (void)state;
    for (uint32_t way = 0; way < 6; way++) {
        memset(events(), 0, sizeof *events());
        tpm_model_reset();
        give_tpm();
        tpm_model.absent = way == 0;
        tpm_model.never_ready = way == 1;
        tpm_model.burst = way == 2 ? 0 : 64;
        tpm_model.expects_always = way == 3;
        tpm_model.data_without_end = way == 4;
        tpm_model.closed[2] = way == 5;
        monitor_shared()->partitions[0].state = PARTITION_LOADED;
        uint64_t before = machine.tsc;
        lifecycle_start(this_core());
        assert_int_equal(monitor_shared()->partitions[0].state, PARTITION_RUNNING);
        assert_in_range(machine.tsc - before, 0, 10000ull * 1000);
        assert_int_equal(events()->lost, 1);
        assert_log_ends(LOG_USED);
        this_core()->mode = CORE_PARKED;
    }
}

static void a_tpm_that_asks_to_be_asked_again_is(void **state)
{
    (void)state;
    give_tpm();
    refuse_code = CC_PCR_EVENT;
    refuse_with = 0x922; /* TPM_RC_RETRY */
    refuse_times = 3;
    events_record("start", NULL, 1);
    assert_log_ends(assert_event(LOG_USED, "web", "start", NULL, 1));
    refuse_times = COMMANDS_MAX;
    events_record("start", NULL, 2);
    machine_assert_serial("[bulkhead] start of web is not measured: the TPM refuses (1 not measured so far)\r\n");
    assert_in_range(refuse_times, COMMANDS_MAX - 10, COMMANDS_MAX);
}

static void a_full_log_says_so_once_and_ends(void **state)
{
    (void)state;
    give_tpm();
    machine_handoff()->tpm.log_used = 0x40000 - 3000;
    events_record("start", NULL, 1);
    machine_assert_serial("");
    uint32_t at = assert_event(0x40000 - 3000, "web", "start", NULL, 1);
    events_record("stop", "STOP-602", 1);
    machine_assert_serial("[bulkhead] the event log is full: starts and stops are not measured any more\r\n");
    assert_log_ends(assert_event(at, NULL, "log-full", NULL, -1));
    uint32_t commands = asked_count;
    events_record("start", NULL, 2);
    assert_int_equal(asked_count, commands);
    assert_int_equal(tpm_model.active, TPM_MODEL_NOBODY);
    machine_assert_serial("");
}

static void a_log_without_any_room_is_never_written_beyond(void **state)
{
    (void)state;
    for (uint32_t left = 0; left < 3500; left += 50) {
        memset(events(), 0, sizeof *events());
        memset(event_log(), 0, 0x40000);
        give_tpm();
        machine_handoff()->tpm.log_used = 0x40000 - left;
        events_record("start", NULL, 1);
        events_record("stop", "STOP-602", 1);
        assert_true(events()->log.used <= 0x40000);
        assert_int_equal(*(uint64_t *)(MONITOR_EVENT_LOG + 0x40000), 0);
    }
}

static void without_a_tpm_that_is_said_once_and_nothing_is_touched(void **state)
{
    (void)state;
    tpm_model_reset(); /* no page: a touch aborts */
    events_record("start", NULL, 1);
    events_record("stop", "STOP-602", 1);
    machine_assert_serial("[bulkhead] starts and stops are not measured: no TPM is measured into\r\n");
    assert_int_equal(events()->lost, 0);
}

static void what_was_lost_is_said_before_the_log_is_full(void **state)
{
    (void)state;
    give_tpm();
    machine_handoff()->tpm.log_used = 0x40000 - 2500;
    refuse_code = CC_PCR_EVENT;
    refuse_with = 0x101; /* TPM_RC_FAILURE */
    refuse_times = 1;
    events_record("start", NULL, 1);
    assert_int_equal(events()->lost, 1);
    events_record("stop", "STOP-602", 1);
    uint32_t at = assert_event(0x40000 - 2500, NULL, "lost", NULL, 1);
    assert_int_equal(events()->log.used, assert_event(at, NULL, "log-full", NULL, -1));
}

static void with_locality_2_closed_nothing_is_extended(void **state)
{
    (void)state;
    give_tpm();
    machine_handoff()->tpm.locality2 = false;
    events_record("start", NULL, 1);
    events_record("start", NULL, 2);
    machine_assert_serial("[bulkhead] starts and stops are not measured: the TPM's locality 2 is closed\r\n");
    assert_int_equal(asked_count, 0);
    assert_log_ends(LOG_USED);
}

static void a_dead_core_with_the_tpm_costs_others_their_record_alone(void **state)
{
    (void)state;
    give_tpm();
    events()->lock.held = 1;
    events_record("start", NULL, 1);
    machine_assert_serial("[bulkhead] start of web is not measured: another core keeps the TPM (1 not measured so far)\r\n");
    assert_int_equal(asked_count, 0);
    assert_int_equal(events()->lock.held, 1);
}

/* ---- where a partition's life is measured ---- */

static void core_1_parks_when_told(void)
{
    if (__atomic_exchange_n(&monitor_shared()->mailboxes[1].requests, 0u, __ATOMIC_RELAXED) & REQUEST_STOP)
        monitor_shared()->mailboxes[1].parked = true;
}

static void stop_and_reap(enum stop_reason reason)
{
    machine.on_pause = core_1_parks_when_told;
    lifecycle_stop(reason, "for a test");
    lifecycle_reap(this_core());
}

static void a_start_is_measured_before_the_first_guest_instruction(void **state)
{
    (void)state;
    give_tpm();
    lifecycle_start(this_core());
    assert_int_equal(this_core()->mode, CORE_RUNNING);
    assert_false(ran_too_early);
    assert_log_ends(assert_event(LOG_USED, "web", "start", NULL, 1));
}

static void a_restart_is_a_stop_with_its_reason_and_a_start(void **state)
{
    (void)state;
    give_tpm();
    lifecycle_start(this_core());
    uint32_t at = events()->log.used;
    stop_and_reap(STOP_TRIPLE_FAULT);
    at = assert_event(at, "web", "stop", "STOP-604", 1);
    assert_log_ends(assert_event(at, "web", "start", NULL, 2));
    assert_false(ran_too_early);
}

static void a_partition_that_stays_stopped_is_measured_so(void **state)
{
    (void)state;
    give_tpm();
    lifecycle_start(this_core());
    uint32_t at = events()->log.used;
    stop_and_reap(STOP_POWER_OFF);
    at = assert_event(at, "web", "stop", "STOP-601", 1);
    assert_log_ends(assert_event(at, "web", "stays-stopped", NULL, 1));
}

/* Guest code may still be running: whatever began the stop, that is what matters from afar. */
static void a_stop_whose_cores_do_not_park_is_measured_too(void **state)
{
    (void)state;
    give_tpm();
    lifecycle_start(this_core());
    uint32_t at = events()->log.used;
    lifecycle_stop(STOP_MEMORY, "for a test");
    lifecycle_reap(this_core());
    at = assert_event(at, "web", "stop", "STOP-610", 1);
    assert_log_ends(assert_event(at, "web", "stays-stopped", NULL, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(each_event_is_recorded_in_both_registers_byte_for_byte),
        machine_test(the_tpm_is_used_at_locality_2_and_let_go_each_time),
        machine_test(pcr_22_is_extended_with_the_secret_that_the_boot_stage_gave_it),
        machine_test(a_guest_that_keeps_the_tpm_loses_it_for_a_moment),
        machine_test(a_guest_that_lets_go_is_not_disturbed),
        machine_test(a_tpm_that_is_not_to_be_had_costs_a_bounded_time_and_a_line),
        machine_test(what_was_lost_is_recorded_first_when_the_tpm_is_back),
        machine_test(a_hung_tpm_is_given_up_after_three_times),
        machine_test(a_tpm_that_answers_now_and_then_is_not_given_up),
        machine_test(broken_tpms_stop_nobody),
        machine_test(a_tpm_that_asks_to_be_asked_again_is),
        machine_test(a_full_log_says_so_once_and_ends),
        machine_test(a_log_without_any_room_is_never_written_beyond),
        machine_test(without_a_tpm_that_is_said_once_and_nothing_is_touched),
        machine_test(what_was_lost_is_said_before_the_log_is_full),
        machine_test(with_locality_2_closed_nothing_is_extended),
        machine_test(a_dead_core_with_the_tpm_costs_others_their_record_alone),
        machine_test(a_start_is_measured_before_the_first_guest_instruction),
        machine_test(a_restart_is_a_stop_with_its_reason_and_a_start),
        machine_test(a_partition_that_stays_stopped_is_measured_so),
        machine_test(a_stop_whose_cores_do_not_park_is_measured_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
