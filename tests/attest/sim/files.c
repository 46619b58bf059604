/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated host's folder: its keys, certificate and state. */
#include "tests/attest/sim/agent.h"

#include "attest/lib/evidence.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool sim_write(const char *folder, const char *name, const char *text)
{
    char path[SIM_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    bool good = file != NULL && fputs(text, file) >= 0;
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (!good)
        fprintf(stderr, "cannot write %s\n", path);
    return good;
}

char *sim_read(const char *folder, const char *name)
{
    char path[SIM_PATH_MAX + 64];
    snprintf(path, sizeof path, "%s%s%s", folder, folder[0] != '\0' ? "/" : "", name);
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;
    if (file == NULL || getdelim(&text, &size, '\0', file) < 0) {
        fprintf(stderr, "cannot read %s\n", path);
        free(text);
        text = NULL;
    }
    if (file != NULL)
        fclose(file);
    return text;
}

bool sim_agent_make_request(struct sim_agent *agent)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crq_t crq;
    char key_pem[2048] = "", csr_pem[4096] = "";
    size_t key_size = sizeof key_pem - 1, csr_size = sizeof csr_pem - 1;
    gnutls_x509_privkey_init(&key);
    gnutls_x509_crq_init(&crq);
    unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
    bool good = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, bits, 0) == 0 &&
                gnutls_x509_crq_set_version(crq, 1) == 0 &&
                gnutls_x509_crq_set_dn_by_oid(crq, GNUTLS_OID_X520_COMMON_NAME, 0, "agent", 5) == 0 &&
                gnutls_x509_crq_set_key(crq, key) == 0 && gnutls_x509_crq_sign2(crq, key, GNUTLS_DIG_SHA256, 0) == 0 &&
                gnutls_x509_crq_export(crq, GNUTLS_X509_FMT_PEM, csr_pem, &csr_size) == 0 &&
                gnutls_x509_privkey_export_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, key_pem, &key_size) == 0;
    gnutls_x509_crq_deinit(crq);
    gnutls_x509_privkey_deinit(key);
    return good && sim_write(agent->folder, "agent.key", key_pem) && sim_write(agent->folder, "agent.csr", csr_pem);
}

bool sim_agent_bind(struct sim_agent *agent, const char *file)
{
    char *pem = sim_read(agent->folder, file);
    gnutls_datum_t text = {(unsigned char *)pem, pem != NULL ? (unsigned)strlen(pem) : 0}, der = {0};
    bool good = pem != NULL && gnutls_pem_base64_decode2(NULL, &text, &der) == 0;
    if (good)
        hash_bytes(TPM_ALG_SHA256, der.data, der.size, agent->channel);
    gnutls_free(der.data);
    free(pem);
    return good;
}

static json_t *hex(const uint8_t *bytes, size_t size)
{
    char text[129];
    hash_to_hex(bytes, size, text);
    return json_string(text);
}

static json_t *key_json(const struct sim_key *key)
{
    return json_pack("[o, o, o]", hex(key->secret, 32), hex(key->x, 32), hex(key->y, 32));
}

static bool get_hex(const json_t *value, uint8_t *bytes, size_t size)
{
    return json_is_string(value) && evidence_hex(json_string_value(value), json_string_length(value), bytes, size);
}

static bool get_key(const json_t *json, struct sim_key *key)
{
    return get_hex(json_array_get(json, 0), key->secret, 32) && get_hex(json_array_get(json, 1), key->x, 32) &&
           get_hex(json_array_get(json, 2), key->y, 32);
}

bool sim_agent_save(const struct sim_agent *agent)
{
    const struct sim_config *config = &agent->config;
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:I, s:i, s:s, s:o, s:o, s:I, s:i, s:s, s:i, s:o, s:o, s:o}", "asset", agent->asset, "host",
        agent->host, "ticket", agent->ticket, "release", config->release, "serial", (json_int_t)config->serial, "version",
        (int)config->security_version, "command_line", config->command_line, "ek", key_json(&agent->tpm.ek), "ak",
        key_json(&agent->tpm.ak), "clock", (json_int_t)agent->tpm.clock, "resets", (int)agent->tpm.reset_count, "boot",
        agent->machine.boot, "web_starts", (int)agent->web_starts, "channel", hex(agent->channel, 32), "secret",
        hex(agent->secret, 32), "nonce", hex(agent->nonce, 32));
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(1)) : NULL;
    bool good = text != NULL && sim_write(agent->folder, "agent.json", text);
    free(text);
    json_decref(json);
    return good;
}

static void boot_again(struct sim_agent *agent, const char *boot)
{
    sim_machine_boot(&agent->machine, &agent->config, boot);
    for (uint32_t i = 2; i <= agent->web_starts; i++)
        sim_machine_restart_web(&agent->machine, i);
}

bool sim_agent_load(struct sim_agent *agent, const char *folder)
{
    char *text = sim_read(folder, "agent.json");
    json_t *json = text != NULL ? json_loads(text, 0, NULL) : NULL, *ek, *ak, *channel, *secret, *nonce;
    const char *asset, *host, *ticket, *release, *command_line, *boot;
    json_int_t serial, clock;
    int version, resets, starts;
    *agent = (struct sim_agent){0};
    snprintf(agent->folder, sizeof agent->folder, "%s", folder);
    bool good = json_unpack(json, "{s:s, s:s, s:s, s:s, s:I, s:i, s:s, s:o, s:o, s:I, s:i, s:s, s:i, s:o, s:o, s:o}", "asset",
                            &asset, "host", &host, "ticket", &ticket, "release", &release, "serial", &serial, "version",
                            &version, "command_line", &command_line, "ek", &ek, "ak", &ak, "clock", &clock, "resets",
                            &resets, "boot", &boot, "web_starts", &starts, "channel", &channel, "secret", &secret, "nonce",
                            &nonce) == 0 &&
                get_key(ek, &agent->tpm.ek) && get_key(ak, &agent->tpm.ak) && get_hex(channel, agent->channel, 32) &&
                get_hex(secret, agent->secret, 32) && get_hex(nonce, agent->nonce, 32);
    if (good) {
        snprintf(agent->asset, sizeof agent->asset, "%s", asset);
        snprintf(agent->host, sizeof agent->host, "%s", host);
        snprintf(agent->ticket, sizeof agent->ticket, "%s", ticket);
        snprintf(agent->config.release, sizeof agent->config.release, "%s", release);
        snprintf(agent->config.command_line, sizeof agent->config.command_line, "%s", command_line);
        agent->config.serial = (uint64_t)serial;
        agent->config.security_version = (uint32_t)version;
        agent->tpm.clock = (uint64_t)clock;
        agent->tpm.reset_count = (uint32_t)resets;
        agent->web_starts = (uint32_t)starts;
        boot_again(agent, boot);
    }
    json_decref(json);
    free(text);
    return good;
}

bool sim_agent_create(struct sim_agent *agent, const char *folder, const struct sim_config *config)
{
    *agent = (struct sim_agent){.config = *config, .web_starts = 1};
    snprintf(agent->folder, sizeof agent->folder, "%s", folder);
    mkdir(folder, 0700);
    sim_key_make(&agent->tpm.ek);
    sim_key_make(&agent->tpm.ak);
    sim_agent_reboot(agent);
    return sim_agent_make_request(agent) && sim_agent_save(agent);
}

void sim_agent_reboot(struct sim_agent *agent)
{
    uint8_t boot[16];
    char text[33];
    credential_random_kernel(NULL, boot, sizeof boot);
    hash_to_hex(boot, sizeof boot, text);
    agent->tpm.reset_count++;
    agent->web_starts = 1;
    boot_again(agent, text);
}

void sim_agent_close(struct sim_agent *agent)
{
    if (agent->curl != NULL)
        curl_easy_cleanup(agent->curl);
    curl_slist_free_all(agent->headers);
    free(agent->last);
    free(agent->told.text);
    agent->curl = NULL;
    agent->headers = NULL;
    agent->last = agent->told.text = NULL;
}
