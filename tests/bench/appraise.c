/* SPDX-License-Identifier: Apache-2.0 */
/* How long an appraisal takes, on one core, without network and database. */
#include "attest/lib/token.h"
#include "tests/attest/appraise/sample_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 2000u

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void say(const char *what, double started)
{
    double each = (seconds() - started) / ROUNDS;
    printf("  %-58s %7.0f us  %7.0f /s\n", what, each * 1e6, 1 / each);
}

static struct sample_host host;
static struct release release;
static struct appraise_result result;

static struct appraise_input challenge(const struct evidence *evidence, const uint8_t *nonce, uint64_t offset)
{
    static const struct release *const releases[] = {&release};
    return (struct appraise_input){
        .evidence = evidence, .host = host.id, .ak = &host.ak, .nonce = nonce, .channel = host.channel,
        .selection = {APPRAISE_PCRS, APPRAISE_PCRS}, .log_offset = offset, .releases = releases, .release_count = 1};
}

static void appraise_once(struct appraise_state *state, const struct evidence *evidence, uint64_t offset)
{
    static const uint8_t nonce[32];
    struct appraise_input input = challenge(evidence, nonce, offset);
    appraise(&input, state, &result);
    if (!result.accepted || result.verdict == VERDICT_CONTRAINDICATED) {
        printf("not accepted: %s\n", result.reason_count > 0 ? result.reasons[0].rule->code : "no reason");
        exit(1);
    }
}

static void load_release(void)
{
    struct report report;
    report_init(&report);
    char *text = sample_release_text(host.log, host.log_size);
    if (!release_parse(text, strlen(text), &release, &report)) {
        printf("%s %s: %s\n", report.findings[0].rule->code, report.findings[0].where, report.findings[0].found);
        exit(1);
    }
    free(text);
}

static void bench_key(enum public_kind kind, const char *name)
{
    static const uint8_t nonce[32];
    struct sample_boot boot;
    struct appraise_state state;
    struct evidence whole, rest;
    char line[80];
    sample_boot_default(&boot);
    sample_host_boot(&host, kind, &boot);
    load_release();
    state_init(&state);
    sample_host_answer(&host, nonce, 0, &whole);
    sample_host_answer(&host, nonce, host.log_size, &rest);
    double started = seconds();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct report report;
        report_init(&report);
        if (!quote_verify(&host.ak, whole.attest, whole.attest_size, whole.signature, whole.signature_size, &report))
            exit(1);
    }
    snprintf(line, sizeof line, "%s: signature of the quote", name);
    say(line, started);
    started = seconds();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        state.has_quote = false; /* a first meeting each time */
        appraise_once(&state, &whole, 0);
    }
    snprintf(line, sizeof line, "%s: appraisal of a boot, log of %u bytes", name, host.log_size);
    say(line, started);
    started = seconds();
    appraise_approve(&state);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        state.clock = 0;
        appraise_once(&state, &rest, host.log_size);
    }
    snprintf(line, sizeof line, "%s: appraisal of the same boot again", name);
    say(line, started);
    evidence_free(&whole);
    evidence_free(&rest);
    state_free(&state);
    release_free(&release);
}

static void bench_token(void)
{
    static const uint8_t nonce[32];
    struct ecdsa_secret secret = {{0}};
    struct token_facts facts = {.host = host.id, .release = "shop-1", .nonce = nonce, .verifier_build = "bench",
                                .verifier_developer = "bench", .key_id = "bench"};
    secret.bytes[47] = 77;
    double started = seconds();
    for (uint32_t i = 0; i < ROUNDS; i++)
        free(token_make(&result, &facts, &secret));
    say("result token, ES384", started);
}

int main(void)
{
    puts("one core, without network and database:");
    bench_key(PUBLIC_P256, "P-256");
    bench_key(PUBLIC_P384, "P-384");
    bench_token();
    return 0;
}
