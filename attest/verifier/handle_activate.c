/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/enroll/{host}/activate: the TPM has shown that it holds both keys; its first evidence becomes what the operator
 * approves. */
#include "attest/verifier/audit.h"
#include "attest/verifier/base64.h"
#include "attest/verifier/change.h"
#include "attest/verifier/handlers.h"
#include "attest/verifier/join.h"
#include "attest/verifier/judge.h"

#include "attest/lib/evidence.h"
#include "core/lib/crypto.h"

#include <stdlib.h>

static const struct rule rule_enrolment = {
    "ATT-817", "no enrolment waits under this name", "the host of an enrolment, in its time", "enrol again"};
static const struct rule rule_proof = {
    "ATT-818", "the TPM did not activate the credential", "the HMAC with the activated secret",
    "the attestation key is not in the TPM of this endorsement key, or the wrong keys were used"};
static const struct rule rule_evidence = {
    "ATT-819", "the first evidence is not genuine", "a quote by the enrolled key over the registers asked for",
    "see the reasons; quote again and enrol again"};

/* What one activation stores. */
struct finish {
    const struct enrolment *enrolment;
    const struct judgement *judgement;
    const struct appraise_state *state;
    const char *evidence;
    uint8_t ticket_hash[HASH_SHA256_SIZE];
    int64_t now;
    enum join_outcome outcome;
};

static bool store_finish(struct db *db, void *context)
{
    struct finish *finish = context;
    const struct enrolment *e = finish->enrolment;
    const struct judgement *judgement = finish->judgement;
    struct memory_verdict verdict = {.verdict = appraise_verdict_name(judgement->result.verdict),
                                     .release = judgement->release, .boot = judgement->result.boot,
                                     .reasons = judgement->reasons, .evidence = finish->evidence, .state = HOST_PENDING,
                                     .at = finish->now};
    if (!join_finish(db, e, finish->ticket_hash, finish->now, &finish->outcome))
        return false;
    if (finish->outcome == JOIN_AGAIN)
        return audit_append(db, finish->now, "agent", "ticket", e->host, json_pack("{s:s}", "asset", e->asset));
    if (finish->outcome != JOIN_DONE)
        return true;
    return memory_create(db, e->host, finish->state, &verdict) &&
           audit_append(db, finish->now, "agent", "enrol", e->host,
                        json_pack("{s:s, s:s, s:s, s:s}", "asset", e->asset, "ek_trust", e->ek_trust, "verdict",
                                  verdict.verdict, "reason", judgement->summary));
}

static void announce(struct request *request, const struct enrolment *e, const struct judgement *judgement)
{
    struct host host = {0};
    memcpy(host.id, e->host, sizeof host.id);
    memcpy(host.asset, e->asset, sizeof host.asset);
    struct change change = {.host = &host, .before = HOST_PENDING, .after = HOST_PENDING,
                            .reason = "enrolled, waits for approval", .actor = "agent", .action = "enrol",
                            .verdict = appraise_verdict_name(judgement->result.verdict), .release = judgement->release,
                            .at = request->now};
    change_announce(request->verifier->notifier, &change);
}

/* Stores the host and answers with its ticket. Who lost that answer asks again, and is announced once. */
static void finish(struct request *request, const struct enrolment *e, const struct judgement *judgement,
                   const struct appraise_state *state, const char *evidence, struct answer *answer)
{
    char ticket[2 * JOIN_TOKEN_BYTES + 1];
    struct finish job = {.enrolment = e, .judgement = judgement, .state = state, .evidence = evidence, .now = request->now};
    handler_random_hex(JOIN_TOKEN_BYTES, ticket);
    hash_bytes(TPM_ALG_SHA256, ticket, strlen(ticket), job.ticket_hash);
    if (!store_write(request->verifier->store, store_finish, &job)) {
        answer_no_database(answer);
    } else if (job.outcome == JOIN_DECIDED) {
        answer_refuse(answer, 410, &rule_enrolment, "host %s, which is not pending any more", e->host);
    } else if (job.outcome != JOIN_DONE && job.outcome != JOIN_AGAIN) {
        handle_refuse_join(answer, job.outcome, e->asset);
    } else {
        if (job.outcome == JOIN_DONE)
            announce(request, e, judgement);
        answer_json(answer, 202, json_pack("{s:s, s:s, s:I}", "state", "pending", "ticket", ticket, "poll_in_s",
                                           (json_int_t)request->settings.poll_s));
    }
}

/* Appraises the first evidence; it may show any release or none, but it must be genuine. */
static void appraise_first(struct request *request, const struct enrolment *e, const struct evidence *evidence,
                           struct answer *answer)
{
    struct public_key ak;
    struct report report;
    struct appraise_state state;
    uint8_t channel[HASH_SHA256_SIZE];
    report_init(&report);
    state_init(&state);
    hash_bytes(TPM_ALG_SHA256, e->csr, e->csr_size, channel);
    struct appraise_input input = {.evidence = evidence, .host = e->host, .ak = &ak, .nonce = e->nonce, .channel = channel,
                                   .selection = {APPRAISE_PCRS, APPRAISE_PCRS}};
    struct judgement *judgement =
        public_read_ak(e->ak_public, e->ak_size, &ak, &report) ? judge(request->verifier, "", &input, &state) : NULL;
    char *kept = judgement != NULL ? judge_keep_evidence(&input, json_object_get(request->body, "evidence"), judgement, &state)
                                   : NULL;
    if (kept == NULL)
        answer_internal(answer, "no memory, or a stored key that is none");
    else if (!judgement->result.accepted)
        answer_refuse(answer, 422, &rule_evidence, "%s", judgement->summary);
    else
        finish(request, e, judgement, &state, kept, answer);
    free(kept);
    judge_free(judgement);
    state_free(&state);
}

static bool check_proof(struct request *request, const struct enrolment *e, struct answer *answer)
{
    uint8_t proof[HASH_SHA256_SIZE], expected[HASH_SHA256_SIZE];
    size_t size;
    if (!handler_base64(request, "proof", proof, sizeof proof, &size, answer))
        return false;
    credential_proof(e->secret, e->host, e->nonce, expected);
    if (size == sizeof expected && crypto_equal(proof, expected, sizeof expected))
        return true;
    answer_refuse(answer, 403, &rule_proof, "another proof");
    return false;
}

void handle_activate(struct request *request, struct answer *answer)
{
    struct enrolment enrolment;
    struct evidence evidence;
    struct report report;
    report_init(&report);
    struct db *db = store_borrow(request->verifier->store);
    int found = join_read(db, request->parameter, request->now, &enrolment);
    store_return(request->verifier->store, db);
    if (found < 0) {
        answer_no_database(answer);
    } else if (found == 0) {
        answer_refuse(answer, 404, &rule_enrolment, "host %s", request->parameter);
    } else if (check_proof(request, &enrolment, answer)) {
        if (!evidence_from_json(json_object_get(request->body, "evidence"), &evidence, &report)) {
            answer_report(answer, 400, &report);
            return;
        }
        appraise_first(request, &enrolment, &evidence, answer);
        evidence_free(&evidence);
    }
}
