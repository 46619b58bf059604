/* SPDX-License-Identifier: Apache-2.0 */
/* From trust section over key manifest to configuration: whose signatures are accepted under which policy. */
#include "config/chain.h"
#include "core/lib/bytes.h"
#include "tests/unit/lms_sample.h"
#include "tools/crypto/key.h"
#include "tools/crypto/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct key root, key, other_key;
static struct lms_sample second_root, second_key, other_second_key;
static struct report report;

static void id_of(const struct key *of, uint8_t id[CRYPTO_SHA384_SIZE])
{
    key_id(of, id);
}

static void second_id_of(const struct lms_sample *of, uint8_t id[CRYPTO_SHA384_SIZE])
{
    crypto_sha384(of->public_key, CRYPTO_LMS_PUBLIC_SIZE, id);
}

static void sign(uint8_t *records, const struct key *with, const struct lms_sample *second, const uint8_t *digest)
{
    uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE], lms[CRYPTO_LMS_SIGNATURE_SIZE];
    assert_true(key_sign(with, digest, signature, &report));
    signature_attach(records, signature);
    if (second == NULL)
        return;
    lms_sample_sign(second, digest, lms);
    signature_attach_second(records, lms);
}

/* One image's trust, one manifest, one configuration, and what came of them. */
struct sample {
    struct trust trust;
    uint8_t configuration[4096], keys[MANIFEST_MAX_SIZE];
    size_t configuration_size, keys_size; /* keys_size 0: no manifest */
    uint8_t configuration_digest[CRYPTO_SHA384_SIZE];
    struct manifest manifest;
    struct container container;
};

static void make_configuration(struct sample *sample, const struct key *with, const struct lms_sample *second)
{
    const struct container_facts facts = {.security_version = 6};
    const uint8_t blob[] = "a device tree";
    sample->configuration_size = container_size(sizeof blob, second != NULL);
    container_write(&facts, blob, sizeof blob, with->point, second != NULL ? second->public_key : NULL, sample->configuration,
                    sample->configuration_digest);
    sign(container_records(sample->configuration), with, second, sample->configuration_digest);
}

static void make_manifest(struct sample *sample, const struct manifest_facts *facts, const struct lms_sample *second)
{
    uint8_t digest[CRYPTO_SHA384_SIZE];
    sample->keys_size = manifest_size(facts->entry_count, second != NULL);
    manifest_write(facts, root.point, second != NULL ? second->public_key : NULL, sample->keys, digest);
    sign(manifest_records(sample->keys), &root, second, digest);
}

static void make_trust(struct sample *sample, const struct key *in, const struct lms_sample *second, uint32_t more_flags)
{
    uint8_t id[CRYPTO_SHA384_SIZE], second_id[CRYPTO_SHA384_SIZE];
    id_of(in, id);
    if (second != NULL)
        second_id_of(second, second_id);
    sample->trust = trust_in_keys(id, second != NULL ? second_id : NULL);
    store_le32(sample->trust.flags, load_le32(sample->trust.flags) | more_flags);
}

/* The manifest lists `key` and `second_key`. */
static struct manifest_facts usual_facts(void)
{
    struct manifest_facts facts = {.version = 2, .security_version = 5, .not_after = 1, .entry_count = 2};
    facts.entries[0].kind = MANIFEST_KEY;
    id_of(&key, facts.entries[0].id);
    facts.entries[1].kind = MANIFEST_SECOND_KEY;
    second_id_of(&second_key, facts.entries[1].id);
    return facts;
}

static void verify(struct sample *sample)
{
    const struct chain_files files = {sample->configuration, sample->configuration_size,
                                      sample->keys_size > 0 ? sample->keys : NULL, sample->keys_size};
    report_init(&report);
    chain_verify(&sample->trust, &files, &sample->manifest, &sample->container, &report);
}

static void assert_accepted(struct sample *sample)
{
    verify(sample);
    assert_true(report_ok(&report));
}

static void assert_refused(struct sample *sample, const char *code)
{
    verify(sample);
    assert_int_equal(report.count, 1);
    assert_string_equal(report.findings[0].rule->code, code);
}

static void a_key_trusted_directly_needs_no_manifest(void **state)
{
    (void)state;
    struct sample sample = {0};
    make_trust(&sample, &key, NULL, 0);
    make_configuration(&sample, &key, NULL);
    assert_accepted(&sample);
    assert_false(sample.manifest.present);
    make_configuration(&sample, &other_key, NULL);
    assert_refused(&sample, "SIG-007");
}

static void a_second_signature_that_is_demanded_must_be_there_and_by_the_right_key(void **state)
{
    (void)state;
    struct sample sample = {0};
    make_trust(&sample, &key, &second_key, 0);
    make_configuration(&sample, &key, &second_key);
    assert_accepted(&sample);
    assert_true(sample.container.second);
    assert_int_equal(sample.container.flags, CONTAINER_FLAG_PQ_REQUIRED);
    make_configuration(&sample, &key, NULL);
    assert_refused(&sample, "SIG-015");
    make_configuration(&sample, &key, &other_second_key);
    assert_refused(&sample, "SIG-016");
}

static void a_second_signature_by_a_key_nobody_trusts_is_refused(void **state)
{
    (void)state;
    struct sample sample = {0};
    make_trust(&sample, &key, NULL, 0);
    make_configuration(&sample, &key, &second_key);
    assert_refused(&sample, "SIG-016");
}

static void no_byte_of_a_configuration_with_two_signatures_can_be_changed(void **state)
{
    (void)state;
    struct sample sample = {0};
    make_trust(&sample, &key, &second_key, 0);
    make_configuration(&sample, &key, &second_key);
    for (size_t i = 0; i < sample.configuration_size; i++) {
        sample.configuration[i] ^= (uint8_t)(1u << i % 8);
        verify(&sample);
        assert_false(report_ok(&report));
        sample.configuration[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_accepted(&sample);
}

static void the_second_signature_cannot_be_cut_off(void **state)
{
    (void)state;
    struct sample sample = {0};
    make_trust(&sample, &key, NULL, 0);
    make_configuration(&sample, &key, &second_key);
    sample.configuration_size -= SIGNATURE_SECOND_SIZE;
    store_le32(sample.configuration + 8, 1); /* revision */
    store_le32(sample.configuration + 16, (uint32_t)sample.configuration_size);
    assert_refused(&sample, "SIG-004"); /* the second key id is still there */
    memset(sample.configuration + 208, 0, 48);
    assert_refused(&sample, "SIG-008");
}

static void a_wrong_second_key_id_is_sig_009_and_a_missing_flag_sig_011(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *code;
    } cases[] = {{208, "SIG-009"}, {24, "SIG-011"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sample sample = {0};
        make_trust(&sample, &key, &second_key, 0);
        make_configuration(&sample, &key, &second_key);
        sample.configuration[cases[i].at] ^= 2;
        crypto_sha384(sample.configuration, 256 + sizeof "a device tree", sample.configuration_digest);
        sign(container_records(sample.configuration), &key, &second_key, sample.configuration_digest);
        assert_refused(&sample, cases[i].code);
    }
}

static void listed_keys_are_accepted_through_the_manifest(void **state)
{
    (void)state;
    struct sample sample = {0};
    struct manifest_facts facts = usual_facts();
    make_trust(&sample, &root, NULL, TRUST_MANIFEST);
    make_manifest(&sample, &facts, NULL);
    make_configuration(&sample, &key, NULL);
    assert_accepted(&sample);
    assert_true(sample.manifest.present);
    make_configuration(&sample, &key, &second_key);
    assert_accepted(&sample);
}

static void the_root_policy_demands_second_signatures_of_both_files(void **state)
{
    (void)state;
    struct sample sample = {0};
    struct manifest_facts facts = usual_facts();
    make_trust(&sample, &root, &second_root, TRUST_MANIFEST);
    make_manifest(&sample, &facts, &second_root);
    make_configuration(&sample, &key, &second_key);
    assert_accepted(&sample);
    make_configuration(&sample, &key, NULL);
    assert_refused(&sample, "SIG-015");
    make_configuration(&sample, &key, &second_key);
    make_manifest(&sample, &facts, NULL);
    assert_refused(&sample, "SIG-025");
}

static void t17_a_stolen_key_is_of_no_use_once_the_manifest_names_it(void **state)
{
    (void)state;
    struct sample sample = {0};
    struct manifest_facts facts = usual_facts();
    make_trust(&sample, &root, NULL, TRUST_MANIFEST);
    facts.entries[2].kind = MANIFEST_REVOKED_KEY;
    id_of(&other_key, facts.entries[2].id);
    facts.entry_count = 3;
    make_manifest(&sample, &facts, NULL);
    make_configuration(&sample, &other_key, NULL);
    assert_refused(&sample, "SIG-031");
    facts.entries[2].kind = MANIFEST_REVOKED_KEY;
    second_id_of(&other_second_key, facts.entries[2].id);
    make_manifest(&sample, &facts, NULL);
    assert_refused(&sample, "SIG-030"); /* not listed, if not revoked */
    make_configuration(&sample, &key, &other_second_key);
    assert_refused(&sample, "SIG-031");
    make_configuration(&sample, &root, NULL);
    assert_refused(&sample, "SIG-030"); /* the root key signs manifests, nothing else */
}

static void a_revoked_configuration_is_sig_032(void **state)
{
    (void)state;
    struct sample sample = {0};
    struct manifest_facts facts = usual_facts();
    make_trust(&sample, &root, NULL, TRUST_MANIFEST);
    make_configuration(&sample, &key, NULL);
    facts.entries[2].kind = MANIFEST_REVOKED_CONFIGURATION;
    memcpy(facts.entries[2].id, sample.configuration_digest, CRYPTO_SHA384_SIZE);
    facts.entry_count = 3;
    make_manifest(&sample, &facts, NULL);
    assert_refused(&sample, "SIG-032");
}

static void a_missing_manifest_is_sig_033_and_an_unasked_one_sig_034(void **state)
{
    (void)state;
    struct sample sample = {0};
    struct manifest_facts facts = usual_facts();
    make_configuration(&sample, &key, NULL);
    make_trust(&sample, &root, NULL, TRUST_MANIFEST);
    assert_refused(&sample, "SIG-033");
    make_trust(&sample, &key, NULL, 0);
    make_manifest(&sample, &facts, NULL);
    assert_refused(&sample, "SIG-034");
}

static void an_unknown_policy_is_sig_035(void **state)
{
    (void)state;
    struct sample sample = {0};
    make_configuration(&sample, &key, NULL);
    make_trust(&sample, &key, NULL, 4);
    assert_refused(&sample, "SIG-035");
}

static void an_old_manifest_lends_no_newer_security_version(void **state)
{
    (void)state;
    struct manifest manifest = {.present = true, .security_version = 5};
    struct container container = {.security_version = 6};
    assert_int_equal(chain_security_version(&manifest, &container), 5);
    manifest.security_version = 7;
    assert_int_equal(chain_security_version(&manifest, &container), 6);
    manifest.present = false;
    manifest.security_version = 1;
    assert_int_equal(chain_security_version(&manifest, &container), 6);
}

static int make_keys(void **state)
{
    static _Alignas(16) uint8_t heap[1 << 20];
    (void)state;
    crypto_init(heap, sizeof heap);
    report_init(&report);
    lms_sample_make(&second_root, 1, 0);
    lms_sample_make(&second_key, 2, 1000);
    lms_sample_make(&other_second_key, 3, 77);
    return key_generate(&root, &report) && key_generate(&key, &report) && key_generate(&other_key, &report) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_trusted_directly_needs_no_manifest),
        cmocka_unit_test(a_second_signature_that_is_demanded_must_be_there_and_by_the_right_key),
        cmocka_unit_test(a_second_signature_by_a_key_nobody_trusts_is_refused),
        cmocka_unit_test(no_byte_of_a_configuration_with_two_signatures_can_be_changed),
        cmocka_unit_test(the_second_signature_cannot_be_cut_off),
        cmocka_unit_test(a_wrong_second_key_id_is_sig_009_and_a_missing_flag_sig_011),
        cmocka_unit_test(listed_keys_are_accepted_through_the_manifest),
        cmocka_unit_test(the_root_policy_demands_second_signatures_of_both_files),
        cmocka_unit_test(t17_a_stolen_key_is_of_no_use_once_the_manifest_names_it),
        cmocka_unit_test(a_revoked_configuration_is_sig_032),
        cmocka_unit_test(a_missing_manifest_is_sig_033_and_an_unasked_one_sig_034),
        cmocka_unit_test(an_unknown_policy_is_sig_035),
        cmocka_unit_test(an_old_manifest_lends_no_newer_security_version),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
