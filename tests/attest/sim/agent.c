/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a simulated agent. */
#include "tests/attest/sim/agent.h"

#include "attest/lib/evidence.h"
#include "attest/lib/quote.h"
#include "attest/verifier/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct received {
    char bytes[1 << 17];
    size_t size;
};

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
    struct received *received = context;
    size_t more = size * count;
    if (more > sizeof received->bytes - received->size)
        return 0;
    memcpy(received->bytes + received->size, bytes, more);
    received->size += more;
    return more;
}

static void add_header(struct curl_slist **headers, const char *name, const char *value)
{
    char line[128];
    snprintf(line, sizeof line, "%s: %s", name, value);
    *headers = curl_slist_append(*headers, line);
}

/* The certificate of the agent or user; without TLS the headers that stand in for it. */
static void set_identity(struct sim_agent *agent, const struct sim_server *server, struct curl_slist **headers)
{
    char path[SIM_PATH_MAX + 16];
    const char *user = agent->user != NULL ? agent->user : "agent";
    if (server->ca == NULL) {
        const char *name = agent->user != NULL ? agent->user : agent->host;
        if (name[0] != '\0') {
            add_header(headers, "X-Bulkhead-Role", user);
            add_header(headers, "X-Bulkhead-Name", name);
        }
        return;
    }
    curl_easy_setopt(agent->curl, CURLOPT_CAINFO, server->ca);
    curl_easy_setopt(agent->curl, CURLOPT_CAPATH, NULL);
    snprintf(path, sizeof path, "%s/%s.pem", agent->folder, user);
    if (access(path, R_OK) != 0)
        return;
    curl_easy_setopt(agent->curl, CURLOPT_SSLCERT, path);
    snprintf(path, sizeof path, "%s/%s.key", agent->folder, user);
    curl_easy_setopt(agent->curl, CURLOPT_SSLKEY, path);
}

long sim_call(struct sim_agent *agent, const struct sim_server *server, const char *path, json_t *body, json_t **answer)
{
    static _Thread_local struct received received;
    char url[SIM_PATH_MAX], bearer[80];
    long status = 0;
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    json_decref(body);
    if (agent->curl == NULL)
        agent->curl = curl_easy_init();
    curl_easy_reset(agent->curl);
    received.size = 0;
    snprintf(url, sizeof url, "%s%s", server->url, path);
    set_identity(agent, server, &headers);
    if (agent->ticket[0] != '\0') {
        snprintf(bearer, sizeof bearer, "Bearer %s", agent->ticket);
        add_header(&headers, "Authorization", bearer);
    }
    curl_easy_setopt(agent->curl, CURLOPT_URL, url);
    curl_easy_setopt(agent->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(agent->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(agent->curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(agent->curl, CURLOPT_WRITEDATA, &received);
    curl_easy_setopt(agent->curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(agent->curl, CURLOPT_FORBID_REUSE, server->keep_alive ? 0L : 1L);
    curl_easy_setopt(agent->curl, CURLOPT_MAXAGE_CONN, 3600L); /* a fleet takes longer to enrol than the default of 118 s */
    if (text != NULL)
        curl_easy_setopt(agent->curl, CURLOPT_POSTFIELDS, text);
    if (curl_easy_perform(agent->curl) == CURLE_OK)
        curl_easy_getinfo(agent->curl, CURLINFO_RESPONSE_CODE, &status);
    *answer = status != 0 ? json_loadb(received.bytes, received.size, 0, NULL) : NULL;
    curl_slist_free_all(headers);
    free(text);
    return status;
}

static bool get_base64(const json_t *json, const char *name, uint8_t *bytes, size_t most, size_t *size)
{
    const json_t *value = json_object_get(json, name);
    return json_is_string(value) && evidence_base64(json_string_value(value), json_string_length(value), bytes, most, size);
}

static bool keep_credential(struct sim_agent *agent, const json_t *answer)
{
    uint8_t blob[CREDENTIAL_BLOB_MAX], seed[CREDENTIAL_SEED_MAX];
    size_t blob_size, seed_size, nonce_size;
    const char *host = json_string_value(json_object_get(answer, "host"));
    if (host == NULL || strlen(host) != 32 || !get_base64(answer, "credential_blob", blob, sizeof blob, &blob_size) ||
        !get_base64(answer, "secret", seed, sizeof seed, &seed_size) ||
        !get_base64(answer, "nonce", agent->nonce, sizeof agent->nonce, &nonce_size))
        return false;
    memcpy(agent->host, host, 33);
    return sim_activate(&agent->tpm, blob, blob_size, seed, seed_size, agent->secret);
}

long sim_agent_enroll(struct sim_agent *agent, const struct sim_server *server, const char *token, json_t *ek_certificates,
                      json_t **answer)
{
    uint8_t ek[SIM_PUBLIC_MAX], ak[SIM_PUBLIC_MAX];
    char *csr = sim_read(agent->folder, "agent.csr");
    uint16_t ek_size = sim_ek_public(&agent->tpm, ek), ak_size = sim_ak_public(&agent->tpm, ak);
    json_t *body = json_pack("{s:s, s:s, s:o, s:o, s:o, s:s}", "asset", agent->asset, "token", token, "ek_public",
                             base64_json(ek, ek_size), "ek_certificates",
                             ek_certificates != NULL ? ek_certificates : json_array(), "ak_public",
                             base64_json(ak, ak_size), "csr", csr != NULL ? csr : "");
    free(csr);
    sim_agent_bind(agent, "agent.csr");
    agent->host[0] = '\0';
    long status = sim_call(agent, server, "/v1/enroll", body, answer);
    if (status == 200 && !keep_credential(agent, *answer))
        fprintf(stderr, "the TPM does not activate the credential\n");
    return status;
}

long sim_agent_activate(struct sim_agent *agent, const struct sim_server *server, enum sim_tamper tamper, json_t **answer)
{
    uint8_t proof[32];
    char path[64];
    credential_proof(agent->secret, agent->host, agent->nonce, proof);
    snprintf(path, sizeof path, "/v1/enroll/%s/activate", agent->host);
    json_t *body = json_pack("{s:o, s:o}", "proof", base64_json(proof, sizeof proof), "evidence",
                             sim_evidence(&agent->tpm, &agent->machine, agent->nonce, agent->host, agent->channel, 0, tamper));
    long status = sim_call(agent, server, path, body, answer);
    const char *ticket = json_string_value(json_object_get(*answer, "ticket"));
    if (ticket != NULL)
        snprintf(agent->ticket, sizeof agent->ticket, "%s", ticket);
    return status;
}

long sim_agent_poll(struct sim_agent *agent, const struct sim_server *server, json_t **answer)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/enroll/%s", agent->host);
    long status = sim_call(agent, server, path, NULL, answer);
    const char *pem = json_string_value(json_object_get(*answer, "certificate"));
    if (pem != NULL && sim_write(agent->folder, "agent.pem", pem)) {
        sim_agent_bind(agent, "agent.pem");
        /* The next call needs a connection of its own, with the certificate. */
        curl_easy_cleanup(agent->curl);
        agent->curl = NULL;
    }
    return status;
}

static long send_evidence(struct sim_agent *agent, const struct sim_server *server, json_t **answer)
{
    char path[80];
    snprintf(path, sizeof path, "/v1/hosts/%s/evidence", agent->host);
    return sim_call(agent, server, path, json_incref(agent->last), answer);
}

long sim_agent_attest(struct sim_agent *agent, const struct sim_server *server, enum sim_tamper tamper, json_t **answer)
{
    char path[80];
    uint8_t nonce[32];
    size_t size;
    snprintf(path, sizeof path, "/v1/hosts/%s/challenges", agent->host);
    long status = sim_call(agent, server, path, json_pack("{s:s, s:I}", "boot", agent->machine.boot, "log_length",
                                                          (json_int_t)agent->machine.log.used), answer);
    const char *challenge = json_string_value(json_object_get(*answer, "challenge"));
    if (status != 200 || challenge == NULL || !get_base64(*answer, "nonce", nonce, sizeof nonce, &size))
        return status;
    uint64_t offset = (uint64_t)json_integer_value(json_object_get(*answer, "log_offset"));
    json_decref(agent->last);
    agent->last = json_pack("{s:s, s:o}", "challenge", challenge, "evidence",
                            sim_evidence(&agent->tpm, &agent->machine, nonce, agent->host, agent->channel, offset, tamper));
    json_decref(*answer);
    return send_evidence(agent, server, answer);
}

long sim_agent_replay(struct sim_agent *agent, const struct sim_server *server, json_t **answer)
{
    return send_evidence(agent, server, answer);
}
