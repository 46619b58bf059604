/* SPDX-License-Identifier: Apache-2.0 */
/* The appraisal from top to bottom. */
#include "attest/lib/appraise_parts.h"

#include <stdlib.h>
#include <string.h>

static const struct rule rule_no_release = {
    "ATT-980", "there is no active release to compare with", "an active release", "import and activate a release"};
static const struct rule rule_no_policy = {
    "ATT-981", "the release has no policy", "a policy with at least one platform fact",
    "make the release with a policy: an empty one passes nobody"};

/* docs/attestation.md, "Order of the checks". Up to the log each failure ends the appraisal: what follows would look at what
 * nobody vouches for. */
static bool (*const genuine[])(struct appraisal *) = {
    appraise_sizes, appraise_signature, appraise_structure, appraise_signer, appraise_binding,
    appraise_selection, appraise_digest, appraise_clock, appraise_log,
};
static bool (*const good_enough[])(struct appraisal *) = {
    appraise_release, appraise_platform, appraise_runtime, appraise_version, appraise_firmware,
    appraise_standing,
};

static bool is_genuine(struct appraisal *a)
{
    for (uint32_t i = 0; i < sizeof genuine / sizeof genuine[0]; i++)
        if (!genuine[i](a))
            return false;
    return true;
}

/* The one whose configuration was started; else the newest, to say what differs. */
static int32_t choose_release(const struct appraisal *a)
{
    struct eventlog_tagged event;
    if (a->input->release_count == 0)
        return -1;
    appraise_find_tagged(a, PCR_CONFIGURATION, "configuration", &event);
    for (uint32_t i = 0; i < a->input->release_count; i++)
        if (a->input->releases[i]->serial == event.number && strcmp(a->input->releases[i]->name, event.text) == 0)
            return (int32_t)i;
    return 0;
}

static enum appraise_verdict decide(struct appraisal *a)
{
    enum appraise_level worst = APPRAISE_NOTE;
    for (uint32_t i = 0; i < a->result->reason_count; i++)
        worst = a->result->reasons[i].level > worst ? a->result->reasons[i].level : worst;
    if (worst == APPRAISE_FATAL)
        return VERDICT_CONTRAINDICATED;
    if (a->release == NULL || !a->release->policy.present) {
        appraise_find(appraise_add(a, a->release == NULL ? &rule_no_release : &rule_no_policy, APPRAISE_WARNING, NULL, NULL),
                      "none");
        return VERDICT_NONE;
    }
    return worst == APPRAISE_WARNING ? VERDICT_WARNING : VERDICT_AFFIRMING;
}

/* What only grows, grows by what was found good: a bad host must not lock the good one out. A warning is good enough, for some
 * hosts never get better, and are to be kept from going back no less. */
static void remember_good(const struct appraisal *a, struct appraise_state *state)
{
    const struct appraise_result *result = a->result;
    if (result->verdict != VERDICT_AFFIRMING && result->verdict != VERDICT_WARNING)
        return;
    if (state->version > state->highest_version)
        state->highest_version = state->version;
    if (state->floor > state->highest_floor)
        state->highest_floor = state->floor;
    state->had_counter = state->had_counter || state->counter;
    state->had_locality_2 = state->had_locality_2 || state->locality_2;
}

/* Takes the log over. */
static void remember(struct appraisal *a, struct appraise_state *state)
{
    const struct quote *quote = &a->result->quote;
    state->signer = quote->signer;
    state->has_quote = true;
    state->clock = quote->clock;
    state->reset_count = quote->reset_count;
    state->restart_count = quote->restart_count;
    memcpy(state->boot, a->input->evidence->boot, sizeof state->boot);
    state->values = a->values;
    memcpy(state->sealed_reset, a->sealed_reset, sizeof state->sealed_reset);
    free(state->log);
    state->log = a->log;
    state->log_size = a->log_size;
    a->log = NULL;
    state->version = a->result->security_version;
    state->floor = a->result->rollback_counter ? a->floor : 0;
    state->counter = a->result->rollback_counter;
    state->locality_2 = a->result->locality_2;
    remember_good(a, state);
}

void appraise(const struct appraise_input *input, struct appraise_state *state, struct appraise_result *result)
{
    struct appraisal a = {.input = input, .state = state, .result = result};
    memset(result, 0, offsetof(struct appraise_result, reasons)); /* a reason is cleared when it is added */
    result->release = -1;
    memcpy(result->boot, input->evidence->boot, sizeof result->boot);
    result->accepted = is_genuine(&a);
    if (result->accepted) {
        result->release = choose_release(&a);
        a.release = result->release >= 0 ? input->releases[result->release] : NULL;
        for (uint32_t i = 0; i < sizeof good_enough / sizeof good_enough[0]; i++)
            good_enough[i](&a);
    }
    result->verdict = decide(&a);
    if (result->accepted)
        remember(&a, state);
    free(a.records);
    free(a.log);
}

static void take_register(const struct pcr_banks *values, uint32_t pcr, struct pcr_digests *digests)
{
    memcpy(digests->sha256, values->sha256[pcr], HASH_SHA256_SIZE);
    memcpy(digests->sha384, values->sha384[pcr], HASH_SHA384_SIZE);
}

bool appraise_approve(struct appraise_state *state)
{
    if (!state->has_quote)
        return false;
    state->baseline.approved = true;
    take_register(&state->values, 0, &state->baseline.pcr0);
    take_register(&state->values, 2, &state->baseline.pcr2);
    take_register(&state->values, 4, &state->baseline.pcr4);
    take_register(&state->values, 7, &state->baseline.pcr7);
    state->highest_version = state->version;
    state->highest_floor = state->floor;
    state->had_counter = state->counter;
    state->had_locality_2 = state->locality_2;
    return true;
}
