/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier about itself: settings, people, audit log, key, health. */
#include "attest/verifier/audit.h"
#include "attest/verifier/base64.h"
#include "attest/verifier/certificate.h"
#include "attest/verifier/handlers.h"

static const struct rule rule_setting = {
    "ATT-826", "a setting cannot be changed like that", "the settings of docs/verifier.md, within their ranges",
    "see `bulkhead-verifier policy`"};

void handle_policy(struct request *request, struct answer *answer)
{
    answer_json(answer, 200, settings_json(&request->settings));
}

struct change_settings {
    const struct request *request;
    struct settings settings;
    char actor[HOST_NAME_MAX + 16];
};

static bool store_settings(struct db *db, void *context)
{
    const struct change_settings *change = context;
    return settings_write(db, &change->settings) &&
           audit_append(db, change->request->now, change->actor, "policy", "settings",
                        json_deep_copy(change->request->body));
}

void handle_policy_change(struct request *request, struct answer *answer)
{
    char text[REPORT_FOUND_MAX];
    struct change_settings change = {.request = request};
    struct verifier *verifier = request->verifier;
    request_actor(request, change.actor);
    pthread_mutex_lock(&verifier->settings_change);
    change.settings = verifier_settings(verifier);
    bool good = settings_change(&change.settings, request->body, text, sizeof text);
    bool stored = good && store_write(verifier->store, store_settings, &change);
    if (stored) {
        pthread_rwlock_wrlock(&verifier->settings_lock);
        verifier->settings = change.settings;
        pthread_rwlock_unlock(&verifier->settings_lock);
    }
    pthread_mutex_unlock(&verifier->settings_change);
    if (!good)
        answer_refuse(answer, 400, &rule_setting, "%s", text);
    else if (!stored)
        answer_no_database(answer);
    else
        answer_json(answer, 200, settings_json(&change.settings));
}

static void answer_or_none(struct answer *answer, json_t *json)
{
    if (json != NULL)
        answer_json(answer, 200, json);
    else
        answer_no_database(answer);
}

void handle_certificates(struct request *request, struct answer *answer)
{
    struct db *db = store_borrow(request->verifier->store);
    json_t *list = certificate_list(db);
    store_return(request->verifier->store, db);
    answer_or_none(answer, list != NULL ? json_pack("{s:o}", "certificates", list) : NULL);
}

void handle_audit(struct request *request, struct answer *answer)
{
    struct db *db = store_borrow(request->verifier->store);
    json_t *list = audit_list(db, request_number(request, "after", 0, INT64_MAX), request_number(request, "limit", 100, 1000),
                              request->query(request, "subject"));
    store_return(request->verifier->store, db);
    answer_or_none(answer, list != NULL ? json_pack("{s:o}", "rows", list) : NULL);
}

void handle_checkpoint(struct request *request, struct answer *answer)
{
    struct audit_head head;
    struct db *db = store_borrow(request->verifier->store);
    bool good = audit_read_head(db, &head);
    store_return(request->verifier->store, db);
    answer_or_none(answer, good ? audit_head_json(&head) : NULL);
}

/* The public half of what signs tokens and the audit log, as a JWK (RFC 7517). */
void handle_key(struct request *request, struct answer *answer)
{
    const struct verifier *verifier = request->verifier;
    answer_json(answer, 200,
                json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "kty", "EC", "crv", "P-384", "alg", "ES384", "use", "sig",
                          "kid", verifier->key_id, "x", base64_url_json(verifier->signing_public.x, 48), "y",
                          base64_url_json(verifier->signing_public.y, 48)));
}

void handle_health(struct request *request, struct answer *answer)
{
    struct db *db = store_borrow(request->verifier->store);
    bool good = db_run(db, "SELECT version FROM schema_version", NULL, 0, NULL);
    store_return(request->verifier->store, db);
    answer_or_none(answer, good ? json_pack("{s:s, s:I}", "status", "ok", "time", (json_int_t)request->now) : NULL);
}
