/* SPDX-License-Identifier: Apache-2.0 */
/* Appraises with the releases meant for a host, and with what an operator has said of them. */
#include "attest/verifier/judge.h"

#include "attest/verifier/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

/* The first of the weightiest. */
static const struct appraise_reason *leading_reason(const struct appraise_result *result)
{
    const struct appraise_reason *leading = NULL;
    for (uint32_t i = 0; i < result->reason_count; i++)
        if (leading == NULL || result->reasons[i].level > leading->level)
            leading = &result->reasons[i];
    return leading;
}

static void summarise(struct judgement *judgement)
{
    const struct appraise_result *result = &judgement->result;
    const struct appraise_reason *reason = leading_reason(result);
    bool good = result->verdict == VERDICT_AFFIRMING || result->verdict == VERDICT_WARNING;
    judgement->state = good ? HOST_TRUSTED : HOST_FAILED;
    if (reason != NULL) {
        int used = snprintf(judgement->summary, sizeof judgement->summary, "%s ", reason->rule->code);
        appraise_reason_print(reason, judgement->summary + used, sizeof judgement->summary - (size_t)used);
    } else {
        snprintf(judgement->summary, sizeof judgement->summary, "%s",
                 good ? "everything held" : "there is nothing to compare with");
    }
    json_t *reasons = appraise_reasons_json(result);
    judgement->reasons = reasons != NULL ? json_dumps(reasons, JSON_COMPACT) : NULL;
    json_decref(reasons);
}

struct judgement *judge_against(const struct release *const *releases, const enum release_state *states, uint32_t count,
                                struct appraise_input *input, struct appraise_state *state)
{
    struct judgement *judgement = malloc(sizeof *judgement); /* large, and mostly never looked at */
    if (judgement == NULL)
        return NULL;
    judgement->release[0] = '\0';
    input->releases = releases;
    input->release_count = count;
    input->release_states = states;
    appraise(input, state, &judgement->result);
    int32_t chosen = judgement->result.release;
    if (chosen >= 0 && (uint32_t)chosen < count)
        snprintf(judgement->release, sizeof judgement->release, "%s", releases[chosen]->name);
    summarise(judgement);
    if (judgement->reasons != NULL)
        return judgement;
    judge_free(judgement);
    return NULL;
}

static uint64_t microseconds(void)
{
    struct timeval now;
    gettimeofday(&now, NULL);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_usec;
}

struct judgement *judge(struct verifier *verifier, const char *group, struct appraise_input *input,
                        struct appraise_state *state)
{
    const struct release *choices[RELEASE_BOOK_CHOICES];
    enum release_state states[RELEASE_BOOK_CHOICES];
    uint64_t started = microseconds();
    input->now = started / 1000000;
    struct release_edition *edition = release_book_borrow(verifier->book);
    uint32_t count = release_edition_choose(edition, input->host, group, choices, states);
    struct judgement *judgement = judge_against(choices, states, count, input, state);
    release_book_return(verifier->book, edition);
    atomic_fetch_add(&verifier->metrics.appraise_us, microseconds() - started);
    if (judgement != NULL)
        atomic_fetch_add(&verifier->metrics.verdicts[judgement->result.verdict], 1);
    return judgement;
}

void judge_free(struct judgement *judgement)
{
    if (judgement == NULL)
        return;
    free(judgement->reasons);
    free(judgement);
}

char *judge_keep_evidence(const struct appraise_input *input, const json_t *evidence, const struct judgement *judgement,
                          const struct appraise_state *state)
{
    json_t *copy = json_copy((json_t *)(uintptr_t)evidence);
    if (judgement->result.accepted && input->log_offset > 0) {
        json_object_set_new(copy, "log_offset", json_integer(0));
        json_object_set_new(copy, "log", base64_json(state->log, state->log_size));
    }
    json_t *whole = json_pack("{s:s, s:s, s:o, s:o, s:o}", "format", EVIDENCE_FILE_FORMAT, "host", input->host, "nonce",
                              base64_json(input->nonce, 32), "channel", base64_json(input->channel, HASH_SHA256_SIZE),
                              "evidence", copy);
    char *text = whole != NULL ? json_dumps(whole, JSON_COMPACT) : NULL;
    json_decref(whole);
    return text;
}
