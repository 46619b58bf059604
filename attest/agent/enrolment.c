/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment: who this TPM is, proof that key and TPM belong together, an operator's approval. Each step's result is kept, so
 * that an interruption costs that step alone. */
#include "attest/agent/agent.h"
#include "attest/agent/ek.h"
#include "attest/agent/encode.h"
#include "attest/agent/identity.h"
#include "attest/agent/journal.h"
#include "attest/lib/credential.h"
#include "tools/common/file.h"

#include <ctype.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#define TOKEN_MAX ((size_t)1024)
#define AT_ONCE_MS 0u
#define GONE_404 404L /* the verifier knows nothing of this enrolment (any more) */
#define GONE_410 410L

static const struct rule rule_token = {
    "AGENT-825", "there is no join token to enrol with", "one line, as the operator got it from the verifier",
    "have the operator make one, and write it to the setting token-file"};
static const struct rule rule_secret = {
    "AGENT-826", "what was activated is not what the protocol says", "a secret of 32 bytes",
    "see that agent and verifier are of releases that belong together"};

bool enrolment_done(const struct agent *agent)
{
    return folder_has(&agent->settings, FOLDER_TLS_CERTIFICATE);
}

static bool read_token(struct agent *agent, char token[TOKEN_MAX])
{
    struct file_bytes bytes;
    const char *path = agent->settings.token_file;
    if (!file_read(path, TOKEN_MAX - 1, &bytes, &agent->report))
        return false;
    while (bytes.size > 0 && isspace(bytes.data[bytes.size - 1]))
        bytes.size--;
    memcpy(token, bytes.data, bytes.size);
    token[bytes.size] = '\0';
    bool good = bytes.size > 0 && strlen(token) == bytes.size;
    for (size_t i = 0; i < bytes.size; i++)
        good = good && isgraph((unsigned char)token[i]);
    file_bytes_free(&bytes);
    return report_unless(good, &agent->report, &rule_token, path, "%zu bytes", strlen(token));
}

static json_t *public_to_json(const TPM2B_PUBLIC *public)
{
    uint8_t bytes[sizeof(TPM2B_PUBLIC)];
    size_t size = 0;
    return Tss2_MU_TPM2B_PUBLIC_Marshal(public, bytes, sizeof bytes, &size) == TSS2_RC_SUCCESS ? encode_base64(bytes, size)
                                                                                             : NULL;
}

static json_t *chain_to_json(const struct certificates *chain)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < chain->count; i++)
        json_array_append_new(list, encode_base64(chain->list[i].der, chain->list[i].size));
    return list;
}

/* The body of POST /v1/enroll. */
static json_t *make_request(struct agent *agent)
{
    static struct ek ek;
    static char csr[IDENTITY_PEM_MAX];
    char token[TOKEN_MAX];
    uint8_t channel[HASH_SHA256_SIZE];
    struct ak ak;
    if (!read_token(agent, token) || !identity_make(&agent->settings, &agent->report) ||
        !identity_read_request(&agent->settings, csr, channel, &agent->report) ||
        !folder_read_ak(&agent->settings, &ak, &agent->report) || !ek_load(&agent->tpm, &ek, &agent->report))
        return NULL;
    ek_unload(&agent->tpm, &ek);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s}", "asset", agent->settings.asset, "token", token, "ek_public",
                     public_to_json(&ek.public), "ek_certificates", chain_to_json(&ek.certificates), "ak_public",
                     public_to_json(&ak.public), "csr", csr);
}

static bool enroll(struct agent *agent)
{
    struct answer_enrolled checked;
    json_t *answer;
    long status;
    if (!agent_open_tpm(agent))
        return false;
    json_t *request = make_request(agent);
    if (!report_ok(&agent->report))
        return false;
    if (!https_post(&agent->https, "/v1/enroll", request, &status, &answer, &agent->report))
        return false;
    bool good = answer_read_enrolled(answer, &checked, &agent->report) &&
           folder_write_enrolment(&agent->settings, answer, &agent->report);
    json_decref(answer);
    if (good)
        journal_say(JOURNAL_NOTICE, "enrolled as host %s; now proving that the attestation key is in this TPM", checked.host);
    return good;
}

/* Opens the credential: only this TPM can. */
static bool make_proof(struct agent *agent, const struct answer_enrolled *enrolled, uint8_t proof[HASH_SHA256_SIZE])
{
    static struct ek ek;
    TPM2B_DIGEST secret = {0};
    if (!agent_open_tpm(agent) || !ek_load(&agent->tpm, &ek, &agent->report))
        return false;
    bool good = ek_activate(&agent->tpm, &ek, agent->ak, &enrolled->credential, &enrolled->secret, &secret, &agent->report);
    ek_unload(&agent->tpm, &ek);
    good = good && report_unless(secret.size == CREDENTIAL_SECRET_SIZE, &agent->report, &rule_secret, "secret",
                                 "%u bytes", secret.size);
    if (good)
        credential_proof(secret.buffer, enrolled->host, enrolled->nonce, proof);
    explicit_bzero(&secret, sizeof secret);
    return good;
}

/* The verifier may have forgotten an enrolment that was never finished: then it begins again. */
static void forget_if_gone(struct agent *agent, long status)
{
    if (status != GONE_404 && status != GONE_410)
        return;
    journal_say(JOURNAL_WARNING, "the verifier does not know this enrolment (any more); the next attempt begins a new one");
    folder_remove(&agent->settings, FOLDER_ENROLMENT);
}

static bool activate(struct agent *agent, const struct answer_enrolled *enrolled, uint64_t *next_ms)
{
    static char csr[IDENTITY_PEM_MAX];
    static struct answer_pending pending;
    struct evidence_request request = {.selection = enrolled->selection};
    char path[96];
    uint8_t proof[HASH_SHA256_SIZE];
    json_t *answer;
    long status;
    memcpy(request.nonce, enrolled->nonce, sizeof request.nonce);
    memcpy(request.host, enrolled->host, sizeof request.host);
    if (!identity_read_request(&agent->settings, csr, request.channel, &agent->report) ||
        !make_proof(agent, enrolled, proof) || !agent_collect(agent, &request))
        return false;
    snprintf(path, sizeof path, "/v1/enroll/%s/activate", enrolled->host);
    json_t *body = json_pack("{s:o, s:o}", "proof", encode_base64(proof, sizeof proof), "evidence",
                             evidence_to_json(&agent->evidence));
    if (!https_post(&agent->https, path, body, &status, &answer, &agent->report)) {
        forget_if_gone(agent, status);
        return false;
    }
    bool good = answer_read_pending(answer, &pending, &agent->report) &&
                folder_write_ticket(&agent->settings, pending.ticket, &agent->report);
    json_decref(answer);
    *next_ms = pending.poll_ms;
    if (good)
        journal_say(JOURNAL_NOTICE, "host %s waits for an operator's approval", enrolled->host);
    return good;
}

bool enrolment_fetch(struct agent *agent, const struct enrolment *enrolment, struct answer_pending *pending, long *status)
{
    char path[96];
    json_t *answer;
    snprintf(path, sizeof path, "/v1/enroll/%s", enrolment->answer.host);
    if (!https_get(&agent->https, path, enrolment->ticket, status, &answer, &agent->report))
        return false;
    bool good = answer_read_pending(answer, pending, &agent->report);
    json_decref(answer);
    return good && (!pending->approved || identity_accept(&agent->settings, pending->certificate, enrolment->answer.host,
                                                          &agent->report));
}

static bool ask_for_approval(struct agent *agent, const struct enrolment *enrolment, uint64_t *next_ms)
{
    static struct answer_pending pending;
    long status;
    if (!enrolment_fetch(agent, enrolment, &pending, &status)) {
        forget_if_gone(agent, status);
        return false;
    }
    *next_ms = pending.approved ? AT_ONCE_MS : pending.poll_ms;
    if (pending.approved)
        journal_say(JOURNAL_NOTICE, "host %s is approved", enrolment->answer.host);
    return true;
}

bool enrolment_step(struct agent *agent, uint64_t *next_ms)
{
    struct enrolment enrolment;
    *next_ms = AT_ONCE_MS;
    if (!folder_make(&agent->settings, &agent->report))
        return false;
    if (!folder_has(&agent->settings, FOLDER_ENROLMENT))
        return enroll(agent);
    if (!folder_read_enrolment(&agent->settings, &enrolment, &agent->report))
        return false;
    return enrolment.ticket[0] == '\0' ? activate(agent, &enrolment.answer, next_ms)
                                       : ask_for_approval(agent, &enrolment, next_ms);
}
