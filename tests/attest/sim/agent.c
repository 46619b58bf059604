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

static void add_header(struct sim_agent *agent, const char *name, const char *value)
{
    char line[128];
    snprintf(line, sizeof line, "%s: %s", name, value);
    agent->headers = curl_slist_append(agent->headers, line);
}

/* The certificate of the agent or user; without TLS the headers that stand in for it. */
static void set_identity(struct sim_agent *agent, const struct sim_server *server)
{
    char path[SIM_PATH_MAX + 16];
    const char *user = agent->user != NULL ? agent->user : "agent";
    if (server->ca == NULL) {
        const char *name = agent->user != NULL ? agent->user : agent->host;
        if (name[0] != '\0') {
            add_header(agent, "X-Bulkhead-Role", user);
            add_header(agent, "X-Bulkhead-Name", name);
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

/* What is the same for each call. */
static void prepare(struct sim_agent *agent, const struct sim_server *server)
{
    char bearer[80];
    if (agent->curl == NULL)
        agent->curl = curl_easy_init();
    curl_easy_reset(agent->curl);
    add_header(agent, "Content-Type", "application/json");
    agent->headers = curl_slist_append(agent->headers, "Expect:");
    set_identity(agent, server);
    if (agent->ticket[0] != '\0') {
        snprintf(bearer, sizeof bearer, "Bearer %s", agent->ticket);
        add_header(agent, "Authorization", bearer);
    }
    curl_easy_setopt(agent->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(agent->curl, CURLOPT_HTTPHEADER, agent->headers);
    curl_easy_setopt(agent->curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(agent->curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(agent->curl, CURLOPT_FORBID_REUSE, server->keep_alive ? 0L : 1L);
    curl_easy_setopt(agent->curl, CURLOPT_MAXAGE_CONN, 3600L); /* a fleet takes longer to enrol than the default of 118 s */
}

/* After a change of host, ticket or certificate. The connection stays. */
static void forget_identity(struct sim_agent *agent)
{
    if (agent->curl != NULL)
        curl_easy_setopt(agent->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(agent->headers);
    agent->headers = NULL;
}

long sim_send(struct sim_agent *agent, const struct sim_server *server, const char *path, const char *body, json_t **answer)
{
    static _Thread_local struct received received;
    char url[SIM_PATH_MAX];
    long status = 0;
    if (agent->headers == NULL)
        prepare(agent, server);
    received.size = 0;
    snprintf(url, sizeof url, "%s%s", server->url, path);
    curl_easy_setopt(agent->curl, CURLOPT_URL, url);
    curl_easy_setopt(agent->curl, CURLOPT_WRITEDATA, &received);
    if (body != NULL)
        curl_easy_setopt(agent->curl, CURLOPT_POSTFIELDS, body);
    else
        curl_easy_setopt(agent->curl, CURLOPT_HTTPGET, 1L);
    if (curl_easy_perform(agent->curl) == CURLE_OK)
        curl_easy_getinfo(agent->curl, CURLINFO_RESPONSE_CODE, &status);
    *answer = status != 0 ? json_loadb(received.bytes, received.size, 0, NULL) : NULL;
    return status;
}

long sim_call(struct sim_agent *agent, const struct sim_server *server, const char *path, json_t *body, json_t **answer)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    long status = sim_send(agent, server, path, text, answer);
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
    forget_identity(agent);
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
    forget_identity(agent);
    long status = sim_call(agent, server, "/v1/enroll", body, answer);
    if (status == 200 && !keep_credential(agent, *answer))
        fprintf(stderr, "the TPM does not activate the credential\n");
    return status;
}

long sim_agent_activate(struct sim_agent *agent, const struct sim_server *server, enum sim_tamper tamper, json_t **answer)
{
    uint8_t proof[32];
    char path[64];
    char *evidence = sim_evidence(&agent->tpm, &agent->machine, &agent->told, agent->nonce, agent->host, agent->channel, 0,
                                  tamper);
    credential_proof(agent->secret, agent->host, agent->nonce, proof);
    snprintf(path, sizeof path, "/v1/enroll/%s/activate", agent->host);
    json_t *body = json_pack("{s:o, s:o}", "proof", base64_json(proof, sizeof proof), "evidence",
                             json_loads(evidence, 0, NULL));
    free(evidence);
    long status = sim_call(agent, server, path, body, answer);
    const char *ticket = json_string_value(json_object_get(*answer, "ticket"));
    if (ticket != NULL) {
        snprintf(agent->ticket, sizeof agent->ticket, "%s", ticket);
        forget_identity(agent);
    }
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
        forget_identity(agent);
        curl_easy_cleanup(agent->curl);
        agent->curl = NULL;
    }
    return status;
}

static long send_evidence(struct sim_agent *agent, const struct sim_server *server, json_t **answer)
{
    char path[80];
    snprintf(path, sizeof path, "/v1/hosts/%s/evidence", agent->host);
    return sim_send(agent, server, path, agent->last, answer);
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
    char *evidence = sim_evidence(&agent->tpm, &agent->machine, &agent->told, nonce, agent->host, agent->channel, offset,
                                  tamper);
    free(agent->last);
    if (asprintf(&agent->last, "{\"challenge\":\"%s\",\"evidence\":%s}", challenge, evidence) < 0)
        agent->last = NULL;
    free(evidence);
    json_decref(*answer);
    return send_evidence(agent, server, answer);
}

long sim_agent_replay(struct sim_agent *agent, const struct sim_server *server, json_t **answer)
{
    return send_evidence(agent, server, answer);
}
