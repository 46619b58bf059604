/* SPDX-License-Identifier: Apache-2.0 */
/* The boot stage's measuring, on the model of a TPM: which localities and registers it uses, in which order, and what becomes
 * of a machine whose TPM is missing, closed in part, or fails on the way. */
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/boot/steps.h"
#include "core/lib/bytes.h"
#include "core/lib/format.h"
#include "core/measure/event.h"
#include "tests/unit/monitor/machine.h"
#include "tests/unit/monitor/tpm.h"

#define COMMANDS 200u
#define STARTUP 0x44
#define CAPABILITY 0x7a
#define RANDOM 0x7b
#define EVENT 0x3c
#define RESET 0x3d
#define CONTROL 0x21
#define SECRET 0x83
#define RC_LOCALITY 0x907
#define RC_FAILURE 0x101

static uint8_t pages[TPM_MODEL_LOCALITIES][4096];
static _Alignas(4096) uint8_t event_log[MEASURE_LOG_SIZE];
static struct boot boot;
static struct boot_source source;
static char said[2000];
static size_t said_used;
static const char *refused; /* the code */
static jmp_buf stopped;

/* What the TPM was asked. `refuse` is a command and what it answers to the `refuse_at`-th of its kind, counted from 0. */
static struct {
    uint8_t code, pcr;
    uint32_t locality, last;
} asked[COMMANDS];
static uint32_t asked_count, refuse_at, refuse_seen;
static uint8_t refuse;
static uint16_t refuse_code;
static bool no_sha384;

void log_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    said_used += fmt_vprint(said + said_used, sizeof said - said_used, format, args);
    va_end(args);
}

void boot_refuse(const struct rule *rule, const char *where, const char *found_format, ...)
{
    va_list args;
    assert_string_equal(where, "TPM");
    refused = rule->code;
    va_start(args, found_format);
    said_used += fmt_vprint(said + said_used, sizeof said - said_used, found_format, args);
    va_end(args);
    longjmp(stopped, 1);
}

static uint32_t say_code(uint8_t *response, uint16_t code)
{
    const uint8_t bytes[] = {0x80, 0x01, 0, 0, 0, 0, 0, 0, (uint8_t)(code >> 8), (uint8_t)code};
    return tpm_model_say(response, bytes, sizeof bytes);
}

static uint32_t say_banks(uint8_t *response)
{
    const uint8_t bytes[] = {0x80, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0x0b, 3, 0xff, 0xff, 0xff,
                             0, 0x0c, 3, no_sha384 ? 0 : 0xff, 0, 0};
    return tpm_model_say(response, bytes, sizeof bytes);
}

static uint32_t answers(uint32_t locality, const uint8_t *command, uint32_t size, uint8_t *response)
{
    uint8_t random[12 + 32] = {0x80, 0x01, [11] = command[11], [12] = 0xab, [27] = 0xcd};
    assert_true(asked_count < COMMANDS);
    asked[asked_count].code = command[9];
    asked[asked_count].pcr = command[13];
    asked[asked_count].locality = locality;
    asked[asked_count++].last = load_le32(command + size - 4);
    if (command[9] == refuse && refuse_seen++ >= refuse_at)
        return say_code(response, refuse_code);
    if (command[9] == STARTUP)
        return say_code(response, 0x100);
    if (command[9] == CAPABILITY)
        return say_banks(response);
    return command[9] == RANDOM ? tpm_model_say(response, random, 12u + command[11])
                                : tpm_model_measures(locality, command, size, response);
}

static void set_up(enum system_requirement requirement)
{
    memset(&boot, 0, sizeof boot);
    memset(&source, 0, sizeof source);
    memset(event_log, 0xaa, sizeof event_log);
    memset(said, 0, sizeof said);
    said_used = asked_count = refuse_at = refuse_seen = 0;
    refuse = 0;
    no_sha384 = false;
    refused = NULL;
    for (uint32_t l = 0; l < TPM_MODEL_LOCALITIES; l++)
        tpm_model.pages[l] = pages[l];
    tpm_model.answer = answers;
    boot.source = &source;
    boot.system.tpm = requirement;
    boot.system.partition_count = 1;
    strcpy(boot.system.partitions[0].name, "web");
    boot.machine.tsc_hz = 1000000;
    boot.machine.tpm = (struct machine_tpm){TPM_TIS, {(uint64_t)pages}, 6, false};
    boot.plan.event_log = (struct hpa_range){{(uint64_t)event_log}, sizeof event_log};
}

static void run(void)
{
    if (setjmp(stopped) != 0)
        return;
    tpm_survey(&boot);
    measure(&boot);
}

static void refuse_nth(uint8_t command, uint32_t nth, uint16_t code)
{
    refuse = command;
    refuse_at = nth;
    refuse_code = code;
}

static uint32_t count(uint8_t code, uint8_t pcr)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < asked_count; i++)
        found += asked[i].code == code && asked[i].pcr == pcr;
    return found;
}

static bool log_is_empty(void)
{
    for (uint32_t i = 0; i < sizeof event_log; i++)
        if (event_log[i] != 0)
            return false;
    return boot.event_log_used == 0;
}

static void assert_given_up(const char *why)
{
    assert_null(refused);
    assert_non_null(strstr(said, why));
    assert_non_null(strstr(said, "no usable TPM: nothing is measured, because "));
    assert_false(boot.tpm_usable);
    assert_int_not_equal(boot.machine.tpm.kind, TPM_TIS);
    assert_true(log_is_empty());
    assert_int_equal(tpm_model.active, TPM_MODEL_NOBODY);
}

static void everything_goes_through_locality_2_where_that_is_open(void **state)
{
    (void)state;
    set_up(REQUIREMENT_REQUIRED);
    run();
    assert_null(refused);
    assert_true(boot.tpm_usable);
    assert_true(boot.machine.tpm.locality2);
    static const uint8_t order[] = {8, 9, 11, 21, 12, 22}; /* of the registers, each for itself */
    uint32_t at = 0;
    for (uint32_t i = 0; i < asked_count; i++) {
        if (asked[i].code != EVENT)
            continue;
        assert_int_equal(asked[i].locality, 2);
        at += asked[i].pcr != order[at];
        assert_true(at < sizeof order);
        assert_int_equal(asked[i].pcr, order[at]);
    }
    assert_int_equal(at, sizeof order - 1);
    assert_int_equal(count(RESET, 21) + count(RESET, 22), 2);
    assert_int_equal(count(CONTROL, 0x0c), 1);
    assert_int_equal(tpm_model.active, TPM_MODEL_NOBODY); /* let go for whoever attests */
    assert_non_null(strstr(said, "boot ab0000000000000000000000000000cd"));
    assert_true(boot.event_log_used > 1000);
    assert_int_equal(event_log[boot.event_log_used], 0);
}

/* Whoever has locality 0 afterwards could set the secret himself, and the monitor would be locked out of PCR 22. */
static void pcr_22_gets_a_secret_before_the_platform_is_closed(void **state)
{
    (void)state;
    set_up(REQUIREMENT_REQUIRED);
    run();
    assert_int_equal(asked[asked_count - 2].code, SECRET);
    assert_int_equal(asked[asked_count - 2].pcr, 22);
    assert_int_equal(asked[asked_count - 2].locality, 2);
    assert_int_equal(asked[asked_count - 1].code, CONTROL);
    assert_int_equal(boot.runtime_secret.size, 32);
    assert_int_equal(boot.runtime_secret.bytes[0], 0xab);
    assert_int_equal(boot.runtime_secret.bytes[15], 0xcd);
    static const uint16_t codes[] = {0x084, 0x184, 0x143};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) { /* a TPM whose registers have none is fine */
        set_up(REQUIREMENT_REQUIRED);
        refuse_nth(SECRET, 0, codes[i]);
        run();
        assert_null(refused);
        assert_true(boot.tpm_usable);
        assert_int_equal(boot.runtime_secret.size, 0);
    }
    set_up(REQUIREMENT_REQUIRED);
    refuse_nth(SECRET, 0, 0x9a2); /* somebody else's: TPM_RC_BAD_AUTH, session 1 */
    run();
    assert_string_equal(refused, "BOOT-473");
}

static void a_closed_locality_2_leaves_its_registers_alone(void **state)
{
    (void)state;
    for (uint32_t how = 0; how < 2; how++) { /* the page answers nothing; or it is there and may not reset 21 */
        tpm_model_reset();
        set_up(REQUIREMENT_REQUIRED);
        tpm_model.closed[2] = how == 0;
        if (how == 1)
            refuse_nth(RESET, 0, RC_LOCALITY);
        run();
        assert_null(refused);
        assert_true(boot.tpm_usable);
        assert_false(boot.machine.tpm.locality2);
        assert_int_equal(count(EVENT, 21) + count(EVENT, 22), 0);
        assert_true(count(EVENT, 8) > 0 && count(EVENT, 12) > 0);
        assert_int_equal(asked[asked_count - 1].locality, 0);
        assert_int_equal(tpm_model.active, TPM_MODEL_NOBODY);
    }
}

static void a_tpm_that_firmware_keeps_is_taken_from_it(void **state)
{
    (void)state;
    set_up(REQUIREMENT_REQUIRED);
    tpm_model.active = 1;
    tpm_model.keeps = true;
    run();
    assert_string_equal(refused, "BOOT-472"); /* locality 0 cannot take it from 1 */
    assert_non_null(strstr(said, "held by somebody"));
    tpm_model_reset();
    set_up(REQUIREMENT_REQUIRED);
    tpm_model.active = 0;
    tpm_model.keeps = true;
    run();
    assert_null(refused);
    assert_true(boot.tpm_usable);
}

static void no_tpm_is_allowed_or_refused_as_configured(void **state)
{
    (void)state;
    static const struct {
        enum machine_tpm_kind kind;
        const char *why;
    } kinds[] = {{TPM_NONE, "firmware names none"}, {TPM_OTHER, "command buffer (start method 7)"}};
    for (uint32_t i = 0; i < 2; i++) {
        set_up(REQUIREMENT_OPTIONAL);
        boot.machine.tpm = (struct machine_tpm){.kind = kinds[i].kind, .start_method = 7};
        run();
        assert_given_up(kinds[i].why);
        set_up(REQUIREMENT_REQUIRED);
        boot.machine.tpm = (struct machine_tpm){.kind = kinds[i].kind, .start_method = 7};
        run();
        assert_string_equal(refused, "BOOT-472");
        assert_non_null(strstr(said, kinds[i].why));
    }
    assert_int_equal(asked_count, 0);
}

static void a_tpm_that_does_not_work_is_as_good_as_none(void **state)
{
    (void)state;
    set_up(REQUIREMENT_OPTIONAL);
    tpm_model.absent = true;
    run();
    assert_given_up("none answers at its registers");
    tpm_model_reset();
    set_up(REQUIREMENT_OPTIONAL);
    no_sha384 = true;
    run();
    assert_given_up("its SHA-256 or its SHA-384 bank is off");
    set_up(REQUIREMENT_OPTIONAL);
    refuse_nth(STARTUP, 0, RC_FAILURE);
    run();
    assert_given_up("it refuses a command (0x101)");
    set_up(REQUIREMENT_OPTIONAL);
    tpm_model.hangs = true;
    run();
    assert_given_up("it does not answer in time");
}

static void what_fails_on_the_way_cannot_be_completed_by_others(void **state)
{
    (void)state;
    const struct {
        uint8_t command;
        uint32_t nth;
    } failures[] = {{EVENT, 0}, {EVENT, 10}, {EVENT, 26}, {RANDOM, 0}, {RANDOM, 1}, {SECRET, 0}, {CONTROL, 0}};
    for (uint32_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        set_up(REQUIREMENT_OPTIONAL);
        refuse_nth(failures[i].command, failures[i].nth, RC_FAILURE);
        run();
        assert_given_up("it refuses a command (0x101)");
        static const uint8_t spoiled[] = {8, 9, 11, 12};
        for (uint32_t s = 0; s < sizeof spoiled; s++) {
            assert_int_equal(asked[asked_count - 5 + s].code, EVENT);
            assert_int_equal(asked[asked_count - 5 + s].pcr, spoiled[s]);
            assert_int_equal(asked[asked_count - 5 + s].last, 0xffffffff);
        }
        assert_int_equal(asked[asked_count - 1].code, CONTROL);
        set_up(REQUIREMENT_REQUIRED);
        refuse_nth(failures[i].command, failures[i].nth, RC_FAILURE);
        run();
        assert_string_equal(refused, "BOOT-473");
    }
}

/* The plan is made, and gives it to a partition: then it must at least be spoiled and closed. */
static void a_tpm_that_cannot_be_closed_reaches_no_partition(void **state)
{
    (void)state;
    for (uint32_t given = 0; given < 2; given++) {
        set_up(REQUIREMENT_OPTIONAL);
        boot.plan.partition_count = 1;
        boot.plan.partitions[0].tpm.present = given;
        refuse_nth(CONTROL, 0, RC_FAILURE);
        run();
        if (!given) {
            assert_given_up("it refuses a command (0x101)");
            continue;
        }
        assert_string_equal(refused, "BOOT-473");
        assert_non_null(strstr(said, "a partition would have it"));
    }
    set_up(REQUIREMENT_OPTIONAL);
    boot.plan.partition_count = 1;
    boot.plan.partitions[0].tpm.present = true;
    source.firmware_log.bytes = event_log;
    source.firmware_log.flaw = "it is not complete";
    run();
    assert_given_up("it is not complete"); /* spoiled and closed */
}

static void the_firmwares_log_is_gone_on_with(void **state)
{
    (void)state;
    static uint8_t firmware[MEASURE_LOG_SIZE];
    memset(firmware, 0x5a, sizeof firmware);
    set_up(REQUIREMENT_REQUIRED);
    source.firmware_log = (struct boot_firmware_log){firmware, 5000, NULL};
    run();
    assert_null(refused);
    assert_memory_equal(event_log, firmware, 5000);
    assert_int_equal(load_le32(event_log + 5000), PCR_CONFIGURATION);
    set_up(REQUIREMENT_REQUIRED);
    source.firmware_log = (struct boot_firmware_log){firmware, sizeof firmware - 300, NULL};
    run();
    assert_string_equal(refused, "BOOT-473");
    assert_non_null(strstr(said, "the event log is full"));
    set_up(REQUIREMENT_REQUIRED);
    source.firmware_log = (struct boot_firmware_log){firmware, sizeof firmware - 7000, NULL};
    run();
    assert_string_equal(refused, "BOOT-473");
    assert_non_null(strstr(said, "no room left for starts and stops"));
    set_up(REQUIREMENT_OPTIONAL);
    source.firmware_log = (struct boot_firmware_log){firmware, 5000, "it is not complete"};
    run();
    assert_given_up("it is not complete");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(everything_goes_through_locality_2_where_that_is_open),
        machine_test(pcr_22_gets_a_secret_before_the_platform_is_closed),
        machine_test(a_closed_locality_2_leaves_its_registers_alone),
        machine_test(a_tpm_that_firmware_keeps_is_taken_from_it),
        machine_test(no_tpm_is_allowed_or_refused_as_configured),
        machine_test(a_tpm_that_does_not_work_is_as_good_as_none),
        machine_test(what_fails_on_the_way_cannot_be_completed_by_others),
        machine_test(a_tpm_that_cannot_be_closed_reaches_no_partition),
        machine_test(the_firmwares_log_is_gone_on_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
