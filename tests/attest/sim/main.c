/* SPDX-License-Identifier: Apache-2.0 */
/* attest-sim: simulated hosts for the tests of the verifier. Steps run one after the other; each prints a line of JSON. */
#include "tests/attest/sim/agent.h"

#include "attest/lib/ecdsa.h"
#include "attest/verifier/base64.h"
#include "attest/verifier/keys.h"
#include "tools/common/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *folder, *url, *ca, *asset, *token, *tamper, *key, *out;
    const char *name, *serial, *version, *command_line;
    struct option_list certificates;
    const char *steps[16];
    size_t step_count;
};

static void fill_config(const struct arguments *arguments, struct sim_config *config)
{
    if (arguments->name != NULL)
        snprintf(config->release, sizeof config->release, "%s", arguments->name);
    if (arguments->command_line != NULL)
        snprintf(config->command_line, sizeof config->command_line, "%s", arguments->command_line);
    if (arguments->serial != NULL)
        config->serial = strtoull(arguments->serial, NULL, 10);
    if (arguments->version != NULL)
        config->security_version = (uint32_t)strtoul(arguments->version, NULL, 10);
}

static struct sim_config standard_config(void)
{
    struct sim_config config = {.serial = 1, .security_version = 1};
    strcpy(config.release, "shop-1");
    strcpy(config.command_line, "console=ttyS0 root=/dev/vda");
    return config;
}

/* Writes release.json and its signature. */
static bool write_release(const struct arguments *arguments, const struct sim_config *config)
{
    struct ecdsa_secret secret;
    struct public_key public;
    struct report report;
    char id[KEYS_ID_SIZE], path[SIM_PATH_MAX];
    uint8_t digest[HASH_SHA384_SIZE], signature[96];
    char *pem = sim_read("", arguments->key), *text = sim_release(config);
    report_init(&report);
    bool good = pem != NULL && text != NULL && keys_read_secret(pem, arguments->key, &secret, &public, id, &report);
    if (good) {
        hash_bytes(TPM_ALG_SHA384, text, strlen(text), digest);
        good = ecdsa_sign_p384(&secret, digest, signature) && sim_write(".", arguments->out, text);
    }
    snprintf(path, sizeof path, "%s.sig", arguments->out);
    FILE *file = good ? fopen(path, "w") : NULL;
    good = file != NULL && fwrite(signature, 1, sizeof signature, file) == sizeof signature;
    if (file != NULL)
        good = fclose(file) == 0 && good;
    free(pem);
    free(text);
    return good;
}

static json_t *read_certificates(const struct arguments *arguments)
{
    json_t *list = json_array();
    for (size_t i = 0; i < arguments->certificates.count; i++) {
        char bytes[8192];
        FILE *file = fopen(arguments->certificates.values[i], "r");
        size_t size = file != NULL ? fread(bytes, 1, sizeof bytes, file) : 0;
        if (file != NULL)
            fclose(file);
        json_array_append_new(list, base64_json(bytes, size));
    }
    return list;
}

static json_t *describe(const struct sim_agent *agent)
{
    uint8_t ek[SIM_PUBLIC_MAX], digest[32];
    char hash[65];
    uint16_t size = sim_ek_public(&agent->tpm, ek);
    hash_bytes(TPM_ALG_SHA256, ek, size, digest);
    hash_to_hex(digest, sizeof digest, hash);
    return json_pack("{s:s, s:s, s:o, s:o}", "ek_sha256", hash, "host", agent->host, "ek_x", base64_json(agent->tpm.ek.x, 32),
                     "ek_y", base64_json(agent->tpm.ek.y, 32));
}

/* Carries out one step; the status is 0 for those that need no server. */
static bool run_step(const struct arguments *arguments, struct sim_agent *agent, const char *step, long *status,
                     json_t **answer)
{
    struct sim_server server = {arguments->url, arguments->ca, true};
    enum sim_tamper tamper = SIM_HONEST;
    if (arguments->tamper != NULL && !sim_tamper_read(arguments->tamper, &tamper))
        return false;
    if (strcmp(step, "enroll") == 0)
        *status = sim_agent_enroll(agent, &server, arguments->token != NULL ? arguments->token : "",
                                   read_certificates(arguments), answer);
    else if (strcmp(step, "activate") == 0)
        *status = sim_agent_activate(agent, &server, tamper, answer);
    else if (strcmp(step, "poll") == 0)
        *status = sim_agent_poll(agent, &server, answer);
    else if (strcmp(step, "attest") == 0)
        *status = sim_agent_attest(agent, &server, tamper, answer);
    else if (strcmp(step, "replay") == 0)
        *status = sim_agent_replay(agent, &server, answer);
    else if (strcmp(step, "reboot") == 0)
        sim_agent_reboot(agent);
    else if (strcmp(step, "restart-web") == 0)
        sim_machine_restart_web(&agent->machine, ++agent->web_starts);
    else if (strcmp(step, "show") == 0)
        *answer = describe(agent);
    else
        return false;
    return true;
}

static bool open_agent(const struct arguments *arguments, struct sim_agent *agent)
{
    struct sim_config config = standard_config();
    bool create = strcmp(arguments->steps[0], "new") == 0;
    fill_config(arguments, &config);
    if (create ? !sim_agent_create(agent, arguments->folder, &config) : !sim_agent_load(agent, arguments->folder))
        return false;
    fill_config(arguments, &agent->config);
    if (arguments->asset != NULL)
        snprintf(agent->asset, sizeof agent->asset, "%s", arguments->asset);
    return true;
}

static int run(const struct arguments *arguments)
{
    static struct sim_agent agent;
    struct sim_config config = standard_config();
    fill_config(arguments, &config);
    if (strcmp(arguments->steps[0], "release") == 0)
        return write_release(arguments, &config) ? 0 : 1;
    if (!open_agent(arguments, &agent))
        return 1;
    for (size_t i = 0; i < arguments->step_count; i++) {
        json_t *answer = NULL;
        long status = 0;
        if (strcmp(arguments->steps[i], "new") != 0 && !run_step(arguments, &agent, arguments->steps[i], &status, &answer))
            return 2;
        json_t *line = json_pack("{s:s, s:i, s:o}", "step", arguments->steps[i], "status", (int)status, "answer",
                                 answer != NULL ? answer : json_null());
        json_dumpf(line, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(line);
    }
    bool saved = sim_agent_save(&agent);
    sim_agent_close(&agent);
    return saved ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    const struct option options[] = {
        {.name = "folder", .argument = "DIR", .help = "the host's folder", .value = &arguments.folder},
        {.name = "server", .argument = "URL", .help = "the verifier", .value = &arguments.url},
        {.name = "ca", .argument = "FILE", .help = "its CA; without: no TLS", .value = &arguments.ca},
        {.name = "asset", .argument = "NAME", .help = "the host's asset", .value = &arguments.asset},
        {.name = "token", .argument = "TEXT", .help = "its join token", .value = &arguments.token},
        {.name = "certificate", .argument = "DER", .help = "of the EK; then its CA's", .list = &arguments.certificates},
        {.name = "tamper", .argument = "WHAT", .help = "signature, nonce, host, channel, log, pcr, magic",
         .value = &arguments.tamper},
        {.name = "key", .argument = "PEM", .help = "signs the release", .value = &arguments.key},
        {.name = "out", .argument = "FILE", .help = "the release", .value = &arguments.out},
        {.name = "name", .argument = "NAME", .help = "of the release", .value = &arguments.name},
        {.name = "serial", .argument = "N", .help = "of the release", .value = &arguments.serial},
        {.name = "security-version", .argument = "N", .help = "of the release", .value = &arguments.version},
        {.name = "command-line", .argument = "TEXT", .help = "of the partition web", .value = &arguments.command_line},
    };
    const struct command_line line = {
        .program = "attest-sim", .name = "", .usage = "STEP...",
        .help = "Steps: release; new, show, enroll, activate, poll, attest, replay, reboot, restart-web.", .options = options,
        .option_count = sizeof options / sizeof options[0], .least = 1, .most = 16};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    enum command_parsed parsed = command_parse(&line, argc, argv, arguments.steps, &arguments.step_count);
    return parsed == COMMAND_GO ? run(&arguments) : command_exit_code(parsed);
}
