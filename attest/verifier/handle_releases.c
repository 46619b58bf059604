/* SPDX-License-Identifier: Apache-2.0 */
/* Releases: importing signed ones, and saying who runs which. */
#include "attest/verifier/audit.h"
#include "attest/verifier/handlers.h"
#include "attest/verifier/keys.h"
#include "attest/verifier/release_store.h"

#include "attest/lib/release.h"

#include <stdio.h>
#include <stdlib.h>

static const struct rule rule_exists = {
    "ATT-833", "a release of this name was imported before", "a new name for each release", "give the release another name"};
static const struct rule rule_none = {
    "ATT-834", "there is no such release", "the name of an imported release", "list them with `release list`"};
static const struct rule rule_state = {
    "ATT-835", "the release is in another state", "a state from which this can be done", "list them with `release list`"};
static const struct rule rule_scope = {
    "ATT-836", "the release can be meant for all hosts, a group, or one host", "no scope, `group` or `host`, not both",
    "give one of them"};

/* One change, as stored. */
struct work {
    struct request *request;
    char actor[HOST_NAME_MAX + 16];
    const char *name;
    /* of an import */
    const struct release *release;
    const char *file;
    size_t size;
    uint8_t signature[RELEASE_SIGNATURE_SIZE];
    char key_id[2 * HASH_SHA384_SIZE + 1];
    /* of a change of state */
    const char *action;
    unsigned from; /* bits of enum release_state */
    enum release_state to;
    char scope[HOST_NAME_MAX + 8];
    char retired[RELEASE_NAME_MAX + 1];
    /* what was found */
    int found;
    enum release_state before;
};

static bool store_import(struct db *db, void *context)
{
    struct work *work = context;
    int64_t now = work->request->now;
    work->found = release_find(db, work->name, &work->before);
    if (work->found != 0)
        return work->found == 1;
    return release_add(db, work->name, work->release->serial, work->file, work->size, work->signature,
                       sizeof work->signature, work->key_id, now) &&
           audit_append(db, now, work->actor, "import", work->name,
                        json_pack("{s:I, s:s}", "serial", (json_int_t)work->release->serial, "key_id", work->key_id));
}

static void import(struct work *work, struct answer *answer)
{
    struct request *request = work->request;
    char folder[4096];
    struct release release;
    struct report report;
    report_init(&report);
    snprintf(folder, sizeof folder, "%s/release-keys", request->verifier->data);
    if (!keys_check_release(folder, work->file, work->size, work->signature, sizeof work->signature, work->key_id, &report)) {
        answer_report(answer, 403, &report);
        return;
    }
    if (!release_parse(work->file, work->size, &release, &report)) {
        answer_report(answer, 400, &report);
        return;
    }
    work->release = &release;
    work->name = release.name;
    if (!store_write(request->verifier->store, store_import, work))
        answer_no_database(answer);
    else if (work->found == 1)
        answer_refuse(answer, 409, &rule_exists, "%s", release.name);
    else
        answer_json(answer, 201, json_pack("{s:s, s:s, s:s}", "name", release.name, "state", "imported", "key_id",
                                           work->key_id));
    release_free(&release);
}

void handle_release_import(struct request *request, struct answer *answer)
{
    struct work work = {.request = request};
    size_t signature_size;
    uint8_t *file = malloc(RELEASE_JSON_MAX);
    if (file == NULL) {
        answer_internal(answer, "no memory");
        return;
    }
    request_actor(request, work.actor);
    work.file = (const char *)file;
    if (handler_base64(request, "release", file, RELEASE_JSON_MAX, &work.size, answer) &&
        handler_base64(request, "signature", work.signature, sizeof work.signature, &signature_size, answer))
        import(&work, answer);
    free(file);
}

static bool store_change(struct db *db, void *context)
{
    struct work *work = context;
    work->found = release_find(db, work->name, &work->before);
    bool nothing_to_do = work->before == work->to && work->to != RELEASE_ACTIVE; /* being active has a scope */
    if (work->found != 1 || (work->from >> work->before & 1u) == 0 || nothing_to_do)
        return work->found >= 0;
    bool good = work->to == RELEASE_ACTIVE ? release_assign(db, work->scope, work->name, work->retired)
                                           : release_set_state(db, work->name, work->to);
    return good && audit_append(db, work->request->now, work->actor, work->action, work->name,
                                json_pack("{s:s, s:s}", "scope", work->scope, "deprecated", work->retired));
}

/* What appraisals compare with follows what is stored. Where it cannot, the watch tries again every second. */
static bool reload(const struct verifier *verifier)
{
    struct db *db = store_borrow(verifier->store);
    bool loaded = release_book_load(verifier->book, db);
    store_return(verifier->store, db);
    return loaded;
}

/* Carries out a change of state, and reads the releases anew: also when nothing was changed or the outcome is unknown, so
 * that an operator may repeat what was answered with an error. */
static void change(struct work *work, struct answer *answer)
{
    struct request *request = work->request;
    request_actor(request, work->actor);
    work->name = request->parameter;
    bool stored = store_write(request->verifier->store, store_change, work);
    bool loaded = reload(request->verifier);
    if (!stored || !loaded)
        answer_no_database(answer);
    else if (work->found == 0)
        answer_refuse(answer, 404, &rule_none, "%s", work->name);
    else if ((work->from >> work->before & 1u) == 0)
        answer_refuse(answer, 409, &rule_state, "%s is %s", work->name, release_state_name(work->before));
    else
        answer_json(answer, 200, json_pack("{s:s, s:s, s:s, s:s}", "name", work->name, "state",
                                           release_state_name(work->to), "scope", work->scope, "deprecated", work->retired));
}

#define FROM(state) (1u << (state))

/* The scope of an activation: {"group": name} or {"host": id or asset} or {}. */
static bool read_scope(struct request *request, char *scope, size_t size, struct answer *answer)
{
    const char *group = json_string_value(json_object_get(request->body, "group"));
    const char *name = json_string_value(json_object_get(request->body, "host"));
    if ((group != NULL && name != NULL) || (group != NULL && !name_is_good(group)) || (name != NULL && !name_is_good(name))) {
        answer_refuse(answer, 400, &rule_scope, "another scope");
        return false;
    }
    if (name != NULL) {
        struct request inner = *request;
        struct host host;
        snprintf(inner.parameter, sizeof inner.parameter, "%s", name);
        if (!handler_find_host(&inner, &host, answer))
            return false;
        snprintf(scope, size, "host:%s", host.id);
    } else if (group != NULL) {
        snprintf(scope, size, "group:%s", group);
    } else {
        snprintf(scope, size, "all");
    }
    return true;
}

void handle_release_activate(struct request *request, struct answer *answer)
{
    struct work work = {.request = request, .action = "activate", .to = RELEASE_ACTIVE,
                        .from = FROM(RELEASE_IMPORTED) | FROM(RELEASE_ACTIVE) | FROM(RELEASE_DEPRECATED)};
    if (read_scope(request, work.scope, sizeof work.scope, answer))
        change(&work, answer);
}

void handle_release_deprecate(struct request *request, struct answer *answer)
{
    struct work work = {.request = request, .action = "deprecate", .to = RELEASE_DEPRECATED,
                        .from = FROM(RELEASE_IMPORTED) | FROM(RELEASE_ACTIVE) | FROM(RELEASE_DEPRECATED)};
    change(&work, answer);
}

void handle_release_revoke(struct request *request, struct answer *answer)
{
    struct work work = {.request = request, .action = "revoke", .to = RELEASE_REVOKED,
                        .from = FROM(RELEASE_IMPORTED) | FROM(RELEASE_ACTIVE) | FROM(RELEASE_DEPRECATED) |
                                FROM(RELEASE_REVOKED)};
    change(&work, answer);
}

void handle_releases(struct request *request, struct answer *answer)
{
    struct db *db = store_borrow(request->verifier->store);
    json_t *list = release_list(db), *assignments = release_assignments(db);
    store_return(request->verifier->store, db);
    if (list != NULL && assignments != NULL) {
        answer_json(answer, 200, json_pack("{s:o, s:o}", "releases", list, "assignments", assignments));
        return;
    }
    json_decref(list);
    json_decref(assignments);
    answer_no_database(answer);
}

void handle_release(struct request *request, struct answer *answer)
{
    struct db *db = store_borrow(request->verifier->store);
    json_t *release;
    int found = release_export(db, request->parameter, &release);
    store_return(request->verifier->store, db);
    if (found < 0)
        answer_no_database(answer);
    else if (found == 0)
        answer_refuse(answer, 404, &rule_none, "%s", request->parameter);
    else
        answer_json(answer, 200, release);
}
