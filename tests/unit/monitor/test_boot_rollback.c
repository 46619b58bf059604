/* SPDX-License-Identifier: Apache-2.0 */
/* Rollback protection at boot, on the model of a TPM: how it begins, what it refuses, and what a TPM that somebody got at, or
 * that fails on the way, makes of it. */
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/boot/steps.h"
#include "core/lib/format.h"
#include "core/lib/rollback_index.h"
#include "tests/unit/monitor/machine.h"
#include "tests/unit/monitor/nv_model.h"

static uint8_t pages[TPM_MODEL_LOCALITIES][4096];
static struct boot boot;
static char said[2000];
static size_t said_used;
static const char *refused; /* the code */
static jmp_buf stopped;

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
    (void)where;
    refused = rule->code;
    va_start(args, found_format);
    said_used += fmt_vprint(said + said_used, sizeof said - said_used, found_format, args);
    va_end(args);
    longjmp(stopped, 1);
}

static void set_up(enum system_requirement requirement, uint32_t security_version)
{
    memset(&boot, 0, sizeof boot);
    memset(said, 0, sizeof said);
    said_used = 0;
    refused = NULL;
    tpm_model_reset();
    nv_model_reset();
    for (uint32_t l = 0; l < TPM_MODEL_LOCALITIES; l++)
        tpm_model.pages[l] = pages[l];
    tpm_model.answer = nv_model_answer;
    boot.system.rollback_protection = requirement;
    boot.system.partition_count = 2;
    boot.system.partitions[1].role = ROLE_ATTEST;
    boot.container.security_version = security_version;
    boot.machine.tsc_hz = 1000000;
    boot.machine.tpm = (struct machine_tpm){TPM_TIS, {(uint64_t)pages}, 6, true};
    boot.tpm_usable = true;
    boot.tpm.tis = (struct tpm_tis){pages[2], boot.machine.tsc_hz, 1000};
    assert_int_equal(tpm_tis_request(&boot.tpm.tis, true), TPM_DONE);
}

static void run(void)
{
    if (setjmp(stopped) == 0)
        rollback_check(&boot);
    assert_int_equal(nv.sessions, 0);
    assert_true(nv.counts[NV_LOOK] == 0 || nv.locality == 2);
}

static void assert_starts_with(uint32_t floor)
{
    run();
    assert_null(refused);
    assert_true(boot.rollback.counter);
    assert_int_equal(boot.rollback.floor, floor);
}

static void assert_goes_without(const char *why)
{
    run();
    assert_null(refused);
    assert_false(boot.rollback.counter);
    assert_non_null(strstr(said, "no rollback protection: "));
    assert_non_null(strstr(said, why));
}

static void the_first_start_begins_the_counter_and_locks_its_base(void **state)
{
    (void)state;
    set_up(REQUIREMENT_REQUIRED, 7);
    nv.first = 41;
    assert_starts_with(0);
    assert_int_equal(nv.indexes[0].value, 41);
    assert_int_equal(nv.indexes[1].value, 41);
    assert_int_equal(nv.indexes[1].attributes, ROLLBACK_BASE_ATTRIBUTES | ROLLBACK_WRITTEN | ROLLBACK_WRITE_LOCKED);
    assert_non_null(strstr(said, "rollback protection begins"));
    assert_int_equal(boot.rollback.security_version, 7);
    assert_int_equal(boot.rollback.partition, 1);
}

static void later_starts_only_read(void **state)
{
    (void)state;
    set_up(REQUIREMENT_REQUIRED, 7);
    nv_model_written(0x123456789ab, 5);
    assert_starts_with(5);
    assert_int_equal(nv.counts[NV_INCREMENT] + nv.counts[NV_WRITE] + nv.counts[NV_WRITE_LOCK], 0);
}

static void a_power_cut_while_beginning_is_made_good(void **state)
{
    (void)state;
    set_up(REQUIREMENT_REQUIRED, 7); /* between the first count and the base */
    nv.indexes[0].attributes |= ROLLBACK_WRITTEN;
    nv.indexes[0].value = 9;
    assert_starts_with(0);
    assert_int_equal(nv.counts[NV_INCREMENT], 0);
    assert_int_equal(nv.indexes[1].value, 9);
    set_up(REQUIREMENT_REQUIRED, 7); /* between the base and its lock */
    nv_model_written(9, 0);
    nv.indexes[1].attributes &= ~ROLLBACK_WRITE_LOCKED;
    assert_starts_with(0);
    assert_int_equal(nv.counts[NV_WRITE], 0);
    assert_int_equal(nv.counts[NV_WRITE_LOCK], 1);
}

static void an_older_configuration_is_refused_whatever_it_requires(void **state)
{
    (void)state;
    for (int requirement = 0; requirement < 2; requirement++) {
        set_up((enum system_requirement)requirement, 4);
        nv_model_written(100, 5);
        run();
        assert_string_equal(refused, "BOOT-480");
        assert_non_null(strstr(said, "security version 4, but the floor is 5"));
    }
    set_up(REQUIREMENT_REQUIRED, 5);
    nv_model_written(100, 5);
    assert_starts_with(5);
}

static void an_older_key_manifest_is_refused_too(void **state)
{
    (void)state;
    set_up(REQUIREMENT_REQUIRED, 9);
    nv_model_written(100, 5);
    boot.manifest = (struct manifest){.present = true, .security_version = 4};
    run();
    assert_string_equal(refused, "BOOT-480");
    assert_non_null(strstr(said, "security version 4 (the key manifest's), but the floor is 5"));
}

static void without_a_tpm_or_its_locality_2_there_is_none(void **state)
{
    (void)state;
    set_up(REQUIREMENT_OPTIONAL, 1);
    boot.tpm_usable = false;
    assert_goes_without("there is no usable TPM");
    set_up(REQUIREMENT_OPTIONAL, 1);
    boot.machine.tpm.locality2 = false;
    assert_goes_without("locality 2 is closed");
    set_up(REQUIREMENT_REQUIRED, 1);
    boot.machine.tpm.locality2 = false;
    run();
    assert_string_equal(refused, "BOOT-481");
}

static void a_missing_index_is_named(void **state)
{
    (void)state;
    set_up(REQUIREMENT_OPTIONAL, 1);
    nv.indexes[0].defined = false;
    assert_goes_without("the TPM has no index 0x01804248");
    set_up(REQUIREMENT_OPTIONAL, 1);
    nv.indexes[1].defined = false;
    assert_goes_without("the TPM has no index 0x01804249");
    set_up(REQUIREMENT_REQUIRED, 1);
    nv.indexes[1].defined = false;
    run();
    assert_string_equal(refused, "BOOT-481");
}

static void an_index_of_another_form_is_not_trusted(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        for (uint32_t bit = 0; bit < 32; bit++) {
            if (((ROLLBACK_WRITTEN | ROLLBACK_WRITE_LOCKED) >> bit & 1) != 0)
                continue;
            set_up(REQUIREMENT_OPTIONAL, 1);
            nv.indexes[i].attributes ^= 1u << bit;
            assert_goes_without("is not as it was provisioned");
        }
        for (uint32_t how = 0; how < 3; how++) {
            set_up(REQUIREMENT_OPTIONAL, 1);
            nv.indexes[i].size = (uint16_t)(how == 0 ? 9 : 8);
            nv.indexes[i].name_algorithm = how == 1 ? 0x0c : 0x0b;
            nv.indexes[i].policy[31] ^= how == 2;
            assert_goes_without("is not as it was provisioned");
        }
    }
}

static void a_counter_below_its_base_or_far_above_is_not_trusted(void **state)
{
    (void)state;
    set_up(REQUIREMENT_OPTIONAL, 1);
    nv_model_written(100, 0);
    nv.indexes[0].value = 99;
    assert_goes_without("contradict each other");
    set_up(REQUIREMENT_OPTIONAL, 1);
    nv_model_written(100, 0x100000000);
    assert_goes_without("contradict each other");
}

static void a_command_that_fails_is_named(void **state)
{
    (void)state;
    static const struct {
        uint8_t command;
        const char *what;
    } cases[] = {{NV_LOOK, "cannot be looked up"}, {NV_INCREMENT, "cannot be begun"}, {NV_SESSION, "cannot be begun"},
                 {NV_POLICY, "cannot be begun"}, {NV_READ, "cannot be read"}, {NV_WRITE, "cannot be written"},
                 {NV_WRITE_LOCK, "cannot be locked"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        set_up(REQUIREMENT_OPTIONAL, 1);
        nv.refuse = cases[i].command;
        assert_goes_without(cases[i].what);
        set_up(REQUIREMENT_REQUIRED, 1);
        nv.refuse = cases[i].command;
        run();
        assert_string_equal(refused, "BOOT-481");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(the_first_start_begins_the_counter_and_locks_its_base),
        machine_test(later_starts_only_read),
        machine_test(a_power_cut_while_beginning_is_made_good),
        machine_test(an_older_configuration_is_refused_whatever_it_requires),
        machine_test(an_older_key_manifest_is_refused_too),
        machine_test(without_a_tpm_or_its_locality_2_there_is_none),
        machine_test(a_missing_index_is_named),
        machine_test(an_index_of_another_form_is_not_trusted),
        machine_test(a_counter_below_its_base_or_far_above_is_not_trusted),
        machine_test(a_command_that_fails_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
