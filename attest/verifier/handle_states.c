/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator decides about a host: approval, quarantine and its end, retirement, group. */
#include "attest/verifier/audit.h"
#include "attest/verifier/change.h"
#include "attest/verifier/handlers.h"
#include "attest/verifier/memory.h"

#include <stdio.h>

static const struct rule rule_state = {
    "ATT-823", "the host is in another state", "a state from which this can be done", "look at the host first"};
static const struct rule rule_moved = {
    "ATT-824", "the host was changed meanwhile", "one change at a time", "look at the host, and try again"};

/* One decision, as stored. */
struct decision {
    struct request *request;
    struct host host; /* as it was read */
    struct change change;
    char actor[HOST_NAME_MAX + 16];
    char reason[HOST_REASON_MAX + 1];
    /* of an approval */
    struct appraise_state state;
    struct authority_certificate certificate; /* hash and PEM; "" when the host has one */
    bool moved;
};

static void prepare(struct decision *decision, enum host_state after, const char *action)
{
    struct request *request = decision->request;
    request_actor(request, decision->actor);
    decision->change = (struct change){.host = &decision->host,
                                       .before = host_state_now(&decision->host, request->now, request->settings.grace_s),
                                       .after = after, .reason = decision->reason, .actor = decision->actor,
                                       .action = action, .verdict = decision->host.verdict,
                                       .release = decision->host.release, .at = request->now};
}

/* Whether the host is still as it was read. */
static bool check_unmoved(struct db *db, struct decision *decision)
{
    struct host newest;
    int found = host_read(db, decision->host.id, &newest);
    decision->moved = found != 1 || newest.revision != decision->host.revision || newest.state != decision->host.state;
    return found >= 0;
}

static bool store_decision(struct db *db, void *context)
{
    struct decision *decision = context;
    return check_unmoved(db, decision) && (decision->moved || change_store(db, &decision->change));
}

static bool store_approval(struct db *db, void *context)
{
    struct decision *decision = context;
    const struct host *host = &decision->host;
    bool changed = true, certified = true;
    if (!check_unmoved(db, decision))
        return false;
    if (decision->moved)
        return true;
    if (decision->certificate.pem[0] != '\0' &&
        !host_set_certificate(db, host->id, decision->certificate.pem, decision->certificate.hash, decision->actor,
                              decision->change.at, &certified))
        return false;
    int64_t due = decision->change.at + decision->request->settings.interval_s;
    return memory_write_state(db, host, &decision->state, due, &changed) && change_store(db, &decision->change) && changed &&
           certified;
}

/* Runs the job, announces, answers with the host as it is then. */
static void carry_out(struct decision *decision, writer_job *job, struct answer *answer)
{
    struct request *request = decision->request;
    if (!store_write(request->verifier->store, job, decision)) {
        answer_no_database(answer);
    } else if (decision->moved) {
        answer_refuse(answer, 409, &rule_moved, "host %s", decision->host.id);
    } else {
        change_announce(request->verifier->notifier, &decision->change);
        /* By its id: a retired host's asset is free for another. */
        memcpy(request->parameter, decision->host.id, sizeof decision->host.id);
        handle_host(request, answer);
    }
}

/* The certificate for a host that has none yet. */
static bool certify(struct decision *decision, struct answer *answer)
{
    bool good = handler_certify(decision->request, decision->host.id, &decision->certificate);
    if (!good)
        answer_no_database(answer);
    return good;
}

/* Approval takes the firmware of the last genuine evidence as good, the first time and whenever it is given anew. */
void handle_approve(struct request *request, struct answer *answer)
{
    struct decision decision = {.request = request};
    if (!handler_find_host(request, &decision.host, answer))
        return;
    if (decision.host.state == HOST_RETIRED || decision.host.state == HOST_QUARANTINED) {
        answer_refuse(answer, 409, &rule_state, "%s", host_state_name(decision.host.state));
        return;
    }
    struct db *db = store_borrow(request->verifier->store);
    bool good = memory_read(db, decision.host.id, &decision.state);
    store_return(request->verifier->store, db);
    snprintf(decision.reason, sizeof decision.reason, "approved, waits for evidence");
    prepare(&decision, HOST_STALE, "approve");
    if (!good)
        answer_no_database(answer);
    else if (!appraise_approve(&decision.state))
        answer_refuse(answer, 409, &rule_state, "no genuine evidence yet");
    else if (decision.host.state != HOST_PENDING || certify(&decision, answer))
        carry_out(&decision, store_approval, answer);
    state_free(&decision.state);
}

static void decide(struct request *request, unsigned from, enum host_state after, const char *action, const char *reason,
                   struct answer *answer)
{
    struct decision decision = {.request = request};
    if (!handler_find_host(request, &decision.host, answer))
        return;
    if ((from >> decision.host.state & 1u) == 0) {
        answer_refuse(answer, 409, &rule_state, "%s", host_state_name(decision.host.state));
        return;
    }
    snprintf(decision.reason, sizeof decision.reason, "%s", reason);
    prepare(&decision, after, action);
    carry_out(&decision, store_decision, answer);
}

#define FROM(state) (1u << (state))
#define IN_SERVICE (FROM(HOST_TRUSTED) | FROM(HOST_STALE) | FROM(HOST_FAILED))

void handle_quarantine(struct request *request, struct answer *answer)
{
    const char *reason;
    if (request_text(request, "reason", HOST_REASON_MAX, &reason, answer))
        decide(request, IN_SERVICE, HOST_QUARANTINED, "quarantine", reason, answer);
}

void handle_unquarantine(struct request *request, struct answer *answer)
{
    decide(request, FROM(HOST_QUARANTINED), HOST_STALE, "release", "released from quarantine, waits for evidence", answer);
}

void handle_retire(struct request *request, struct answer *answer)
{
    const char *reason;
    if (request_text(request, "reason", HOST_REASON_MAX, &reason, answer))
        decide(request, IN_SERVICE | FROM(HOST_PENDING) | FROM(HOST_QUARANTINED), HOST_RETIRED, "retire", reason, answer);
}

struct grouping {
    const char *host, *group, *actor;
    int64_t now;
};

static bool store_group(struct db *db, void *context)
{
    const struct grouping *grouping = context;
    return host_set_group(db, grouping->host, grouping->group) &&
           audit_append(db, grouping->now, grouping->actor, "group", grouping->host,
                        json_pack("{s:s}", "group", grouping->group));
}

void handle_group(struct request *request, struct answer *answer)
{
    struct host host;
    char actor[HOST_NAME_MAX + 16];
    struct grouping grouping = {.actor = actor, .now = request->now};
    if (!request_name(request, "group", &grouping.group, answer) || !handler_find_host(request, &host, answer))
        return;
    request_actor(request, actor);
    grouping.host = host.id;
    if (store_write(request->verifier->store, store_group, &grouping))
        handle_host(request, answer);
    else
        answer_no_database(answer);
}
