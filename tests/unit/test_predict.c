/* SPDX-License-Identifier: Apache-2.0 */
/* Prediction without a machine: the digest of an image, the firmware's events. */
#include "tests/unit/findings.h"

#include "core/lib/bytes.h"
#include "tools/predict/firmware.h"

#include <stdlib.h>
#include <string.h>

/* A PE32+ image of three pages: headers, and two sections, the second one first in the table. */
#define PE_AT 0x80u
#define OPTIONAL_AT (PE_AT + 24u)
#define TABLE_AT (OPTIONAL_AT + 240u)
#define HEADERS 0x1000u
#define PLAIN_SIZE 0x3000u
#define CERTIFICATES 0x200u
#define CHECKSUM_AT (OPTIONAL_AT + 64u)
#define DIRECTORY_AT (OPTIONAL_AT + 144u)

static uint8_t file[PLAIN_SIZE + CERTIFICATES];
static struct report report;
static struct prediction prediction;

static void make_section(unsigned index, uint32_t size, uint32_t at)
{
    store_le32(file + TABLE_AT + 40 * index + 16, size);
    store_le32(file + TABLE_AT + 40 * index + 20, at);
}

static void make_image(void)
{
    for (size_t i = 0; i < sizeof file; i++)
        file[i] = (uint8_t)(i * 7 + i / 256);
    memset(file + PE_AT, 0, TABLE_AT + 80 - PE_AT);
    store_le16(file, 0x5a4d);
    store_le32(file + 0x3c, PE_AT);
    store_le32(file + PE_AT, 0x4550);
    store_le16(file + PE_AT + 6, 2);
    store_le16(file + PE_AT + 20, 240);
    store_le16(file + OPTIONAL_AT, 0x20b);
    store_le32(file + OPTIONAL_AT + 60, HEADERS);
    store_le32(file + OPTIONAL_AT + 108, 16);
    make_section(0, 0x1000, 0x2000);
    make_section(1, 0x1000, 0x1000);
}

static void sign_image(void)
{
    store_le32(file + DIRECTORY_AT, PLAIN_SIZE);
    store_le32(file + DIRECTORY_AT + 4, CERTIFICATES);
}

static void measure(size_t size, struct pe_image *image)
{
    report_init(&report);
    assert_true(pe_measure(file, size, "image", image, &report));
    assert_true(report_ok(&report));
}

static void refuses(size_t size)
{
    /* On the heap at its exact size, so that the sanitizer sees a read beyond it. */
    uint8_t *copy = malloc(size > 0 ? size : 1);
    struct pe_image image;
    assert_non_null(copy);
    memcpy(copy, file, size);
    report_init(&report);
    assert_false(pe_measure(copy, size, "image", &image, &report));
    assert_only(&report, "TOOL-792");
    free(copy);
}

static void the_digest_is_over_all_but_checksum_and_certificate_entry(void **state)
{
    (void)state;
    struct pe_image image;
    struct hash_state hash;
    uint8_t digest[HASH_SHA256_SIZE];
    make_image();
    measure(PLAIN_SIZE, &image);
    hash_start(&hash, TPM_ALG_SHA256);
    hash_update(&hash, file, CHECKSUM_AT);
    hash_update(&hash, file + CHECKSUM_AT + 4, DIRECTORY_AT - CHECKSUM_AT - 4);
    hash_update(&hash, file + DIRECTORY_AT + 8, HEADERS - DIRECTORY_AT - 8);
    hash_update(&hash, file + 0x1000, 0x1000);
    hash_update(&hash, file + 0x2000, 0x1000);
    hash_finish(&hash, digest);
    assert_memory_equal(image.digests.sha256, digest, sizeof digest);
    assert_null(image.certificates);
}

static void signing_leaves_the_digest_alone(void **state)
{
    (void)state;
    struct pe_image plain, with;
    make_image();
    measure(PLAIN_SIZE, &plain);
    sign_image();
    store_le32(file + CHECKSUM_AT, 0x12345678);
    measure(sizeof file, &with);
    assert_memory_equal(&plain.digests, &with.digests, sizeof plain.digests);
    assert_ptr_equal(with.certificates, file + PLAIN_SIZE);
    assert_int_equal(with.certificates_size, CERTIFICATES);
}

static void every_other_byte_counts(void **state)
{
    (void)state;
    static const size_t places[] = {2, OPTIONAL_AT + 56, CHECKSUM_AT + 4, DIRECTORY_AT + 8, HEADERS - 1, 0x1000,
                                    PLAIN_SIZE - 1};
    struct pe_image before, after;
    make_image();
    measure(PLAIN_SIZE, &before);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        file[places[i]] ^= 1;
        measure(PLAIN_SIZE, &after);
        file[places[i]] ^= 1;
        assert_memory_not_equal(before.digests.sha256, after.digests.sha256, HASH_SHA256_SIZE);
        assert_memory_not_equal(before.digests.sha384, after.digests.sha384, HASH_SHA384_SIZE);
    }
}

static void an_image_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    make_image();
    for (size_t size = 0; size < PLAIN_SIZE; size += size < HEADERS ? 1 : 0x3ff)
        refuses(size);
}

/* One field of the headers with a value that does not fit. */
static void headers_that_contradict_the_file_are_refused(void **state)
{
    (void)state;
    const struct {
        uint32_t at, value;
    } cases[] = {
        {0, 0}, {0x3c, 0xffffffff}, {0x3c, PLAIN_SIZE - 2}, {PE_AT, 0x4551}, {PE_AT + 4, 0xffff0000}, {PE_AT + 4, 0},
        {PE_AT + 20, 100}, {OPTIONAL_AT, 0x10b}, {OPTIONAL_AT + 60, 0x40}, {OPTIONAL_AT + 60, 0xffffffff},
        {OPTIONAL_AT + 108, 4}, {TABLE_AT + 16, 0x2000}, {TABLE_AT + 16, 0xffffffff}, {TABLE_AT + 20, 0x1800},
        {TABLE_AT + 20, 0x3000}, {TABLE_AT + 20, 0xfffffff0}, {TABLE_AT + 60, 0x1001}, {DIRECTORY_AT, 0x1000},
        {DIRECTORY_AT + 4, 0x100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_image();
        store_le32(file + cases[i].at, cases[i].value);
        refuses(PLAIN_SIZE);
    }
}

static void certificates_must_be_the_end_of_the_file(void **state)
{
    (void)state;
    struct pe_image image;
    make_image();
    sign_image();
    refuses(sizeof file - 1);
    store_le32(file + DIRECTORY_AT, PLAIN_SIZE - 8);
    store_le32(file + DIRECTORY_AT + 4, CERTIFICATES + 8);
    refuses(sizeof file);
    sign_image();
    measure(sizeof file, &image);
}

/* A list with `count` certificates of 40 bytes; certificate n is 40 times the byte n. */
#define CERTIFICATE 40u
#define LIST(count) (28u + (count) * (16u + CERTIFICATE))
static uint8_t list[LIST(3)];

static struct firmware_variable make_list(unsigned count)
{
    static const uint8_t x509[16] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
                                     0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
    memcpy(list, x509, 16);
    store_le32(list + 16, LIST(count));
    store_le32(list + 20, 0);
    store_le32(list + 24, 16 + CERTIFICATE);
    for (unsigned i = 0; i < count; i++) {
        memset(list + LIST(i), 0xaa, 16);
        memset(list + LIST(i) + 16, (int)i + 1, CERTIFICATE);
    }
    return (struct firmware_variable){list, LIST(count)};
}

static bool predict(const struct pe_image *image, struct firmware_variable db)
{
    struct firmware_keys keys = {{NULL, 0}, {NULL, 0}, db, {NULL, 0}};
    report_init(&report);
    prediction_begin(&prediction);
    return firmware_predict(&prediction, image, &keys, &report);
}

/* The event of PCR 7 that names the db entry, as UEFI_VARIABLE_DATA. */
static void assert_authority(unsigned certificate)
{
    uint8_t data[32 + 4 + 16 + CERTIFICATE] = {0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
                                               0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f};
    struct pcr_digests digests;
    store_le64(data + 16, 2);
    store_le64(data + 24, 16 + CERTIFICATE);
    memcpy(data + 32, "d\0b", 4);
    memset(data + 36, 0xaa, 16);
    memset(data + 52, (int)certificate, CERTIFICATE);
    pcr_hash(data, sizeof data, &digests);
    assert_int_equal(prediction.events[8].type, 0x800000e0u);
    assert_memory_equal(&prediction.events[8].digests, &digests, sizeof digests);
}

static void firmware_measures_keys_then_the_call_then_the_image(void **state)
{
    (void)state;
    static const struct {
        uint32_t pcr, type;
    } expected[] = {{7, 0x80000001}, {7, 0x80000001}, {7, 0x80000001}, {7, 0x80000001}, {7, 0x80000001},
                    {7, 4},          {4, 0x80000007}, {4, 4},          {7, 0x800000e0}, {4, 0x80000003}};
    struct pe_image image = {.digests = {.sha256 = {1}, .sha384 = {2}}};
    assert_true(predict(&image, make_list(1)));
    assert_int_equal(prediction.count, sizeof expected / sizeof expected[0]);
    for (uint32_t i = 0; i < prediction.count; i++) {
        assert_int_equal(prediction.events[i].pcr, expected[i].pcr);
        assert_int_equal(prediction.events[i].type, expected[i].type);
    }
    assert_memory_equal(&prediction.events[9].digests, &image.digests, sizeof image.digests);
    assert_int_equal(prediction.predicted, 1u << 4 | 1u << 7);
    assert_authority(1);
    prediction_free(&prediction);
}

static void the_entry_that_signed_the_image_is_the_one_measured(void **state)
{
    (void)state;
    uint8_t signature[100] = {0};
    struct pe_image image = {.certificates = signature, .certificates_size = sizeof signature};
    memset(signature + 30, 2, CERTIFICATE);
    assert_true(predict(&image, make_list(3)));
    assert_authority(2);
}

static void an_image_that_no_entry_explains_is_refused(void **state)
{
    (void)state;
    static const uint8_t signature[100];
    struct pe_image image = {.certificates = signature, .certificates_size = sizeof signature};
    assert_false(predict(&image, make_list(1)));
    assert_only(&report, "TOOL-794");
    image = (struct pe_image){0};
    assert_false(predict(&image, make_list(2)));
    assert_only(&report, "TOOL-794");
}

static void without_secure_boot_register_7_is_left_out(void **state)
{
    (void)state;
    struct pe_image image = {0};
    report_init(&report);
    prediction_begin(&prediction);
    assert_true(firmware_predict(&prediction, &image, NULL, &report));
    assert_int_equal(prediction.predicted, 1u << 4);
}

static void lists_that_are_none_are_refused(void **state)
{
    (void)state;
    const struct {
        size_t at;
        uint32_t value;
    } cases[] = {{16, 0}, {16, 27}, {16, LIST(1) + 1}, {16, 0xffffffff}, {20, 1}, {20, 0xffffffff}, {24, 0}, {24, 16}};
    struct pe_image image = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct firmware_variable db = make_list(1);
        struct firmware_keys keys = {{NULL, 0}, {NULL, 0}, db, {NULL, 0}};
        store_le32(list + cases[i].at, cases[i].value);
        report_init(&report);
        prediction_begin(&prediction);
        assert_false(firmware_predict(&prediction, &image, &keys, &report));
        assert_only(&report, "TOOL-793");
    }
    struct firmware_keys keys = {{NULL, 0}, {NULL, 0}, {list, 20}, {NULL, 0}};
    report_init(&report);
    assert_false(firmware_predict(&prediction, &image, &keys, &report));
    assert_only(&report, "TOOL-793");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_over_all_but_checksum_and_certificate_entry),
        cmocka_unit_test(signing_leaves_the_digest_alone),
        cmocka_unit_test(every_other_byte_counts),
        cmocka_unit_test(an_image_cut_off_anywhere_is_refused),
        cmocka_unit_test(headers_that_contradict_the_file_are_refused),
        cmocka_unit_test(certificates_must_be_the_end_of_the_file),
        cmocka_unit_test(firmware_measures_keys_then_the_call_then_the_image),
        cmocka_unit_test(the_entry_that_signed_the_image_is_the_one_measured),
        cmocka_unit_test(an_image_that_no_entry_explains_is_refused),
        cmocka_unit_test(without_secure_boot_register_7_is_left_out),
        cmocka_unit_test(lists_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
