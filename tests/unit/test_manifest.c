/* SPDX-License-Identifier: Apache-2.0 */
/* The key manifest: a good one is accepted and read, every rule refuses its failing sample, no byte can be changed. */
#include "config/manifest.h"
#include "core/lib/bytes.h"
#include "tests/unit/lms_sample.h"
#include "tools/crypto/key.h"
#include "tools/crypto/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES 5u
#define TOTAL_SIZE (160u + ENTRIES * 64u + 208u + 1520u)

/* Offsets, stated a second time on purpose: they are the file format (docs/container.md). */
#define AT_REVISION 8
#define AT_HEADER_SIZE 12
#define AT_TOTAL_SIZE 16
#define AT_FLAGS 24
#define AT_ENTRY_COUNT 28
#define AT_NOT_BEFORE 40
#define AT_ZERO 56
#define AT_KEY_ID 64
#define AT_ENTRY(n) (160u + (n) * 64u)
#define AT_RECORDS AT_ENTRY(ENTRIES)

static struct key root, other_root;
static struct lms_sample second_root;
static struct report report;

struct sample {
    uint8_t bytes[TOTAL_SIZE];
    uint32_t size;
    struct trust trust;
};

static void seal(struct sample *sample, const struct key *with)
{
    uint8_t digest[CRYPTO_SHA384_SIZE], signature[CRYPTO_P384_SIGNATURE_SIZE], second[CRYPTO_LMS_SIGNATURE_SIZE];
    crypto_sha384(sample->bytes, AT_RECORDS, digest);
    report_init(&report);
    assert_true(key_sign(with, digest, signature, &report));
    signature_attach(sample->bytes + AT_RECORDS, signature);
    if (sample->size < TOTAL_SIZE)
        return;
    lms_sample_sign(&second_root, digest, second);
    signature_attach_second(sample->bytes + AT_RECORDS, second);
}

/* Keys 0x10 and 0x11 (P-384), 0x20 (LMS); revoked: key 0x30 and configuration 0x40. */
static struct sample sample_make(bool second)
{
    static const struct {
        enum manifest_kind kind;
        uint8_t id;
    } entries[ENTRIES] = {{MANIFEST_REVOKED_CONFIGURATION, 0x40}, {MANIFEST_KEY, 0x11}, {MANIFEST_KEY, 0x10},
                          {MANIFEST_SECOND_KEY, 0x20}, {MANIFEST_REVOKED_KEY, 0x30}};
    struct manifest_facts facts = {.version = 9, .security_version = 4, .not_before = 100, .not_after = 200,
                                   .entry_count = ENTRIES};
    struct sample sample = {.size = manifest_size(ENTRIES, second)};
    uint8_t digest[CRYPTO_SHA384_SIZE], id[CRYPTO_SHA384_SIZE], second_id[CRYPTO_SHA384_SIZE];
    for (uint32_t i = 0; i < ENTRIES; i++) {
        facts.entries[i].kind = entries[i].kind;
        memset(facts.entries[i].id, entries[i].id, CRYPTO_SHA384_SIZE);
    }
    manifest_write(&facts, root.point, second ? second_root.public_key : NULL, sample.bytes, digest);
    key_id(&root, id);
    crypto_sha384(second_root.public_key, CRYPTO_LMS_PUBLIC_SIZE, second_id);
    sample.trust = trust_in_keys(id, second ? second_id : NULL);
    seal(&sample, &root);
    return sample;
}

static bool verify(const struct sample *sample, struct manifest *manifest)
{
    report_init(&report);
    bool good = manifest_verify(sample->bytes, sample->size, &sample->trust, manifest, &report);
    assert_int_equal(good, report_ok(&report));
    return good;
}

static void assert_refused(const struct sample *sample, const char *code)
{
    struct manifest manifest;
    assert_false(verify(sample, &manifest));
    assert_string_equal(report.findings[0].rule->code, code);
}

static bool lists(const struct manifest *manifest, enum manifest_kind kind, uint8_t number)
{
    uint8_t id[CRYPTO_SHA384_SIZE];
    memset(id, number, sizeof id);
    return manifest_lists(manifest, kind, id);
}

static void a_good_manifest_is_accepted_and_read(void **state)
{
    (void)state;
    for (int second = 0; second < 2; second++) {
        struct manifest manifest;
        struct sample sample = sample_make(second == 1);
        assert_true(verify(&sample, &manifest));
        assert_true(manifest.present && manifest.version == 9 && manifest.security_version == 4);
        assert_true(manifest.not_before == 100 && manifest.not_after == 200);
        assert_true(lists(&manifest, MANIFEST_KEY, 0x10) && lists(&manifest, MANIFEST_KEY, 0x11));
        assert_true(lists(&manifest, MANIFEST_SECOND_KEY, 0x20) && lists(&manifest, MANIFEST_REVOKED_KEY, 0x30));
        assert_false(lists(&manifest, MANIFEST_KEY, 0x20) || lists(&manifest, MANIFEST_KEY, 0x12));
        assert_true(lists(&manifest, MANIFEST_REVOKED_CONFIGURATION, 0x40));
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    struct sample sample = sample_make(true);
    for (uint32_t size = 0; size < sample.size; size++) {
        uint8_t *exact = malloc(size + 1); /* so that the sanitizer sees a read past the end */
        struct manifest manifest;
        memcpy(exact + 1, sample.bytes, size);
        report_init(&report);
        assert_false(manifest_verify(exact + 1, size, &sample.trust, &manifest, &report));
        assert_int_equal(report.count, 1);
        free(exact);
    }
}

static void a_flipped_bit_in_any_byte_is_refused(void **state)
{
    (void)state;
    struct manifest manifest;
    struct sample sample = sample_make(true);
    for (uint32_t i = 0; i < sample.size; i++) {
        sample.bytes[i] ^= (uint8_t)(1u << i % 8);
        assert_false(verify(&sample, &manifest));
        sample.bytes[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_true(verify(&sample, &manifest));
}

static void a_wrong_size_is_sig_020(void **state)
{
    (void)state;
    const size_t places[] = {AT_TOTAL_SIZE, AT_ENTRY_COUNT, AT_ENTRY_COUNT + 3};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct sample sample = sample_make(false);
        sample.bytes[places[i]]++;
        assert_refused(&sample, "SIG-020");
    }
    struct sample sample = sample_make(false);
    store_le32(sample.bytes + AT_ENTRY_COUNT, 0x04000001); /* times 64 wraps to 64 */
    assert_refused(&sample, "SIG-020");
}

static void another_file_is_sig_021_and_another_revision_sig_022(void **state)
{
    (void)state;
    struct sample sample = sample_make(false);
    memcpy(sample.bytes, "BULKCONF", 8);
    assert_refused(&sample, "SIG-021");
    sample = sample_make(false);
    sample.bytes[AT_REVISION] = 2;
    assert_refused(&sample, "SIG-022");
}

static void a_wrong_layout_is_sig_023(void **state)
{
    (void)state;
    const size_t places[] = {AT_HEADER_SIZE, AT_FLAGS, AT_ZERO, AT_ZERO + 7};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct sample sample = sample_make(false);
        sample.bytes[places[i]] ^= 0x10;
        assert_refused(&sample, "SIG-023");
    }
}

static void other_root_keys_are_sig_024(void **state)
{
    (void)state;
    struct sample sample = sample_make(false);
    memcpy(sample.bytes + AT_RECORDS + 8, other_root.point, sizeof other_root.point);
    seal(&sample, &other_root);
    assert_refused(&sample, "SIG-024");
    sample = sample_make(true);
    sample.trust.second_key_hash[0] ^= 1;
    assert_refused(&sample, "SIG-024");
    memset(sample.trust.second_key_hash, 0, sizeof sample.trust.second_key_hash);
    memset(sample.trust.flags, 0, sizeof sample.trust.flags); /* a second signature by a key that nobody trusts */
    assert_refused(&sample, "SIG-024");
}

static void a_missing_second_signature_is_sig_025(void **state)
{
    (void)state;
    struct sample sample = sample_make(false);
    store_le32(sample.trust.flags, TRUST_SECOND);
    assert_refused(&sample, "SIG-025");
}

static void an_altered_manifest_is_sig_008(void **state)
{
    (void)state;
    struct sample sample = sample_make(false);
    sample.bytes[AT_ENTRY(0) + 20] ^= 1;
    assert_refused(&sample, "SIG-008");
    sample = sample_make(true);
    sample.bytes[AT_RECORDS + 208 + 64 + 100] ^= 1; /* in the LMS signature */
    assert_refused(&sample, "SIG-008");
}

static void assert_entry_refused(uint32_t at, uint8_t value, const char *code)
{
    struct sample sample = sample_make(false);
    sample.bytes[at] = value;
    seal(&sample, &root);
    assert_refused(&sample, code);
}

static void wrong_entries_are_sig_026(void **state)
{
    (void)state;
    assert_entry_refused(AT_ENTRY(4), 5, "SIG-026");      /* unknown kind */
    assert_entry_refused(AT_ENTRY(0), 0, "SIG-026");      /* unknown kind */
    assert_entry_refused(AT_ENTRY(1) + 5, 1, "SIG-026");  /* padding */
    assert_entry_refused(AT_ENTRY(0) + 16, 0x50, "SIG-026"); /* descending ids */
    assert_entry_refused(AT_ENTRY(1), 3, "SIG-026");      /* descending kinds */
    struct sample sample = sample_make(false);
    memcpy(sample.bytes + AT_ENTRY(1), sample.bytes + AT_ENTRY(0), 64); /* twice the same */
    seal(&sample, &root);
    assert_refused(&sample, "SIG-026");
    sample = sample_make(false);
    memcpy(sample.bytes + AT_ENTRY(3) + 16, sample.bytes + AT_ENTRY(0) + 16, 48); /* listed and revoked */
    seal(&sample, &root);
    assert_refused(&sample, "SIG-026");
}

static void a_manifest_without_a_key_is_sig_027(void **state)
{
    (void)state;
    struct sample sample = sample_make(false);
    sample.bytes[AT_ENTRY(0)] = sample.bytes[AT_ENTRY(1)] = MANIFEST_SECOND_KEY;
    seal(&sample, &root);
    assert_refused(&sample, "SIG-027");
}

static void a_validity_that_ends_before_it_begins_is_sig_028(void **state)
{
    (void)state;
    assert_entry_refused(AT_NOT_BEFORE, 201, "SIG-028");
}

static void a_foreign_key_id_is_sig_029(void **state)
{
    (void)state;
    struct sample sample = sample_make(false);
    sample.bytes[AT_KEY_ID] ^= 1;
    seal(&sample, &root);
    assert_refused(&sample, "SIG-029");
    sample = sample_make(true);
    sample.bytes[AT_KEY_ID + 48] ^= 1;
    seal(&sample, &root);
    assert_refused(&sample, "SIG-029");
}

static void the_order_of_the_facts_makes_no_difference(void **state)
{
    (void)state;
    struct manifest_facts facts = {.entry_count = 2};
    uint8_t one[TOTAL_SIZE], other[TOTAL_SIZE], digest[CRYPTO_SHA384_SIZE];
    facts.entries[0] = (struct manifest_entry){MANIFEST_KEY, {1}};
    facts.entries[1] = (struct manifest_entry){MANIFEST_KEY, {2}};
    manifest_write(&facts, root.point, NULL, one, digest);
    facts.entries[0].id[0] = 2;
    facts.entries[1].id[0] = 1;
    manifest_write(&facts, root.point, NULL, other, digest);
    assert_memory_equal(one, other, manifest_size(2, false));
}

static int make_keys(void **state)
{
    static _Alignas(16) uint8_t heap[1 << 20];
    (void)state;
    crypto_init(heap, sizeof heap);
    report_init(&report);
    lms_sample_make(&second_root, 3, 12);
    return key_generate(&root, &report) && key_generate(&other_root, &report) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_manifest_is_accepted_and_read),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(a_flipped_bit_in_any_byte_is_refused),
        cmocka_unit_test(a_wrong_size_is_sig_020),
        cmocka_unit_test(another_file_is_sig_021_and_another_revision_sig_022),
        cmocka_unit_test(a_wrong_layout_is_sig_023),
        cmocka_unit_test(other_root_keys_are_sig_024),
        cmocka_unit_test(a_missing_second_signature_is_sig_025),
        cmocka_unit_test(an_altered_manifest_is_sig_008),
        cmocka_unit_test(wrong_entries_are_sig_026),
        cmocka_unit_test(a_manifest_without_a_key_is_sig_027),
        cmocka_unit_test(a_validity_that_ends_before_it_begins_is_sig_028),
        cmocka_unit_test(a_foreign_key_id_is_sig_029),
        cmocka_unit_test(the_order_of_the_facts_makes_no_difference),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
