/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and registers in software, against published values. */
#include "attest/lib/pcr.h"
#include "tests/unit/findings.h"

#include <string.h>

static void is_hex(const uint8_t *bytes, size_t size, const char *expected)
{
    char text[2 * HASH_MAX_SIZE + 1];
    hash_to_hex(bytes, size, text);
    assert_string_equal(text, expected);
}

/* FIPS 180-4's examples. */
static void hashes_are_those_of_the_standard(void **state)
{
    (void)state;
    uint8_t digest[HASH_MAX_SIZE];
    assert_int_equal(hash_bytes(TPM_ALG_SHA256, "abc", 3, digest), HASH_SHA256_SIZE);
    is_hex(digest, HASH_SHA256_SIZE, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(hash_bytes(TPM_ALG_SHA384, "abc", 3, digest), HASH_SHA384_SIZE);
    is_hex(digest, HASH_SHA384_SIZE,
           "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
    assert_int_equal(hash_size(TPM_ALG_SHA1), 0);
}

/* RFC 4231, test case 2. */
static void the_mac_is_that_of_the_standard(void **state)
{
    (void)state;
    uint8_t mac[HASH_SHA256_SIZE];
    hash_hmac_sha256((const uint8_t *)"Jefe", 4, "what do ya want for nothing?", 28, mac);
    is_hex(mac, sizeof mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void registers_start_as_the_profile_says(void **state)
{
    (void)state;
    struct pcr_banks banks;
    pcr_init(&banks);
    for (uint32_t pcr = 0; pcr < PCR_COUNT; pcr++) {
        assert_int_equal(banks.sha256[pcr][31], pcr >= 17 && pcr <= 22 ? 0xff : 0);
        assert_int_equal(banks.sha384[pcr][47], pcr >= 17 && pcr <= 22 ? 0xff : 0);
    }
    pcr_reset(&banks, 21);
    assert_int_equal(banks.sha256[21][0], 0);
    assert_int_equal(banks.sha256[22][0], 0xff);
}

/* An EV_SEPARATOR of four zero bytes in a fresh register: the value that empty registers of every PC show. */
static void an_event_extends_both_banks_with_its_hash(void **state)
{
    (void)state;
    static const uint8_t zeros[4];
    struct pcr_banks banks;
    struct pcr_digests digests;
    pcr_init(&banks);
    pcr_event(&banks, 3, zeros, sizeof zeros, &digests);
    is_hex(digests.sha256, 32, "df3f619804a92fdb4057192dc43dd748ea778adc52bc498ce80524c014b81119");
    is_hex(banks.sha256[3], 32, "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969");
    is_hex(banks.sha384[3], 48,
           "518923b0f955d08da077c96aaba522b9decede61c599cea6c41889cfbea4ae4d50529d96fe4d1afdafb65e7f95bf23c4");
}

static void a_composite_covers_the_selected_registers_and_no_other(void **state)
{
    (void)state;
    struct pcr_banks banks;
    uint8_t before[HASH_MAX_SIZE], after[HASH_MAX_SIZE];
    struct pcr_selection selection = {.sha256 = 1u << 4, .sha384 = 1u << 4};
    pcr_init(&banks);
    assert_int_equal(pcr_composite(&banks, &selection, TPM_ALG_SHA256, before), HASH_SHA256_SIZE);
    pcr_event(&banks, 5, "x", 1, NULL);
    pcr_composite(&banks, &selection, TPM_ALG_SHA256, after);
    assert_memory_equal(before, after, HASH_SHA256_SIZE);
    banks.sha384[4][0] = 1;
    pcr_composite(&banks, &selection, TPM_ALG_SHA256, after);
    assert_memory_not_equal(before, after, HASH_SHA256_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_the_standard),
        cmocka_unit_test(the_mac_is_that_of_the_standard),
        cmocka_unit_test(registers_start_as_the_profile_says),
        cmocka_unit_test(an_event_extends_both_banks_with_its_hash),
        cmocka_unit_test(a_composite_covers_the_selected_registers_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
