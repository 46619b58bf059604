/* SPDX-License-Identifier: Apache-2.0 */
/* GET /v1/hosts...: what is known of the hosts. */
#include "attest/verifier/base64.h"
#include "attest/verifier/handlers.h"
#include "attest/verifier/history.h"

#include <stdlib.h>

struct listing {
    const struct request *request;
    const char *state, *group; /* NULL: all */
    json_t *list;
};

static void list_host(void *context, const struct host *host)
{
    const struct listing *listing = context;
    int64_t now = listing->request->now, grace = listing->request->settings.grace_s;
    if (listing->state != NULL && strcmp(listing->state, host_state_name(host_state_now(host, now, grace))) != 0)
        return;
    if (listing->group == NULL || strcmp(listing->group, host->group) == 0)
        json_array_append_new(listing->list, host_json(host, now, grace));
}

void handle_hosts(struct request *request, struct answer *answer)
{
    struct listing listing = {request, request->query(request, "state"), request->query(request, "group"), json_array()};
    struct db *db = store_borrow(request->verifier->store);
    bool good = host_visit(db, list_host, &listing);
    store_return(request->verifier->store, db);
    if (good)
        answer_json(answer, 200, json_pack("{s:o}", "hosts", listing.list));
    else
        json_decref(listing.list);
    if (!good)
        answer_no_database(answer);
}

/* What the verifier remembers of the host, for appraisal elsewhere. */
static json_t *memory_of(struct request *request, const struct host *host)
{
    struct appraise_state state;
    uint8_t head[STATE_HEAD_SIZE_MAX];
    struct db *db = store_borrow(request->verifier->store);
    bool good = memory_read(db, host->id, &state);
    store_return(request->verifier->store, db);
    json_t *memory = good ? json_pack("{s:o, s:o}", "head", base64_json(head, state_write(&state, head)), "log",
                                      base64_json(state.log, state.log_size))
                          : json_null();
    state_free(&state);
    return memory;
}

void handle_host(struct request *request, struct answer *answer)
{
    struct host host;
    if (!handler_find_host(request, &host, answer))
        return;
    struct db *db = store_borrow(request->verifier->store);
    json_t *reasons = host_reasons(db, host.id);
    store_return(request->verifier->store, db);
    json_t *json = host_json(&host, request->now, request->settings.grace_s);
    if (reasons == NULL || json == NULL) {
        json_decref(reasons);
        json_decref(json);
        answer_no_database(answer);
        return;
    }
    if (request_number(request, "memory", 0, 1) == 1)
        json_object_set_new(json, "memory", memory_of(request, &host));
    json_object_set_new(json, "reasons", reasons);
    json_object_set_new(json, "channel", base64_json(host.certificate_hash, sizeof host.certificate_hash));
    json_object_set_new(json, "ak_public", base64_json(host.ak_public, host.ak_size));
    answer_json(answer, 200, json);
}

void handle_verdicts(struct request *request, struct answer *answer)
{
    struct host host;
    if (!handler_find_host(request, &host, answer))
        return;
    struct db *db = store_borrow(request->verifier->store);
    json_t *list = history_read(db, host.id, request_number(request, "limit", 20, 1000),
                                request_number(request, "evidence", 0, 1) == 1);
    store_return(request->verifier->store, db);
    if (list != NULL)
        answer_json(answer, 200, json_pack("{s:s, s:o}", "host", host.id, "verdicts", list));
    else
        answer_no_database(answer);
}

void handle_log(struct request *request, struct answer *answer)
{
    struct host host;
    struct appraise_state state;
    if (!handler_find_host(request, &host, answer))
        return;
    struct db *db = store_borrow(request->verifier->store);
    bool good = memory_read(db, host.id, &state);
    store_return(request->verifier->store, db);
    if (good)
        answer_json(answer, 200, json_pack("{s:s, s:s, s:o}", "host", host.id, "boot", state.boot, "log",
                                           base64_json(state.log, state.log_size)));
    else
        answer_no_database(answer);
    state_free(&state);
}
