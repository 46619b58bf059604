/* SPDX-License-Identifier: Apache-2.0 */
/* POST /v1/enroll: a machine presents its TPM. */
#include "attest/verifier/authority.h"
#include "attest/verifier/base64.h"
#include "attest/verifier/handlers.h"
#include "attest/verifier/join.h"

#include "attest/lib/evidence.h"

#include <stdlib.h>

static const struct rule rule_token = {
    "ATT-812", "the join token does not let this asset enrol", "an unused token of this asset, in its time",
    "ask the operator for a new token"};
static const struct rule rule_ek_taken = {
    "ATT-813", "this TPM is enrolled already", "a TPM of no other host", "retire the other host first"};
static const struct rule rule_asset_taken = {
    "ATT-814", "a host of this asset is enrolled already", "an asset without a host", "retire the other host first"};
static const struct rule rule_pin = {
    "ATT-815", "the endorsement key is not the one that was pinned for this asset", "the pinned key",
    "check which TPM this is; pin its key if it is the right one"};

/* The EK certificates of a request, decoded. */
struct chain {
    struct ek_certificate certificates[EK_CHAIN_MAX];
    size_t count;
    uint8_t *memory;
};

/* Reads them; a pin may stand in for an empty list. */
static bool read_chain(const struct request *request, struct chain *chain, struct report *report)
{
    json_t *list = json_object_get(request->body, "ek_certificates"), *member;
    size_t i, used = 0;
    *chain = (struct chain){.memory = calloc(EK_CHAIN_MAX, EK_CERTIFICATE_MAX)};
    if (chain->memory == NULL || !ek_chain_fits(json_is_array(list) ? json_array_size(list) : SIZE_MAX, report))
        return false;
    json_array_foreach(list, i, member)
    {
        const char *text = json_string_value(member);
        struct ek_certificate *certificate = &chain->certificates[chain->count++];
        certificate->der = chain->memory + used;
        if (text == NULL || !evidence_base64(text, json_string_length(member), chain->memory + used, EK_CERTIFICATE_MAX,
                                             &certificate->size))
            certificate->size = 0; /* ek_chain_check() refuses it */
        used += EK_CERTIFICATE_MAX;
    }
    return true;
}

/* Is this a TPM to trust? By its certificate, or else by an operator's pin. */
static bool check_ek(struct request *request, const struct chain *chain, const struct public_key *ek,
                     struct enrolment *enrolment, struct answer *answer)
{
    struct report report;
    uint8_t pinned[HASH_SHA256_SIZE];
    report_init(&report);
    struct db *db = store_borrow(request->verifier->store);
    int pin = request->settings.allow_pins ? join_read_pin(db, enrolment->asset, pinned) : 0;
    store_return(request->verifier->store, db);
    if (pin < 0) {
        answer_no_database(answer);
        return false;
    }
    bool same = pin == 1 && memcmp(pinned, enrolment->ek_hash, sizeof pinned) == 0;
    if (pin == 1 && !same) {
        answer_refuse(answer, 403, &rule_pin, "another key");
        return false;
    }
    bool certified = ek_chain_check(request->verifier->ek_bundle, chain->certificates, chain->count, ek, &report);
    memcpy(enrolment->ek_trust, certified ? "certificate" : "pin", certified ? 12 : 4);
    if (!certified && !same)
        answer_report(answer, 403, &report);
    return certified || same;
}

/* Keys and request, without their trust. */
static bool read_keys(const struct request *request, struct enrolment *e, struct public_key *ek, struct public_key *ak,
                      struct answer *answer)
{
    struct report report;
    size_t ek_size, ak_size, csr_size;
    const char *csr;
    report_init(&report);
    if (!handler_base64(request, "ek_public", e->ek_public, sizeof e->ek_public, &ek_size, answer) ||
        !handler_base64(request, "ak_public", e->ak_public, sizeof e->ak_public, &ak_size, answer) ||
        !request_text(request, "csr", JOIN_CSR_MAX, &csr, answer))
        return false;
    if (!public_read_ek(e->ek_public, ek_size, ek, &report) || !public_read_ak(e->ak_public, ak_size, ak, &report) ||
        !authority_read_csr(csr, strlen(csr), e->csr, sizeof e->csr, &csr_size, &report)) {
        answer_report(answer, 400, &report);
        return false;
    }
    e->ek_size = (uint16_t)ek_size;
    e->ak_size = (uint16_t)ak_size;
    e->csr_size = (uint16_t)csr_size;
    hash_bytes(TPM_ALG_SHA256, e->ek_public, ek_size, e->ek_hash);
    return true;
}

/* The token is looked at before anything expensive, and taken in the end. */
static bool check_token(struct request *request, struct enrolment *enrolment, struct answer *answer)
{
    const char *asset, *token;
    if (!request_name(request, "asset", &asset, answer) || !request_text(request, "token", 128, &token, answer))
        return false;
    memcpy(enrolment->asset, asset, strlen(asset) + 1);
    hash_bytes(TPM_ALG_SHA256, token, strlen(token), enrolment->token);
    struct db *db = store_borrow(request->verifier->store);
    int good = join_check_token(db, enrolment->token, asset, request->now);
    store_return(request->verifier->store, db);
    if (good < 0)
        answer_no_database(answer);
    else if (good == 0)
        answer_refuse(answer, 403, &rule_token, "asset %s", asset);
    return good == 1;
}

struct begin {
    const struct enrolment *enrolment;
    int64_t now;
    enum join_outcome outcome;
};

static bool store_begin(struct db *db, void *context)
{
    struct begin *begin = context;
    return join_begin(db, begin->enrolment, begin->now, &begin->outcome);
}

void handle_refuse_join(struct answer *answer, enum join_outcome outcome, const char *asset)
{
    if (outcome == JOIN_EK_TAKEN)
        answer_refuse(answer, 409, &rule_ek_taken, "a second enrolment as %s", asset);
    else if (outcome == JOIN_ASSET_TAKEN)
        answer_refuse(answer, 409, &rule_asset_taken, "%s", asset);
    else
        answer_refuse(answer, 403, &rule_token, "asset %s", asset);
}

/* Wraps the secret, stores the enrolment, answers. */
static void challenge_tpm(struct request *request, struct enrolment *e, const struct public_key *ek,
                          const struct public_key *ak, struct answer *answer)
{
    struct credential credential;
    handler_random_hex(HOST_ID_DIGITS / 2, e->host);
    if (!credential_random_kernel(NULL, e->secret, sizeof e->secret) ||
        !credential_random_kernel(NULL, e->nonce, sizeof e->nonce) ||
        !credential_make(ek, &ak->name, e->secret, credential_random_kernel, NULL, &credential)) {
        answer_internal(answer, "no random numbers, or no credential");
        return;
    }
    e->expires = request->now + request->settings.activation_life_s;
    struct begin begin = {.enrolment = e, .now = request->now};
    if (!store_write(request->verifier->store, store_begin, &begin))
        answer_no_database(answer);
    else if (begin.outcome != JOIN_DONE)
        handle_refuse_join(answer, begin.outcome, e->asset);
    else
        answer_json(answer, 200,
                    json_pack("{s:s, s:o, s:o, s:o, s:o}", "host", e->host, "credential_blob",
                              base64_json(credential.blob, credential.blob_size), "secret",
                              base64_json(credential.seed, credential.seed_size), "nonce",
                              base64_json(e->nonce, sizeof e->nonce), "pcrs", handler_pcrs()));
}

void handle_enroll(struct request *request, struct answer *answer)
{
    struct enrolment enrolment = {0};
    struct public_key ek, ak;
    struct chain chain = {0};
    struct report report;
    report_init(&report);
    if (!check_token(request, &enrolment, answer) || !read_keys(request, &enrolment, &ek, &ak, answer))
        return;
    if (!read_chain(request, &chain, &report))
        answer_report(answer, 400, &report);
    else if (check_ek(request, &chain, &ek, &enrolment, answer))
        challenge_tpm(request, &enrolment, &ek, &ak, answer);
    free(chain.memory);
}
