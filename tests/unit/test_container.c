/* SPDX-License-Identifier: Apache-2.0 */
/* The signed container: a good one is accepted, and every rule refuses its failing sample. */
#include "config/container.h"
#include "tools/crypto/key.h"
#include "tools/crypto/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOB_SIZE 131u /* odd, so that there is padding in front of the signature record */
#define TOTAL_SIZE (256u + 136u + 208u)
#define RECORD_AT (256u + 136u)

/* Offsets of header fields, stated a second time on purpose: they are the file format (docs/container.md). */
#define AT_REVISION 8
#define AT_HEADER_SIZE 12
#define AT_TOTAL_SIZE 16
#define AT_FLAGS 24
#define AT_BLOB_OFFSET 56
#define AT_BLOB_SIZE 60
#define AT_BLOB_SHA384 64
#define AT_HOST 112
#define AT_KEY_ID 160

static struct key key;
static struct key other_key;
static struct report report;
static const struct container_facts facts = {.security_version = 3, .serial = 0x1122334455667788, .image_count = 2};

struct sample {
    uint8_t bytes[TOTAL_SIZE];
    struct trust trusted;
};

static void seal(uint8_t *bytes, const struct key *with)
{
    uint8_t digest[CRYPTO_SHA384_SIZE];
    uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE];
    crypto_sha384(bytes, 256 + BLOB_SIZE, digest);
    assert_true(key_sign(with, digest, signature, &report));
    signature_attach(container_records(bytes), signature);
}

static struct sample sample_make(void)
{
    struct sample sample;
    uint8_t blob[BLOB_SIZE];
    uint8_t digest[CRYPTO_SHA384_SIZE];
    for (size_t i = 0; i < sizeof blob; i++)
        blob[i] = (uint8_t)(i * 3 + 1);
    assert_int_equal(container_size(sizeof blob, false), sizeof sample.bytes);
    container_write(&facts, blob, sizeof blob, key.point, NULL, sample.bytes, digest);
    uint8_t id[CRYPTO_SHA384_SIZE];
    key_id(&key, id);
    sample.trusted = trust_in_keys(id, NULL);
    seal(sample.bytes, &key);
    return sample;
}

static struct container verify(const struct sample *sample, size_t size)
{
    struct container container;
    report_init(&report);
    container_verify(sample->bytes, size, &sample->trusted, NULL, &container, &report);
    return container;
}

/* The sample is refused, with `code` as its first finding. */
static void assert_refused(const struct sample *sample, const char *code)
{
    (void)verify(sample, sizeof sample->bytes);
    assert_false(report_ok(&report));
    assert_string_equal(report.findings[0].rule->code, code);
}

static int make_keys(void **state)
{
    static _Alignas(16) uint8_t heap[1 << 20];
    crypto_init(heap, sizeof heap);
    report_init(&report);
    (void)state;
    return key_generate(&key, &report) && key_generate(&other_key, &report) ? 0 : -1;
}

static void a_good_container_is_accepted_and_read(void **state)
{
    struct sample sample = sample_make();
    struct container container = verify(&sample, sizeof sample.bytes);
    assert_true(report_ok(&report));
    assert_int_equal(container.security_version, 3);
    assert_int_equal(container.serial, 0x1122334455667788);
    assert_int_equal(container.image_count, 2);
    assert_int_equal(container.blob_size, BLOB_SIZE);
    assert_int_equal(container.blob[1], 4);
    assert_memory_equal(container.key_id, sample.trusted.key_hash, 48);
    assert_false(container.second);
    (void)state;
}

static void every_truncation_is_refused(void **state)
{
    struct sample sample = sample_make();
    for (size_t size = 0; size < sizeof sample.bytes; size++) {
        uint8_t *exact = malloc(size + 1); /* so that the sanitizer sees a read past the end */
        struct container container;
        memcpy(exact + 1, sample.bytes, size);
        report_init(&report);
        container_verify(exact + 1, size, &sample.trusted, NULL, &container, &report);
        assert_int_equal(report.count, 1);
        free(exact);
    }
    (void)state;
}

static void a_flipped_bit_in_any_byte_is_refused(void **state)
{
    struct sample sample = sample_make();
    for (size_t i = 0; i < sizeof sample.bytes; i++) {
        sample.bytes[i] ^= (uint8_t)(1u << i % 8);
        (void)verify(&sample, sizeof sample.bytes);
        assert_false(report_ok(&report));
        sample.bytes[i] ^= (uint8_t)(1u << i % 8);
    }
    (void)state;
}

static void a_wrong_size_is_sig_001(void **state)
{
    struct sample sample = sample_make();
    sample.bytes[AT_TOTAL_SIZE]++;
    assert_refused(&sample, "SIG-001");
    sample = sample_make();
    memset(sample.bytes + AT_BLOB_SIZE, 0xff, 4);
    assert_refused(&sample, "SIG-001");
    (void)state;
}

static void another_file_is_sig_002(void **state)
{
    struct sample sample = sample_make();
    memcpy(sample.bytes, "\xd0\x0d\xfe\xed", 4);
    assert_refused(&sample, "SIG-002");
    (void)state;
}

static void an_older_or_newer_revision_is_sig_003(void **state)
{
    struct sample sample = sample_make();
    sample.bytes[AT_REVISION] = 0;
    assert_refused(&sample, "SIG-003");
    sample.bytes[AT_REVISION] = 3;
    assert_refused(&sample, "SIG-003");
    (void)state;
}

static void a_wrong_layout_is_sig_004(void **state)
{
    const size_t places[] = {AT_HEADER_SIZE, AT_BLOB_OFFSET, 208 /* second key id */, 256 + BLOB_SIZE /* padding */};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct sample sample = sample_make();
        sample.bytes[places[i]] ^= 0x10;
        assert_refused(&sample, "SIG-004");
    }
    (void)state;
}

static void a_wrong_record_is_sig_018(void **state)
{
    const size_t places[] = {RECORD_AT + 4 /* record size */, RECORD_AT + 105 /* padding behind the key */};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct sample sample = sample_make();
        sample.bytes[places[i]] ^= 0x10;
        assert_refused(&sample, "SIG-018");
    }
    (void)state;
}

static void another_algorithm_is_sig_005(void **state)
{
    struct sample sample = sample_make();
    sample.bytes[RECORD_AT] = 2;
    assert_refused(&sample, "SIG-005");
    (void)state;
}

static void an_image_that_trusts_nobody_is_sig_006(void **state)
{
    struct sample sample = sample_make();
    memset(sample.trusted.key_hash, 0, sizeof sample.trusted.key_hash);
    assert_refused(&sample, "SIG-006");
    (void)state;
}

static void another_key_is_sig_007(void **state)
{
    struct sample sample = sample_make();
    memcpy(sample.bytes + RECORD_AT + 8, other_key.point, sizeof other_key.point);
    seal(sample.bytes, &other_key);
    assert_refused(&sample, "SIG-007");
    (void)state;
}

static void an_altered_configuration_is_sig_008(void **state)
{
    struct sample sample = sample_make();
    sample.bytes[256 + 40] ^= 1;
    assert_refused(&sample, "SIG-008");
    sample = sample_make();
    seal(sample.bytes, &other_key);
    assert_refused(&sample, "SIG-008");
    (void)state;
}

static void a_foreign_key_id_is_sig_009(void **state)
{
    struct sample sample = sample_make();
    sample.bytes[AT_KEY_ID] ^= 1;
    seal(sample.bytes, &key);
    assert_refused(&sample, "SIG-009");
    (void)state;
}

static void a_wrong_blob_digest_is_sig_010(void **state)
{
    struct sample sample = sample_make();
    sample.bytes[AT_BLOB_SHA384] ^= 1;
    seal(sample.bytes, &key);
    assert_refused(&sample, "SIG-010");
    (void)state;
}

static void an_unknown_flag_is_sig_011(void **state)
{
    struct sample sample = sample_make();
    sample.bytes[AT_FLAGS] = 0x81;
    seal(sample.bytes, &key);
    assert_refused(&sample, "SIG-011");
    sample.bytes[AT_FLAGS] = CONTAINER_FLAG_DEBUG;
    seal(sample.bytes, &key);
    (void)verify(&sample, sizeof sample.bytes);
    assert_true(report_ok(&report));
    (void)state;
}

static void a_host_id_is_sig_012(void **state)
{
    struct sample sample = sample_make();
    sample.bytes[AT_HOST + 47] = 1;
    seal(sample.bytes, &key);
    assert_refused(&sample, "SIG-012");
    (void)state;
}

static void all_faults_of_the_content_are_listed(void **state)
{
    struct sample sample = sample_make();
    sample.bytes[AT_KEY_ID] ^= 1;
    sample.bytes[AT_FLAGS] = CONTAINER_FLAG_PQ_REQUIRED; /* but there is one signature */
    sample.bytes[AT_HOST] = 1;
    seal(sample.bytes, &key);
    (void)verify(&sample, sizeof sample.bytes);
    assert_int_equal(report.count, 3);
    (void)state;
}

/* A decoded system that agrees with `facts`. */
static struct system *system_make(void)
{
    static struct system system;
    system = (struct system){.security_version = 3, .partition_count = 1};
    system.partitions[0].kernel.present = true;
    system.partitions[0].initrd.present = true;
    return &system;
}

static void header_and_configuration_that_agree_pass(void **state)
{
    struct sample sample = sample_make();
    struct container container = verify(&sample, sizeof sample.bytes);
    container_check_system(&container, system_make(), &report);
    assert_true(report_ok(&report));
    (void)state;
}

static void another_security_version_inside_is_sig_013(void **state)
{
    struct sample sample = sample_make();
    struct container container = verify(&sample, sizeof sample.bytes);
    struct system *system = system_make();
    system->security_version = 2;
    container_check_system(&container, system, &report);
    assert_int_equal(report.count, 1);
    assert_string_equal(report.findings[0].rule->code, "SIG-013");
    (void)state;
}

static void another_number_of_images_inside_is_sig_014(void **state)
{
    struct sample sample = sample_make();
    struct container container = verify(&sample, sizeof sample.bytes);
    struct system *system = system_make();
    system->partitions[0].initrd.present = false;
    container_check_system(&container, system, &report);
    assert_int_equal(report.count, 1);
    assert_string_equal(report.findings[0].rule->code, "SIG-014");
    (void)state;
}

static void sizes_beyond_the_limit_have_no_container(void **state)
{
    assert_int_equal(container_size(0, false), 464);
    assert_int_equal(container_size(CONTAINER_MAX_SIZE - 464, false), CONTAINER_MAX_SIZE);
    assert_int_equal(container_size(CONTAINER_MAX_SIZE - 463, false), 0);
    assert_int_equal(container_size(CONTAINER_MAX_SIZE, false), 0);
    assert_int_equal(container_size(SIZE_MAX, false), 0);
    assert_int_equal(container_size(0, true), 464 + 1520);
    assert_int_equal(container_size(CONTAINER_MAX_SIZE - 464, true), 0);
    (void)state;
}

static void random_bytes_behind_a_good_start_are_refused(void **state)
{
    uint32_t seed = 1;
    struct sample good = sample_make();
    for (size_t round = 0; round < 2000; round++) {
        struct sample sample = good;
        size_t from = round % 200 + 8;
        for (size_t i = from; i < sizeof sample.bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            sample.bytes[i] = (uint8_t)(seed >> 24);
        }
        (void)verify(&sample, sizeof sample.bytes);
        assert_false(report_ok(&report));
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_container_is_accepted_and_read),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_flipped_bit_in_any_byte_is_refused),
        cmocka_unit_test(a_wrong_size_is_sig_001),
        cmocka_unit_test(another_file_is_sig_002),
        cmocka_unit_test(an_older_or_newer_revision_is_sig_003),
        cmocka_unit_test(a_wrong_layout_is_sig_004),
        cmocka_unit_test(a_wrong_record_is_sig_018),
        cmocka_unit_test(another_algorithm_is_sig_005),
        cmocka_unit_test(an_image_that_trusts_nobody_is_sig_006),
        cmocka_unit_test(another_key_is_sig_007),
        cmocka_unit_test(an_altered_configuration_is_sig_008),
        cmocka_unit_test(a_foreign_key_id_is_sig_009),
        cmocka_unit_test(a_wrong_blob_digest_is_sig_010),
        cmocka_unit_test(an_unknown_flag_is_sig_011),
        cmocka_unit_test(a_host_id_is_sig_012),
        cmocka_unit_test(all_faults_of_the_content_are_listed),
        cmocka_unit_test(header_and_configuration_that_agree_pass),
        cmocka_unit_test(another_security_version_inside_is_sig_013),
        cmocka_unit_test(another_number_of_images_inside_is_sig_014),
        cmocka_unit_test(sizes_beyond_the_limit_have_no_container),
        cmocka_unit_test(random_bytes_behind_a_good_start_are_refused),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
