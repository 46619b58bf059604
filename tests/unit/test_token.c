/* SPDX-License-Identifier: Apache-2.0 */
/* Result tokens, stored states, and the strict texts that evidence is made of. */
#include "attest/lib/token.h"
#include "tests/unit/findings.h"

#include <stdlib.h>
#include <string.h>

static struct appraise_result result;

static const struct ecdsa_secret secret = {{[0] = 1, [47] = 9}};

static char *make_as(const char *state, bool distrusted)
{
    static const struct rule rule = {"ATT-000", "what", "allowed", "do"};
    static const uint8_t nonce[32] = {1, 2, 3};
    const struct token_facts facts = {.host = "00112233445566778899aabbccddeeff", .asset = "rack 7", .release = "shop-1",
                                      .policy = "shop-1", .nonce = nonce, .issued_at = 1700000000,
                                      .expires_at = 1700000120, .state = state, .distrusted = distrusted,
                                      .verifier_build = "b1", .verifier_developer = "dev", .key_id = "k1"};
    memset(&result, 0, sizeof result);
    result.verdict = VERDICT_WARNING;
    result.accepted = true;
    result.reason_count = 1;
    result.reasons[0] = (struct appraise_reason){.rule = &rule, .level = APPRAISE_WARNING, .partition = "web",
                                                 .item = "kernel", .expected = "a", .found = "b"};
    char *token = token_make(&result, &facts, &secret);
    assert_non_null(token);
    return token;
}

static char *make(void)
{
    return make_as("trusted", false);
}

static json_t *check(const char *token, size_t size, struct report *report)
{
    struct public_key key;
    report_init(report);
    assert_true(ecdsa_public_p384(&secret, &key));
    return token_check(token, size, &key, report);
}

static void a_token_says_what_was_found(void **state)
{
    (void)state;
    struct report report;
    char *token = make();
    json_t *claims = check(token, strlen(token), &report);
    assert_non_null(claims);
    const json_t *host =
        json_object_get(json_object_get(claims, "submods"), "00112233445566778899aabbccddeeff");
    assert_string_equal(json_string_value(json_object_get(claims, "eat_profile")), "tag:github.com,2023:veraison/ear");
    assert_int_equal(json_integer_value(json_object_get(claims, "iat")), 1700000000);
    assert_int_equal(json_integer_value(json_object_get(claims, "exp")), 1700000120);
    assert_string_equal(json_string_value(json_object_get(host, "bulkhead.state")), "trusted");
    assert_string_equal(json_string_value(json_object_get(claims, "eat_nonce")),
                        "AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_string_equal(json_string_value(json_object_get(host, "ear.status")), "warning");
    const json_t *vector = json_object_get(host, "ear.trustworthiness-vector");
    assert_int_equal(json_integer_value(json_object_get(vector, "executables")), 32);
    const json_t *reason = json_array_get(json_object_get(host, "bulkhead.reasons"), 0);
    assert_string_equal(json_string_value(json_object_get(reason, "partition")), "web");
    json_decref(claims);
    free(token);
}

static void a_distrusted_host_is_contraindicated_whatever_was_found(void **state)
{
    (void)state;
    struct report report;
    char *token = make_as("quarantined", true);
    json_t *claims = check(token, strlen(token), &report);
    const json_t *host =
        json_object_get(json_object_get(claims, "submods"), "00112233445566778899aabbccddeeff");
    assert_string_equal(json_string_value(json_object_get(host, "ear.status")), "contraindicated");
    assert_string_equal(json_string_value(json_object_get(host, "bulkhead.state")), "quarantined");
    const json_t *vector = json_object_get(host, "ear.trustworthiness-vector");
    assert_int_equal(json_integer_value(json_object_get(vector, "instance-identity")), 96);
    assert_int_equal(json_integer_value(json_object_get(vector, "executables")), 32);
    json_decref(claims);
    free(token);
}

static void a_changed_token_is_refused(void **state)
{
    (void)state;
    struct report report;
    char *token = make();
    size_t size = strlen(token);
    for (size_t at = 0; at < size; at += 3) {
        char was = token[at];
        token[at] = was == 'A' ? 'B' : 'A';
        assert_null(check(token, size, &report));
        assert_string_equal(report.findings[report.count - 1].rule->code, "ATT-985");
        token[at] = '=';
        assert_null(check(token, size, &report));
        token[at] = was;
    }
    assert_null(check(token, size - 1, &report));
    json_decref(check(token, size, &report));
    assert_true(report_ok(&report));
    free(token);
}

/* {"alg":"none"} and {"alg":"HS384"}, the classics. */
static void another_algorithm_is_refused(void **state)
{
    (void)state;
    struct report report;
    char *token = make(), forged[TOKEN_SIZE_MAX / 16];
    const char *claims = strchr(token, '.');
    static const char *const headers[] = {"eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzM4NCJ9"};
    for (uint32_t i = 0; i < 2; i++) {
        size_t used = strlen(headers[i]);
        memcpy(forged, headers[i], used);
        memcpy(forged + used, claims, strlen(claims) + 1);
        assert_null(check(forged, strlen(forged), &report));
        *(strrchr(forged, '.') + 1) = '\0'; /* no signature */
        assert_null(check(forged, strlen(forged), &report));
    }
    free(token);
}

/* RFC 7515, A.4 uses P-521; this is the deterministic P-384 example of RFC 6979, A.2.6 (SHA-384, "sample"). */
static void a_published_signature_verifies_and_no_other(void **state)
{
    (void)state;
    static const char x[] = "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13";
    static const char y[] = "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720";
    static const char r[] = "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46";
    static const char s[] = "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8";
    struct public_key key = {.kind = PUBLIC_P384, .size = 48};
    uint8_t digest[HASH_MAX_SIZE], signature[96];
    assert_true(evidence_hex(x, 96, key.x, 48) && evidence_hex(y, 96, key.y, 48));
    assert_true(evidence_hex(r, 96, signature, 48) && evidence_hex(s, 96, signature + 48, 48));
    hash_bytes(TPM_ALG_SHA384, "sample", 6, digest);
    assert_true(ecdsa_verify_digest(&key, digest, signature, signature + 48));
    signature[95] ^= 1;
    assert_false(ecdsa_verify_digest(&key, digest, signature, signature + 48));
    memset(signature, 0, sizeof signature);
    assert_false(ecdsa_verify_digest(&key, digest, signature, signature + 48));
    key.y[0] ^= 1;
    assert_false(ecdsa_verify_digest(&key, digest, signature, signature + 48));
}

static void a_reason_reads_as_a_sentence(void **state)
{
    (void)state;
    static const struct rule rule = {"ATT-000", "something is wrong", "allowed", "do"};
    struct appraise_reason reason = {.rule = &rule, .partition = "web", .item = "command-line", .expected = "\"quiet\"",
                                     .found = "\"quiex\""};
    char text[200];
    appraise_reason_print(&reason, text, sizeof text);
    assert_string_equal(text, "partition web, command-line: expected \"quiet\", found \"quiex\"");
    reason.partition[0] = '\0';
    appraise_reason_print(&reason, text, sizeof text);
    assert_string_equal(text, "command-line: expected \"quiet\", found \"quiex\"");
    reason.item[0] = '\0';
    appraise_reason_print(&reason, text, sizeof text);
    assert_string_equal(text, "something is wrong: expected \"quiet\", found \"quiex\"");
}

static void a_state_comes_back_as_it_was(void **state)
{
    (void)state;
    static const uint8_t log[] = {1, 2, 3};
    uint8_t head[STATE_HEAD_SIZE_MAX], again[STATE_HEAD_SIZE_MAX];
    struct appraise_state before, after;
    state_init(&before);
    before.baseline.approved = before.has_quote = before.had_counter = before.sealed_reset[1] = true;
    before.signer.size = 34;
    before.clock = 0x123456789abull;
    before.highest_version = 7;
    before.values.sha384[22][47] = 9;
    memcpy(before.boot, "00112233445566778899aabbccddeeff", 33);
    before.log_size = sizeof log;
    uint32_t size = state_write(&before, head);
    assert_true(state_read(head, size, log, sizeof log, &after));
    assert_memory_equal(after.log, log, sizeof log);
    assert_int_equal(after.highest_version, 7);
    assert_string_equal(after.boot, before.boot);
    assert_int_equal(state_write(&after, again), size);
    assert_memory_equal(head, again, size);
    state_free(&after);
    assert_false(state_read(head, size - 1, log, sizeof log, &after));
    assert_false(state_read(head, size, log, sizeof log - 1, &after));
    head[0] = 99; /* another revision */
    assert_false(state_read(head, size, log, sizeof log, &after));
    assert_null(after.log);
}

static void the_log_is_asked_for_from_where_it_is_known(void **state)
{
    (void)state;
    struct appraise_state known;
    state_init(&known);
    assert_int_equal(state_log_offset(&known, "", 100), 0);
    known.has_quote = true;
    known.log_size = 100;
    memcpy(known.boot, "00112233445566778899aabbccddeeff", 33);
    assert_int_equal(state_log_offset(&known, known.boot, 100), 100);
    assert_int_equal(state_log_offset(&known, known.boot, 99), 0);
    assert_int_equal(state_log_offset(&known, "10112233445566778899aabbccddeeff", 100), 0);
}

static void base64_has_one_form(void **state)
{
    (void)state;
    static const char *const wrong[] = {"Y", "YQ", "YQ=", "YQ===", "YR==", "Y Q=", "YQ==\n", "YWI", "YWJ=", "=", "====",
                                        "YQ==YQ==", "YW-j", "YW_j", "Y=Q="};
    uint8_t bytes[8];
    size_t size;
    assert_true(evidence_base64("", 0, bytes, sizeof bytes, &size));
    assert_int_equal(size, 0);
    assert_true(evidence_base64("YWJjZA==", 8, bytes, 4, &size));
    assert_int_equal(size, 4);
    assert_memory_equal(bytes, "abcd", 4);
    assert_false(evidence_base64("YWJjZA==", 8, bytes, 3, &size));
    for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(evidence_base64(wrong[i], strlen(wrong[i]), bytes, sizeof bytes, &size));
}

static void hex_is_lower_case_and_whole(void **state)
{
    (void)state;
    uint8_t bytes[2];
    assert_true(evidence_hex("0aff", 4, bytes, 2));
    assert_int_equal(bytes[1], 0xff);
    assert_false(evidence_hex("0aFF", 4, bytes, 2));
    assert_false(evidence_hex("0af", 3, bytes, 2));
    assert_false(evidence_hex("0aff0", 5, bytes, 2));
    assert_false(evidence_hex("0ag0", 4, bytes, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_says_what_was_found),
        cmocka_unit_test(a_distrusted_host_is_contraindicated_whatever_was_found),
        cmocka_unit_test(a_changed_token_is_refused),
        cmocka_unit_test(another_algorithm_is_refused),
        cmocka_unit_test(a_published_signature_verifies_and_no_other),
        cmocka_unit_test(a_reason_reads_as_a_sentence),
        cmocka_unit_test(a_state_comes_back_as_it_was),
        cmocka_unit_test(the_log_is_asked_for_from_where_it_is_known),
        cmocka_unit_test(base64_has_one_form),
        cmocka_unit_test(hex_is_lower_case_and_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
