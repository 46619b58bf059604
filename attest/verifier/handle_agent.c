/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/hosts/{host}/challenges and .../evidence: what an agent does from then on, again and again. */
#include "attest/verifier/base64.h"
#include "attest/verifier/challenge.h"
#include "attest/verifier/change.h"
#include "attest/verifier/clock.h"
#include "attest/verifier/handlers.h"
#include "attest/verifier/history.h"
#include "attest/verifier/judge.h"

#include "attest/lib/evidence.h"
#include "attest/lib/token.h"

#include <stdio.h>
#include <stdlib.h>

static const struct rule rule_challenge_body = {
    "ATT-820", "the challenge is not asked for in the right form",
    "`boot`, 32 hex digits, and `log_length`, a number of bytes",
    "compare the body with docs/attestation.md"};
static const struct rule rule_pace = {
    "ATT-841", "the host asks for challenges too often", "one every challenge_every_s, challenge_burst at once",
    "wait as long as Retry-After says"};
static const struct rule rule_challenge = {
    "ATT-821", "no challenge of this name is open for the host", "the newest challenge, unused, in its time",
    "ask for a new challenge"};
static const struct rule rule_overtaken = {
    "ATT-822", "the host was changed while the evidence was appraised", "one request at a time", "ask for a new challenge"};

static bool read_boot(const struct request *request, char boot[33], json_int_t *log_length)
{
    uint8_t bytes[16];
    const char *text = json_string_value(json_object_get(request->body, "boot"));
    const json_t *length = json_object_get(request->body, "log_length");
    *log_length = json_integer_value(length);
    if (text == NULL || !evidence_hex(text, strlen(text), bytes, sizeof bytes) || !json_is_integer(length) || *log_length < 0)
        return false;
    memcpy(boot, text, 33);
    return true;
}

/* Where the agent's log goes on: after what an earlier quote of this boot has accounted for. */
static int64_t next_offset(const struct host *host, const char *boot, json_int_t log_length)
{
    struct appraise_state state;
    state_init(&state);
    memcpy(state.boot, host->boot, sizeof state.boot);
    state.has_quote = state.boot[0] != '\0';
    state.log_size = (uint32_t)host->log_size;
    int64_t offset = (int64_t)state_log_offset(&state, boot, (uint64_t)log_length);
    state.log_size = 0;
    state_free(&state);
    return offset;
}

/* Lets the host have it, unless it asks too often: an appraisal costs the verifier more than the host. */
static bool put_challenge(const struct request *request, const struct challenge *challenge, struct answer *answer)
{
    const struct settings *settings = &request->settings;
    struct challenge_pace pace = {settings->challenge_every_s * 1000, settings->challenge_burst};
    int64_t wait_ms = 0;
    enum challenge_put outcome =
        challenges_put(request->verifier->challenges, request->host.id, challenge, &pace, clock_ms(), &wait_ms);
    if (outcome == CHALLENGE_NO_MEMORY)
        answer_internal(answer, "no memory");
    if (outcome == CHALLENGE_TOO_SOON) {
        answer_refuse(answer, 429, &rule_pace, "%lld ms too early", (long long)wait_ms);
        answer->retry_after_s = (unsigned)((wait_ms + 999) / 1000);
    }
    return outcome == CHALLENGE_PUT;
}

void handle_challenge(struct request *request, struct answer *answer)
{
    struct challenge challenge = {0};
    json_int_t log_length;
    if (!read_boot(request, challenge.boot, &log_length)) {
        answer_refuse(answer, 400, &rule_challenge_body, "another form");
        return;
    }
    handler_random_hex(CHALLENGE_ID_DIGITS / 2, challenge.id);
    challenge.log_offset = next_offset(&request->host, challenge.boot, log_length);
    challenge.expires = request->now + request->settings.challenge_life_s;
    if (!credential_random_kernel(NULL, challenge.nonce, sizeof challenge.nonce)) {
        answer_internal(answer, "no random numbers");
        return;
    }
    if (!put_challenge(request, &challenge, answer))
        return;
    atomic_fetch_add(&request->verifier->metrics.challenges, 1);
    answer_json(answer, 200,
                json_pack("{s:s, s:o, s:o, s:I, s:I}", "challenge", challenge.id, "nonce",
                          base64_json(challenge.nonce, sizeof challenge.nonce), "pcrs", handler_pcrs(), "log_offset",
                          (json_int_t)challenge.log_offset, "expires_in_s", (json_int_t)request->settings.challenge_life_s));
}

/* One submission on its way through. */
struct submission {
    struct request *request;
    struct challenge challenge;
    struct evidence evidence;
    struct appraise_state state;
    struct judgement *judgement;
    struct memory_verdict verdict;
    char *kept;          /* the evidence, when it is to be kept */
    struct change change;
    bool written; /* nobody else had changed the host */
};

/* Another state or verdict is told and audited; another reason for the same one is only stored. */
static bool is_news(const struct submission *s)
{
    return s->change.before != s->change.after || strcmp(s->request->host.verdict, s->verdict.verdict) != 0;
}

/* One transaction: the verdict, and what follows from it. */
static bool store_submission(struct db *db, void *context)
{
    struct submission *s = context;
    const struct host *host = &s->request->host;
    s->written = false;
    if (!memory_write(db, host, &s->state, &s->verdict, &s->written))
        return false;
    if (!s->written)
        return true;
    if (is_news(s))
        return change_store(db, &s->change);
    return strcmp(host->state_reason, s->change.reason) == 0 || host_set_reason(db, host->id, s->change.reason);
}

/* A quarantined host stays so, whatever its evidence says. */
static void fill_outcome(struct submission *s)
{
    const struct request *request = s->request;
    const struct host *host = &request->host;
    enum host_state state = host->state == HOST_QUARANTINED ? HOST_QUARANTINED : s->judgement->state;
    s->verdict = (struct memory_verdict){.verdict = appraise_verdict_name(s->judgement->result.verdict),
                                         .release = s->judgement->release, .boot = s->state.boot,
                                         .reasons = s->judgement->reasons, .evidence = "", .state = state, .at = request->now,
                                         .next_due = request->now + request->settings.interval_s};
    s->change = (struct change){.host = host, .before = host->state, .after = state,
                                .reason = state == HOST_QUARANTINED ? host->state_reason : s->judgement->summary,
                                .actor = "verifier", .action = "verdict", .verdict = s->verdict.verdict,
                                .release = s->verdict.release, .at = request->now};
}

/* Evidence is kept where something changed: of the first verdict of each run. */
static bool keep_if_other(struct submission *s, const struct appraise_input *input)
{
    if (history_continues(&s->request->host, &s->verdict))
        return true;
    s->kept = judge_keep_evidence(input, json_object_get(s->request->body, "evidence"), s->judgement, &s->state);
    s->verdict.evidence = s->kept;
    return s->kept != NULL;
}

static char *make_token(const struct submission *s)
{
    const struct verifier *verifier = s->request->verifier;
    struct token_facts facts = {.host = s->request->host.id,
                                .asset = s->request->host.asset,
                                .release = s->judgement->release[0] != '\0' ? s->judgement->release : NULL,
                                .nonce = s->challenge.nonce,
                                .issued_at = (uint64_t)s->request->now,
                                .expires_at = (uint64_t)(s->verdict.next_due + s->request->settings.grace_s),
                                .state = host_state_name(s->change.after),
                                .distrusted = s->change.after == HOST_QUARANTINED,
                                .verifier_build = "bulkhead-verifier",
                                .verifier_developer = verifier->developer,
                                .key_id = verifier->key_id};
    return token_make(&s->judgement->result, &facts, &verifier->signing);
}

static void answer_submission(struct submission *s, struct answer *answer)
{
    const struct request *request = s->request;
    if (is_news(s))
        change_announce(request->verifier->notifier, &s->change);
    char *token = make_token(s);
    answer_json(answer, 200,
                json_pack("{s:s, s:s, s:o*, s:I, s:s?}", "verdict", s->verdict.verdict, "state",
                          host_state_name(s->change.after), "reasons", json_loads(s->judgement->reasons, 0, NULL),
                          "next_in_s", (json_int_t)request->settings.interval_s, "token", token));
    free(token);
}

/* Appraises against what was read, stores, answers. */
static void submit(struct submission *s, struct answer *answer)
{
    struct request *request = s->request;
    struct public_key ak;
    struct report report;
    report_init(&report);
    if (!public_read_ak(request->host.ak_public, request->host.ak_size, &ak, &report)) {
        answer_report(answer, 500, &report);
        return;
    }
    struct appraise_input input = {.evidence = &s->evidence, .host = request->host.id, .ak = &ak,
                                   .nonce = s->challenge.nonce, .channel = request->host.certificate_hash,
                                   .selection = {APPRAISE_PCRS, APPRAISE_PCRS},
                                   .log_offset = (uint64_t)s->challenge.log_offset};
    s->judgement = judge(request->verifier, request->host.group, &input, &s->state);
    if (s->judgement == NULL) {
        answer_internal(answer, "no memory");
        return;
    }
    fill_outcome(s);
    if (!keep_if_other(s, &input))
        answer_internal(answer, "no memory");
    else if (!store_write(request->verifier->store, store_submission, s))
        answer_no_database(answer);
    else if (!s->written)
        answer_refuse(answer, 409, &rule_overtaken, "another change");
    else
        answer_submission(s, answer);
}

/* Uses the challenge up, and reads what is remembered of the host. False: the answer is filled. */
static bool read_submission(struct submission *s, struct answer *answer)
{
    struct request *request = s->request;
    const char *id;
    if (!request_name(request, "challenge", &id, answer))
        return false;
    if (!challenges_take(request->verifier->challenges, request->host.id, id, request->now, &s->challenge)) {
        answer_refuse(answer, 409, &rule_challenge, "%s", id);
        return false;
    }
    struct db *db = store_borrow(request->verifier->store);
    bool good = memory_read(db, request->host.id, &s->state);
    store_return(request->verifier->store, db);
    if (!good)
        answer_no_database(answer);
    return good;
}

/* The log's offset in the challenge is one in the log of the boot that the agent named. */
static bool check_boot(const struct submission *s, struct answer *answer)
{
    if (strcmp(s->evidence.boot, s->challenge.boot) == 0)
        return true;
    answer_refuse(answer, 409, &rule_challenge, "evidence of boot %s for a challenge of boot %s", s->evidence.boot,
                  s->challenge.boot);
    return false;
}

void handle_evidence(struct request *request, struct answer *answer)
{
    struct submission submission = {.request = request};
    struct report report;
    report_init(&report);
    state_init(&submission.state);
    if (!evidence_from_json(json_object_get(request->body, "evidence"), &submission.evidence, &report)) {
        answer_report(answer, 400, &report);
        return;
    }
    if (read_submission(&submission, answer) && check_boot(&submission, answer))
        submit(&submission, answer);
    free(submission.kept);
    judge_free(submission.judgement);
    state_free(&submission.state);
    evidence_free(&submission.evidence);
}
