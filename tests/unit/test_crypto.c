/* SPDX-License-Identifier: Apache-2.0 */
/* The crypto shim: known answers (FIPS 180-4 examples, RFC 6979 A.2.6), and everything else refused. */
#include "core/lib/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* RFC 6979 A.2.6: key pair and the signature of SHA-384("sample"). */
static const char point_hex[] =
    "04"
    "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13"
    "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720";
static const char signature_hex[] =
    "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46"
    "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8";

struct sample {
    uint8_t point[CRYPTO_P384_POINT_SIZE];
    uint8_t digest[CRYPTO_SHA384_SIZE];
    uint8_t signature[CRYPTO_P384_SIGNATURE_SIZE];
};

static void from_hex(const char *hex, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned value;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &value), 1);
        bytes[i] = (uint8_t)value;
    }
}

static struct sample sample_make(void)
{
    struct sample sample;
    from_hex(point_hex, sample.point, sizeof sample.point);
    from_hex(signature_hex, sample.signature, sizeof sample.signature);
    crypto_sha384("sample", 6, sample.digest);
    return sample;
}

static bool sample_verify(const struct sample *sample)
{
    return crypto_p384_verify(sample->point, sample->digest, sample->signature);
}

static int give_heap(void **state)
{
    static _Alignas(16) uint8_t heap[CRYPTO_HEAP_SIZE];
    crypto_init(heap, sizeof heap);
    (void)state;
    return 0;
}

static void sha384_gives_the_standards_answers(void **state)
{
    uint8_t expected[CRYPTO_SHA384_SIZE];
    uint8_t digest[CRYPTO_SHA384_SIZE];
    from_hex("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
             expected, sizeof expected);
    crypto_sha384("abc", 3, digest);
    assert_memory_equal(digest, expected, sizeof digest);
    from_hex("38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
             expected, sizeof expected);
    crypto_sha384("", 0, digest);
    assert_memory_equal(digest, expected, sizeof digest);
    (void)state;
}

static void sha384_in_pieces_equals_sha384_at_once(void **state)
{
    uint8_t data[1000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    uint8_t whole[CRYPTO_SHA384_SIZE];
    crypto_sha384(data, sizeof data, whole);
    for (size_t cut = 0; cut <= sizeof data; cut += 37) {
        struct crypto_sha384_state hash;
        uint8_t pieces[CRYPTO_SHA384_SIZE];
        crypto_sha384_start(&hash);
        crypto_sha384_update(&hash, data, cut);
        crypto_sha384_update(&hash, data + cut, sizeof data - cut);
        crypto_sha384_finish(&hash, pieces);
        assert_memory_equal(pieces, whole, sizeof whole);
    }
    (void)state;
}

static void a_good_signature_is_accepted_within_the_heap(void **state)
{
    struct sample sample = sample_make();
    assert_true(sample_verify(&sample));
    assert_in_range(crypto_heap_peak(), 1024, CRYPTO_HEAP_SIZE / 4);
    (void)state;
}

static void verifying_again_and_again_leaks_no_heap(void **state)
{
    struct sample sample = sample_make();
    assert_true(sample_verify(&sample));
    size_t peak = crypto_heap_peak();
    for (int i = 0; i < 20; i++)
        assert_true(sample_verify(&sample));
    assert_int_equal(crypto_heap_peak(), peak);
    (void)state;
}

static void one_flipped_bit_anywhere_is_refused(void **state)
{
    struct sample sample = sample_make();
    uint8_t *bytes = (uint8_t *)&sample;
    for (size_t bit = 0; bit < sizeof sample * 8; bit += 11) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(sample_verify(&sample));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    (void)state;
}

static void degenerate_inputs_are_refused(void **state)
{
    struct sample sample = sample_make();
    memset(sample.signature, 0, sizeof sample.signature);
    assert_false(sample_verify(&sample));
    memset(sample.signature, 0xff, sizeof sample.signature);
    assert_false(sample_verify(&sample));
    sample = sample_make();
    memset(sample.point + 1, 0, sizeof sample.point - 1);
    assert_false(sample_verify(&sample));
    sample = sample_make();
    sample.point[0] = 0x00; /* the point at infinity */
    assert_false(sample_verify(&sample));
    (void)state;
}

static void too_small_a_heap_refuses_instead_of_crashing(void **state)
{
    static _Alignas(16) uint8_t heap[8192];
    struct sample sample = sample_make();
    for (size_t size = 0; size < 4096; size += 136) {
        crypto_init(heap, size);
        assert_false(sample_verify(&sample));
    }
    crypto_init(heap, sizeof heap);
    assert_true(sample_verify(&sample));
    (void)state;
}

static void equal_compares_every_byte(void **state)
{
    assert_true(crypto_equal("abc", "abd", 2));
    assert_false(crypto_equal("abc", "abd", 3));
    assert_true(crypto_equal("", "", 0));
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha384_gives_the_standards_answers),
        cmocka_unit_test(sha384_in_pieces_equals_sha384_at_once),
        cmocka_unit_test_setup(a_good_signature_is_accepted_within_the_heap, give_heap),
        cmocka_unit_test_setup(verifying_again_and_again_leaks_no_heap, give_heap),
        cmocka_unit_test_setup(one_flipped_bit_anywhere_is_refused, give_heap),
        cmocka_unit_test_setup(degenerate_inputs_are_refused, give_heap),
        cmocka_unit_test(too_small_a_heap_refuses_instead_of_crashing),
        cmocka_unit_test(equal_compares_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
