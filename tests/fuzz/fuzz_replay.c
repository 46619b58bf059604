/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any bytes given as event log, with the register values to which they lead, so that each check behind the
 * replay sees them, too. One input in three continues a
 * known log, one in three is that log once more and what was added. */
#include "attest/lib/appraise_parts.h"
#include "tests/attest/appraise/sample_host.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sample_boot boot;
static uint8_t known[MEASURE_SAMPLE_LOG_MAX];
static uint32_t known_size;
static struct release release;
static struct pcr_banks known_values;

static void set_up(void)
{
    struct report report;
    report_init(&report);
    sample_boot_default(&boot);
    known_size = sample_boot_measure(&boot, known, sizeof known);
    char *text = sample_release_text(known, known_size);
    if (!release_parse(text, strlen(text), &release, &report))
        abort();
    free(text);
    sample_replay(known, known_size, &known_values);
}

/* All steps that look at the log; the quote's own steps have their own fuzzer. */
static void run(const struct appraise_input *input, const struct appraise_state *state)
{
    static struct appraise_result result;
    memset(&result, 0, sizeof result);
    struct appraisal a = {.input = input, .state = state, .result = &result, .release = &release};
    if (appraise_log(&a)) {
        appraise_release(&a);
        appraise_platform(&a);
        appraise_runtime(&a);
        appraise_version(&a);
        appraise_firmware(&a);
    }
    json_decref(appraise_reasons_json(&result));
    free(a.records);
    free(a.log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eventlog_tagged event;
    struct evidence evidence = {.pcrs = {APPRAISE_PCRS, APPRAISE_PCRS}};
    struct appraise_state state;
    if (size < 1 || size > EVENTLOG_SIZE_MAX / 2)
        return 0;
    if (known_size == 0)
        set_up();
    bool known_boot = data[0] % 3 != 0, from_start = data[0] % 3 == 2;
    state_init(&state);
    memcpy(evidence.boot, boot.boot, sizeof evidence.boot);
    evidence.log_size = (uint32_t)size - 1 + (from_start ? known_size : 0);
    uint8_t *whole = malloc(known_size + size - 1);
    if (whole == NULL)
        return 0;
    memcpy(whole, known, known_size);
    memcpy(whole + known_size, data + 1, size - 1);
    evidence.log = whole + (from_start ? 0 : known_size);
    if (known_boot) {
        sample_replay(whole, known_size + size - 1, &evidence.values);
        state.has_quote = true;
        memcpy(state.boot, boot.boot, sizeof state.boot);
        state.values = known_values;
        state.sealed_reset[0] = state.sealed_reset[1] = true;
        state.log = whole;
        state.log_size = known_size;
        evidence.log_offset = from_start ? 0 : known_size;
    } else {
        sample_replay(data + 1, size - 1, &evidence.values);
    }
    const struct appraise_input input = {.evidence = &evidence, .selection = {APPRAISE_PCRS, APPRAISE_PCRS},
                                         .log_offset = evidence.log_offset};
    run(&input, &state);
    (void)eventlog_decode(data, (uint32_t)size, &event);
    free(whole);
    return 0;
}
