/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's pure parts: settings, the verifier's answers, certificates from NV memory, the ACPI table TPM2, waiting times. */
#include "attest/agent/ak.h"
#include "attest/agent/answer.h"
#include "attest/agent/certificates.h"
#include "attest/agent/floor.h"
#include "attest/agent/journal.h"
#include "attest/agent/log_source.h"
#include "attest/agent/settings.h"
#include "attest/agent/wait.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

static struct report report;

static int start(void **state)
{
    (void)state;
    report_init(&report);
    return 0;
}

/* The codes found, joined by blanks. */
static const char *codes(void)
{
    static char text[256];
    text[0] = '\0';
    for (uint32_t i = 0; i < report.count; i++) {
        strcat(text, i == 0 ? "" : " ");
        strcat(text, report.findings[i].rule->code);
    }
    return text;
}

static void test_settings_are_read_line_by_line(void **state)
{
    (void)state;
    struct settings settings;
    settings_init(&settings);
    assert_true(settings_parse(&settings,
                               "# a comment\n\n  verifier = https://v.example:8443 \nca-file=/ca.pem\nasset = a = b\n"
                               "attestation-key = p384\nlongest-wait = 86400",
                               "file", &report));
    assert_string_equal(settings.verifier, "https://v.example:8443");
    assert_string_equal(settings.ca_file, "/ca.pem");
    assert_string_equal(settings.asset, "a = b");
    assert_int_equal(settings.attestation_key, SETTINGS_AK_P384);
    assert_int_equal(settings.longest_wait_s, 86400);
    assert_string_equal(settings.tcti, "device:/dev/tpmrm0");
    assert_true(settings_complete(&settings, &report));
}

static void test_settings_that_are_wrong_are_named_by_line(void **state)
{
    (void)state;
    static const struct {
        const char *line, *code;
    } wrong[] = {
        {"nonsense", "AGENT-801"},
        {"colour = red", "AGENT-802"},
        {" = x", "AGENT-802"},
        {"verifier = http://v", "AGENT-803"},
        {"verifier = https://", "AGENT-803"},
        {"verifier = https://v/path", "AGENT-803"},
        {"verifier = https://user@v", "AGENT-803"},
        {"verifier-address = verifier.example", "AGENT-803"},
        {"verifier-address = 192.0.2.1:8443", "AGENT-803"},
        {"verifier-address = [2001:db8::1]", "AGENT-803"},
        {"verifier-address = 192.0.2.256", "AGENT-803"},
        {"asset =", "AGENT-803"},
        {"asset = a\x01", "AGENT-803"},
        {"attestation-key = rsa", "AGENT-803"},
        {"longest-wait = 0", "AGENT-803"},
        {"longest-wait = 86401", "AGENT-803"},
        {"longest-wait = -1", "AGENT-803"},
        {"longest-wait = 5 s", "AGENT-803"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[256];
        struct settings settings;
        settings_init(&settings);
        report_init(&report);
        snprintf(text, sizeof text, "\n%s\nasset = good\n", wrong[i].line);
        assert_false(settings_parse(&settings, text, "file", &report));
        assert_string_equal(codes(), wrong[i].code);
        assert_string_equal(report.findings[0].where, "file line 2");
        assert_string_equal(settings.asset, "good");
    }
}

static void test_settings_that_are_too_long_are_refused(void **state)
{
    (void)state;
    char line[SETTINGS_FILE_MAX];
    struct settings settings;
    settings_init(&settings);
    memset(line, 'a', sizeof line);
    memcpy(line, "asset = ", 8);
    line[8 + SETTING_MAX] = '\0';
    assert_false(settings_parse(&settings, line, "file", &report));
    memset(line + 8 + SETTING_MAX, 'a', sizeof line - 8 - SETTING_MAX);
    line[sizeof line - 1] = '\0';
    assert_false(settings_parse(&settings, line, "file", &report));
    assert_string_equal(codes(), "AGENT-803 AGENT-801");
    assert_string_equal(settings.asset, "");
    assert_false(settings_complete(&settings, &report));
}

#define NONCE "\"nonce\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\""
#define PCRS "\"pcrs\": {\"sha256\": [0, 7, 22], \"sha384\": [22, 7, 0]}"

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    return json;
}

static void test_a_challenge_is_read_as_it_is(void **state)
{
    (void)state;
    struct answer_challenge answer;
    json_t *json = parse("{\"challenge\": \"c-1\", " NONCE ", " PCRS ", \"log_offset\": 4096, \"expires_in_s\": 30}");
    assert_true(answer_read_challenge(json, &answer, &report));
    json_decref(json);
    assert_string_equal(answer.challenge, "c-1");
    assert_int_equal(answer.selection.sha256, 1u << 0 | 1u << 7 | 1u << 22);
    assert_int_equal(answer.selection.sha384, answer.selection.sha256);
    assert_int_equal(answer.log_offset, 4096);
}

static void test_every_member_of_a_challenge_is_needed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "7",
        "[]",
        "{" NONCE ", " PCRS ", \"log_offset\": 0}",
        "{\"challenge\": \"c\", " PCRS ", \"log_offset\": 0}",
        "{\"challenge\": \"c\", " NONCE ", \"log_offset\": 0}",
        "{\"challenge\": \"c\", " NONCE ", " PCRS "}",
        "{\"challenge\": \"c\", " NONCE ", " PCRS ", \"log_offset\": 0.5}",
        "{\"challenge\": \"c\", " NONCE ", " PCRS ", \"log_offset\": \"0\"}",
        "{\"challenge\": \"c\", " NONCE ", \"pcrs\": {\"sha256\": [1, 1], \"sha384\": [1]}, \"log_offset\": 0}",
        "{\"challenge\": \"c\", " NONCE ", \"pcrs\": {\"sha256\": [true], \"sha384\": [true]}, \"log_offset\": 0}",
        "{\"challenge\": \"c\", " NONCE ", \"pcrs\": {\"sha256\": [1]}, \"log_offset\": 0}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct answer_challenge answer;
        json_t *json = parse(texts[i]);
        report_init(&report);
        assert_false(answer_read_challenge(json, &answer, &report));
        assert_string_equal(codes(), "AGENT-830");
        json_decref(json);
    }
}

static void test_an_enrolment_holds_two_tpm_structures_and_nothing_behind_them(void **state)
{
    (void)state;
    static const struct {
        const char *credential, *secret;
        bool good;
    } cases[] = {
        {"AAIBAg==", "AAMBAgM=", true},      /* 00 02 01 02, 00 03 01 02 03 */
        {"AAIBAgM=", "AAMBAgM=", false},     /* a byte too many */
        {"AAIB", "AAMBAgM=", false},         /* a byte too few */
        {"AAIBAg==", "//8BAgM=", false},     /* a size of 65,535 */
        {"AAIBAg==", "AAMBAgMEBQ==", false},
        {"", "AAMBAgM=", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer_enrolled answer;
        json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:{s:[i], s:[i]}}", "host", "0123456789abcdef0123456789abcdef",
                                 "credential_blob", cases[i].credential, "secret", cases[i].secret, "nonce",
                                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "pcrs", "sha256", 4, "sha384", 4);
        assert_int_equal(answer_read_enrolled(json, &answer, &report), cases[i].good);
        json_decref(json);
        if (cases[i].good) {
            assert_int_equal(answer.credential.size, 2);
            assert_int_equal(answer.secret.size, 3);
        }
    }
}

static void test_a_host_id_is_32_hex_digits_and_so_fits_into_a_path(void **state)
{
    (void)state;
    static const char *const hosts[] = {"", "../../../etc/passwd", "0123456789ABCDEF0123456789abcdef",
                                        "0123456789abcdef0123456789abcde", "0123456789abcdef0123456789abcdef0"};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct answer_enrolled answer;
        json_t *json = json_pack("{s:s}", "host", hosts[i]);
        report_init(&report);
        assert_false(answer_read_enrolled(json, &answer, &report));
        assert_string_equal(report.findings[0].where, "host");
        json_decref(json);
    }
}

static void test_pauses_are_kept_within_a_tenth_of_a_second_and_a_day(void **state)
{
    (void)state;
    static const struct {
        const char *seconds;
        uint64_t ms;
    } cases[] = {{"0", 100}, {"0.5", 500}, {"60", 60000}, {"86400", 86400000}, {"86401", 0}, {"-1", 0}, {"true", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[96];
        static struct answer_pending answer;
        snprintf(text, sizeof text, "{\"state\": \"pending\", \"ticket\": \"t\", \"poll_in_s\": %s}", cases[i].seconds);
        json_t *json = parse(text);
        assert_int_equal(answer_read_pending(json, &answer, &report), cases[i].ms != 0);
        assert_int_equal(answer.poll_ms, cases[i].ms);
        json_decref(json);
    }
}

static void test_a_ticket_cannot_end_its_header(void **state)
{
    (void)state;
    static struct answer_pending answer;
    json_t *json = parse("{\"state\": \"pending\", \"ticket\": \"t\\r\\nHost: x\", \"poll_in_s\": 1}");
    assert_false(answer_read_pending(json, &answer, &report));
    json_decref(json);
}

static void test_certificates_are_split_where_their_length_says(void **state)
{
    (void)state;
    static struct certificates chain;
    static uint8_t bytes[8192];
    memset(&chain, 0, sizeof chain);
    memset(bytes, 0xff, sizeof bytes);
    memcpy(bytes, (uint8_t[]){0x30, 0x82, 0x01, 0x00}, 4);
    memcpy(bytes + 260, (uint8_t[]){0x30, 0x81, 0x80}, 3);
    assert_true(certificates_add(&chain, bytes, sizeof bytes));
    assert_int_equal(chain.count, 2);
    assert_int_equal(chain.list[0].size, 260);
    assert_int_equal(chain.list[1].size, 131);
    assert_int_equal(certificate_length(bytes, 259), 0);
    assert_int_equal(certificate_length(bytes, 3), 0);
    assert_int_equal(certificate_length(bytes, 0), 0);
    memcpy(bytes, (uint8_t[]){0x30, 0x82, 0x10, 0x00}, 4);
    assert_false(certificates_add(&chain, bytes, sizeof bytes));
    assert_int_equal(chain.count, 2);
}

static void test_no_more_certificates_are_taken_than_there_is_room_for(void **state)
{
    (void)state;
    static struct certificates chain;
    static uint8_t bytes[131 * (CERTIFICATES_MAX + 1)];
    memset(&chain, 0, sizeof chain);
    for (unsigned i = 0; i <= CERTIFICATES_MAX; i++)
        memcpy(bytes + 131 * i, (uint8_t[]){0x30, 0x81, 0x80}, 3);
    assert_false(certificates_add(&chain, bytes, sizeof bytes));
    assert_int_equal(chain.count, CERTIFICATES_MAX);
}

/* A table TPM2 with a log of 256 KiB. */
static void make_table(uint8_t table[76])
{
    memset(table, 0, 76);
    memcpy(table, "TPM2", 4);
    table[4] = 76;
    table[66] = 4;
    memcpy(table + 68, (uint8_t[]){0, 0, 0xd5, 0xfe}, 4);
}

static void test_the_table_tpm2_tells_where_the_log_is(void **state)
{
    (void)state;
    uint8_t table[76];
    uint64_t address, length;
    make_table(table);
    assert_true(log_source_parse_table(table, sizeof table, &address, &length));
    assert_int_equal(address, 0xfed50000);
    assert_int_equal(length, 0x40000);
    assert_false(log_source_parse_table(table, sizeof table - 1, &address, &length));
    assert_false(log_source_parse_table(table, 0, &address, &length));
    table[4] = 52;
    assert_false(log_source_parse_table(table, sizeof table, &address, &length));
    make_table(table);
    table[0] = 'X';
    assert_false(log_source_parse_table(table, sizeof table, &address, &length));
    make_table(table);
    memset(table + 64, 0xff, 4);
    assert_false(log_source_parse_table(table, sizeof table, &address, &length));
    make_table(table);
    memset(table + 68, 0xff, 8);
    assert_false(log_source_parse_table(table, sizeof table, &address, &length));
    make_table(table);
    memset(table + 68, 0, 8);
    assert_false(log_source_parse_table(table, sizeof table, &address, &length));
}

static void test_pauses_after_failures_double_up_to_the_longest(void **state)
{
    (void)state;
    struct backoff backoff = {.longest_s = 60};
    bool differs = false;
    for (unsigned i = 0; i < 100; i++) {
        uint64_t whole = i < 6 ? UINT64_C(1000) << i : 60000;
        uint64_t ms = backoff_next_ms(&backoff);
        assert_in_range(ms, whole / 2, whole);
        differs = differs || (i > 6 && ms != whole);
    }
    assert_true(differs);
    backoff.failures = 0;
    assert_in_range(backoff_next_ms(&backoff), 500, 1000);
}

static void test_a_stored_key_is_exactly_one_key(void **state)
{
    (void)state;
    struct ak ak = {.public.publicArea = {.type = TPM2_ALG_ECC,
                                          .nameAlg = TPM2_ALG_SHA256,
                                          .parameters.eccDetail = {.symmetric.algorithm = TPM2_ALG_NULL,
                                                                   .scheme.scheme = TPM2_ALG_NULL,
                                                                   .curveID = TPM2_ECC_NIST_P256,
                                                                   .kdf.scheme = TPM2_ALG_NULL}}};
    struct ak read;
    uint8_t bytes[AK_BYTES_MAX + 1];
    memset(ak.salt, 7, sizeof ak.salt);
    size_t size = ak_marshal(&ak, bytes);
    assert_true(size > AK_SALT_SIZE);
    assert_true(ak_unmarshal(bytes, size, &read));
    assert_memory_equal(read.salt, ak.salt, AK_SALT_SIZE);
    assert_int_equal(read.public.publicArea.parameters.eccDetail.curveID, TPM2_ECC_NIST_P256);
    for (size_t less = 0; less < size; less++)
        assert_false(ak_unmarshal(bytes, less, &read));
    assert_false(ak_unmarshal(bytes, size + 1, &read));
}

static void test_text_from_outside_is_made_printable(void **state)
{
    (void)state;
    char text[8];
    journal_printable("a\x1b[2J\xc3\xa4 long", text, sizeof text);
    assert_string_equal(text, "a?[2J??");
    journal_printable("", text, sizeof text);
    assert_string_equal(text, "");
}

#define HOUR_MS 3600000u

static void test_the_floor_is_asked_for_until_it_is_raised(void **state)
{
    (void)state;
    struct floor_watch watch = {0};
    assert_true(floor_is_due(&watch, 5));
    assert_true(floor_note(&watch, FLOOR_REFUSED, 5));
    assert_false(floor_is_due(&watch, HOUR_MS + 4));
    assert_true(floor_is_due(&watch, HOUR_MS + 5));
    assert_false(floor_note(&watch, FLOOR_REFUSED, HOUR_MS + 5)); /* said before */
    assert_false(floor_is_due(&watch, HOUR_MS + 6));
    assert_true(floor_is_due(&watch, 2 * HOUR_MS + 5));
    assert_false(floor_note(&watch, FLOOR_STOPPED, 2 * HOUR_MS + 5));
    assert_true(floor_is_due(&watch, 2 * HOUR_MS + 5));
    assert_true(floor_note(&watch, FLOOR_RAISED, 2 * HOUR_MS + 5));
    assert_false(floor_is_due(&watch, UINT64_MAX));
}

static void test_without_bulkhead_the_floor_is_asked_for_once_in_silence(void **state)
{
    (void)state;
    struct floor_watch watch = {0};
    assert_false(floor_note(&watch, FLOOR_NOT_HERE, 5));
    assert_false(floor_is_due(&watch, UINT64_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_floor_is_asked_for_until_it_is_raised),
        cmocka_unit_test(test_without_bulkhead_the_floor_is_asked_for_once_in_silence),
        cmocka_unit_test_setup(test_settings_are_read_line_by_line, start),
        cmocka_unit_test_setup(test_settings_that_are_wrong_are_named_by_line, start),
        cmocka_unit_test_setup(test_settings_that_are_too_long_are_refused, start),
        cmocka_unit_test_setup(test_a_challenge_is_read_as_it_is, start),
        cmocka_unit_test_setup(test_every_member_of_a_challenge_is_needed, start),
        cmocka_unit_test_setup(test_an_enrolment_holds_two_tpm_structures_and_nothing_behind_them, start),
        cmocka_unit_test_setup(test_a_host_id_is_32_hex_digits_and_so_fits_into_a_path, start),
        cmocka_unit_test_setup(test_pauses_are_kept_within_a_tenth_of_a_second_and_a_day, start),
        cmocka_unit_test_setup(test_a_ticket_cannot_end_its_header, start),
        cmocka_unit_test_setup(test_certificates_are_split_where_their_length_says, start),
        cmocka_unit_test_setup(test_no_more_certificates_are_taken_than_there_is_room_for, start),
        cmocka_unit_test_setup(test_the_table_tpm2_tells_where_the_log_is, start),
        cmocka_unit_test_setup(test_pauses_after_failures_double_up_to_the_longest, start),
        cmocka_unit_test_setup(test_a_stored_key_is_exactly_one_key, start),
        cmocka_unit_test_setup(test_text_from_outside_is_made_printable, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
