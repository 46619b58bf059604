/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated host's agent: enrolment and evidence over HTTP, as docs/attestation.md says. */
#ifndef TESTS_ATTEST_SIM_AGENT_H
#define TESTS_ATTEST_SIM_AGENT_H

#include "tests/attest/sim/sim.h"

#include <curl/curl.h>

#define SIM_PATH_MAX 512u

struct sim_agent {
    char folder[SIM_PATH_MAX]; /* of agent.json, agent.key, agent.pem */
    char asset[65], host[33], ticket[65];
    struct sim_config config;
    struct sim_tpm tpm;
    struct sim_machine machine;
    struct sim_told told;
    uint32_t web_starts;
    uint8_t channel[32]; /* SHA-256 of the request, later of the certificate */
    uint8_t secret[32], nonce[32];
    char *last; /* body of the last evidence, for replays */
    CURL *curl;
    struct curl_slist *headers; /* NULL: the next call says anew who calls */
    const char *user; /* set: not an agent, but this operator or auditor, with USER.pem and USER.key in the folder */
};

/* How to reach the verifier. */
struct sim_server {
    const char *url;
    const char *ca;   /* file; NULL: no TLS, headers say who calls */
    bool keep_alive;
};

/* A new host in its folder; reads it back; writes it. False with a line on stderr. */
bool sim_agent_create(struct sim_agent *agent, const char *folder, const struct sim_config *config);
bool sim_agent_load(struct sim_agent *agent, const char *folder);
bool sim_agent_save(const struct sim_agent *agent);
void sim_agent_close(struct sim_agent *agent);

/* A new boot of the TPM and the machine. */
void sim_agent_reboot(struct sim_agent *agent);

/* Steps; each returns the HTTP status (0: no answer) and the answer (NULL: none; json_decref()). `ek_certificates` may be
 * NULL. */
long sim_agent_enroll(struct sim_agent *agent, const struct sim_server *server, const char *token, json_t *ek_certificates,
                      json_t **answer);
long sim_agent_activate(struct sim_agent *agent, const struct sim_server *server, enum sim_tamper tamper, json_t **answer);
long sim_agent_poll(struct sim_agent *agent, const struct sim_server *server, json_t **answer);
long sim_agent_attest(struct sim_agent *agent, const struct sim_server *server, enum sim_tamper tamper, json_t **answer);
long sim_agent_replay(struct sim_agent *agent, const struct sim_server *server, json_t **answer);

/* One HTTP call; the first takes the body (NULL: GET), the second has it as text. */
long sim_call(struct sim_agent *agent, const struct sim_server *server, const char *path, json_t *body, json_t **answer);
long sim_send(struct sim_agent *agent, const struct sim_server *server, const char *path, const char *body, json_t **answer);

/* Makes agent.key and agent.csr in the folder. */
bool sim_agent_make_request(struct sim_agent *agent);
/* Binds quotes to the SHA-256 of a PEM file's DER: agent.csr while it enrols, agent.pem afterwards. */
bool sim_agent_bind(struct sim_agent *agent, const char *file);

bool sim_write(const char *folder, const char *name, const char *text);
char *sim_read(const char *folder, const char *name);

#endif
