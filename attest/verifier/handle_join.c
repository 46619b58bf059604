/* SPDX-License-Identifier: Apache-2.0 */
/* Join tokens and pins: who may enrol. */
#include "attest/verifier/audit.h"
#include "attest/verifier/handlers.h"

#include "attest/lib/evidence.h"

static const struct rule rule_hash = {
    "ATT-825", "the pin is no hash", "`ek_sha256`: SHA-256 of the EK's TPM2B_PUBLIC, 64 hex digits",
    "take it from the host's console or from `bulkhead-agent`"};

struct admission {
    const char *asset;
    uint8_t hash[HASH_SHA256_SIZE]; /* of the token, or of the EK */
    int64_t now, expires;
    char actor[HOST_NAME_MAX + 16];
};

static bool store_token(struct db *db, void *context)
{
    const struct admission *admission = context;
    return join_create_token(db, admission->hash, admission->asset, admission->now, admission->expires) &&
           audit_append(db, admission->now, admission->actor, "token", admission->asset,
                        json_pack("{s:I}", "expires", (json_int_t)admission->expires));
}

void handle_token_create(struct request *request, struct answer *answer)
{
    struct admission admission = {.now = request->now};
    char token[2 * JOIN_TOKEN_BYTES + 1];
    if (!request_name(request, "asset", &admission.asset, answer))
        return;
    request_actor(request, admission.actor);
    handler_random_hex(JOIN_TOKEN_BYTES, token);
    hash_bytes(TPM_ALG_SHA256, token, strlen(token), admission.hash);
    admission.expires = request->now + request->settings.token_life_s;
    if (store_write(request->verifier->store, store_token, &admission))
        answer_json(answer, 201, json_pack("{s:s, s:s, s:I}", "asset", admission.asset, "token", token, "expires",
                                           (json_int_t)admission.expires));
    else
        answer_no_database(answer);
}

static bool store_pin(struct db *db, void *context)
{
    const struct admission *admission = context;
    char hex[2 * HASH_SHA256_SIZE + 1];
    hash_to_hex(admission->hash, sizeof admission->hash, hex);
    return join_set_pin(db, admission->asset, admission->hash, admission->now) &&
           audit_append(db, admission->now, admission->actor, "pin", admission->asset,
                        json_pack("{s:s}", "ek_sha256", hex));
}

void handle_pin(struct request *request, struct answer *answer)
{
    struct admission admission = {.now = request->now};
    const char *hash;
    if (!request_name(request, "asset", &admission.asset, answer) || !request_text(request, "ek_sha256", 64, &hash, answer))
        return;
    if (!evidence_hex(hash, strlen(hash), admission.hash, sizeof admission.hash)) {
        answer_refuse(answer, 400, &rule_hash, "%s", hash);
        return;
    }
    request_actor(request, admission.actor);
    if (store_write(request->verifier->store, store_pin, &admission))
        answer_json(answer, 201, json_pack("{s:s, s:s}", "asset", admission.asset, "ek_sha256", hash));
    else
        answer_no_database(answer);
}

static void answer_list(struct answer *answer, const char *name, json_t *list)
{
    if (list != NULL)
        answer_json(answer, 200, json_pack("{s:o}", name, list));
    else
        answer_no_database(answer);
}

void handle_tokens(struct request *request, struct answer *answer)
{
    struct db *db = store_borrow(request->verifier->store);
    json_t *list = join_list_tokens(db, request->now);
    store_return(request->verifier->store, db);
    answer_list(answer, "tokens", list);
}

void handle_pins(struct request *request, struct answer *answer)
{
    struct db *db = store_borrow(request->verifier->store);
    json_t *list = join_list_pins(db);
    store_return(request->verifier->store, db);
    answer_list(answer, "pins", list);
}
