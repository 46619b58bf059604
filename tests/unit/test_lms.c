/* SPDX-License-Identifier: Apache-2.0 */
/* LMS: what our signer makes, Mbed TLS's verifier accepts, and everything else it refuses. An independent verifier
 * after the RFC is in tests/tools/test_lms.py. */
#include "core/lib/crypto.h"
#include "tests/unit/lms_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct sample {
    uint8_t public_key[CRYPTO_LMS_PUBLIC_SIZE];
    uint8_t digest[CRYPTO_SHA384_SIZE];
    uint8_t signature[CRYPTO_LMS_SIGNATURE_SIZE];
};

static struct sample sample_make(uint32_t leaf)
{
    static struct lms_sample key;
    struct sample sample;
    lms_sample_make(&key, 7, leaf);
    memcpy(sample.public_key, key.public_key, sizeof sample.public_key);
    crypto_sha384("sample", 6, sample.digest);
    lms_sample_sign(&key, sample.digest, sample.signature);
    return sample;
}

static bool verify(const struct sample *sample)
{
    return crypto_lms_verify(sample->public_key, sample->digest, sample->signature);
}

static void every_corner_of_the_tree_signs(void **state)
{
    (void)state;
    const uint32_t leaves[] = {0, 1, 2, 511, 512, 1022, 1023};
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        struct sample sample = sample_make(leaves[i]);
        assert_true(verify(&sample));
    }
}

static void a_flipped_bit_in_any_byte_is_refused(void **state)
{
    (void)state;
    struct sample sample = sample_make(5);
    uint8_t *bytes = (uint8_t *)&sample;
    for (size_t i = 0; i < sizeof sample; i++) {
        bytes[i] ^= (uint8_t)(1u << i % 8);
        assert_false(verify(&sample));
        bytes[i] ^= (uint8_t)(1u << i % 8);
    }
    assert_true(verify(&sample));
}

static void a_leaf_beyond_the_tree_is_refused(void **state)
{
    (void)state;
    struct sample sample = sample_make(0);
    sample.signature[2] = 4; /* q = 1024 */
    assert_false(verify(&sample));
}

static void other_parameter_sets_are_refused(void **state)
{
    (void)state;
    struct sample sample = sample_make(0);
    sample.public_key[3] = 5; /* LMS_SHA256_M32_H5 */
    assert_false(verify(&sample));
    sample = sample_make(0);
    sample.public_key[7] = 3; /* LMOTS_SHA256_N32_W4 */
    assert_false(verify(&sample));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_corner_of_the_tree_signs),
        cmocka_unit_test(a_flipped_bit_in_any_byte_is_refused),
        cmocka_unit_test(a_leaf_beyond_the_tree_is_refused),
        cmocka_unit_test(other_parameter_sets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
