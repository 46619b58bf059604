/* SPDX-License-Identifier: Apache-2.0 */
/* What no TPM would show, with quotes made in software: a signing key that stands elsewhere than before, and each bit of a
 * quote and its signature changed. */
#include "tests/attest/appraise/sample_host.h"
#include "tests/unit/findings.h"

#include <string.h>

static struct sample_host host;
static struct appraise_result result;
static const uint8_t nonce[32];

static void appraise_now(struct appraise_state *state)
{
    struct evidence evidence;
    sample_host_answer(&host, nonce, 0, &evidence);
    const struct appraise_input input = {.evidence = &evidence, .host = host.id, .ak = &host.ak, .nonce = nonce,
                                         .channel = host.channel, .selection = {APPRAISE_PCRS, APPRAISE_PCRS}};
    appraise(&input, state, &result);
    evidence_free(&evidence);
}

static void the_key_stays_below_the_same_parent(void **state)
{
    (void)state;
    struct sample_boot boot;
    struct appraise_state known;
    sample_boot_default(&boot);
    sample_host_boot(&host, PUBLIC_P256, &boot);
    state_init(&known);
    appraise_now(&known);
    assert_true(result.accepted);
    struct public_name first = host.signer;
    public_qualify_child(&host.ak, &first, &host.signer);
    appraise_now(&known);
    assert_false(result.accepted);
    assert_int_equal(result.verdict, VERDICT_CONTRAINDICATED);
    assert_string_equal(result.reasons[0].rule->code, "ATT-931");
    host.signer.bytes[1] = (uint8_t)(TPM_ALG_SHA1 & 0xff); /* a name of another kind, even at a first meeting */
    state_free(&known);
    appraise_now(&known);
    assert_string_equal(result.reasons[0].rule->code, "ATT-931");
    host.signer = first;
    appraise_now(&known);
    assert_true(result.accepted);
    state_free(&known);
}

static bool holds(const struct evidence *evidence)
{
    struct report report;
    report_init(&report);
    return quote_verify(&host.ak, evidence->attest, evidence->attest_size, evidence->signature, evidence->signature_size,
                        &report);
}

static void no_bit_of_a_quote_or_its_signature_can_be_changed(void **state)
{
    (void)state;
    struct sample_boot boot;
    struct evidence evidence;
    sample_boot_default(&boot);
    sample_host_boot(&host, PUBLIC_P256, &boot);
    sample_host_answer(&host, nonce, 0, &evidence);
    assert_true(holds(&evidence));
    for (uint32_t bit = 0; bit < 8u * evidence.attest_size; bit++) {
        evidence.attest[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(holds(&evidence));
        evidence.attest[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (uint32_t bit = 0; bit < 8u * evidence.signature_size; bit++) {
        evidence.signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(holds(&evidence));
        evidence.signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(holds(&evidence));
    evidence_free(&evidence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_stays_below_the_same_parent),
        cmocka_unit_test(no_bit_of_a_quote_or_its_signature_can_be_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
