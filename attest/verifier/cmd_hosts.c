/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-verifier hosts ...: what is known of hosts, and what an operator decides about them. */
#include "attest/verifier/client.h"
#include "attest/verifier/commands.h"
#include "attest/verifier/table.h"

#include <stdio.h>

/* Calls METHOD /v1/hosts/FIRST-WORD/VERB. */
static int call_host(const struct client *client, const char *method, const char *verb, json_t *body)
{
    char path[256];
    snprintf(path, sizeof path, "/v1/hosts/%.64s%s", client->words[0], verb);
    return client_run(client, method, path, body);
}

int cmd_hosts_list(int argc, char **argv)
{
    struct client client = {0};
    const char *state = NULL;
    char path[128];
    int exit_code;
    const struct option more[] = {{.name = "state", .argument = "STATE", .help = "only hosts in it", .value = &state}};
    struct command_line line = {.name = "hosts list", .usage = "[--state STATE]", .help = "Lists hosts."};
    if (!client_parse(&client, &line, more, 1, argc, argv, &exit_code))
        return exit_code;
    snprintf(path, sizeof path, "/v1/hosts%s%.32s", state != NULL ? "?state=" : "", state != NULL ? state : "");
    return client.as_json ? client_run(&client, "GET", path, NULL) : table_hosts(client_call(&client, "GET", path, NULL));
}

int cmd_hosts_show(int argc, char **argv)
{
    struct client client = {0};
    bool memory = false;
    int exit_code;
    const struct option more[] = {{.name = "memory", .help = "with all that `appraise` elsewhere needs", .flag = &memory}};
    struct command_line line = {.name = "hosts show", .usage = "HOST", .help = "Shows a host (id or asset) with its reasons.",
                                .least = 1, .most = 1};
    if (!client_parse(&client, &line, more, 1, argc, argv, &exit_code))
        return exit_code;
    return call_host(&client, "GET", memory ? "?memory=1" : "", NULL);
}

int cmd_hosts_history(int argc, char **argv)
{
    struct client client = {0};
    bool evidence = false;
    int exit_code;
    const struct option more[] = {{.name = "evidence", .help = "with the evidence, where it was kept", .flag = &evidence}};
    struct command_line line = {.name = "hosts history", .usage = "HOST", .help = "A host's last verdicts, the newest first.",
                                .least = 1, .most = 1};
    if (!client_parse(&client, &line, more, 1, argc, argv, &exit_code))
        return exit_code;
    return call_host(&client, "GET", evidence ? "/verdicts?evidence=1" : "/verdicts", NULL);
}

int cmd_hosts_approve(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "hosts approve", .usage = "HOST",
                                .help = "Approves an enrolled host: it gets its certificate, and the firmware it has shown\n"
                                        "is taken as good. Again later: its new firmware is taken as good.",
                                .least = 1, .most = 1};
    return client_parse(&client, &line, NULL, 0, argc, argv, &exit_code) ? call_host(&client, "POST", "/approve", NULL)
                                                                         : exit_code;
}

int cmd_hosts_release(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "hosts release", .usage = "HOST",
                                .help = "Ends a quarantine; the next evidence decides.", .least = 1, .most = 1};
    return client_parse(&client, &line, NULL, 0, argc, argv, &exit_code) ? call_host(&client, "POST", "/release", NULL)
                                                                         : exit_code;
}

/* Quarantine and retirement want a reason. */
static int call_with_reason(const char *name, const char *help, const char *verb, int argc, char **argv)
{
    struct client client = {0};
    const char *reason = NULL;
    int exit_code;
    const struct option more[] = {{.name = "reason", .argument = "TEXT", .help = "why, for the audit log", .value = &reason}};
    struct command_line line = {.name = name, .usage = "HOST --reason TEXT", .help = help, .least = 1, .most = 1};
    if (!client_parse(&client, &line, more, 1, argc, argv, &exit_code))
        return exit_code;
    if (reason == NULL) {
        fprintf(stderr, "bulkhead-verifier %s: --reason is missing\n", name);
        return EXIT_CODE_USAGE;
    }
    return call_host(&client, "POST", verb, json_pack("{s:s}", "reason", reason));
}

int cmd_hosts_quarantine(int argc, char **argv)
{
    return call_with_reason("hosts quarantine", "Distrusts a host, whatever its evidence says, until `hosts release`.",
                            "/quarantine", argc, argv);
}

int cmd_hosts_retire(int argc, char **argv)
{
    return call_with_reason("hosts retire", "Takes a host out of service for good; its TPM and asset can enrol again.",
                            "/retire", argc, argv);
}

int cmd_hosts_group(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "hosts group", .usage = "HOST GROUP", .help = "Puts a host into a group.", .least = 2,
                                .most = 2};
    if (!client_parse(&client, &line, NULL, 0, argc, argv, &exit_code))
        return exit_code;
    return call_host(&client, "POST", "/group", json_pack("{s:s}", "group", client.words[1]));
}

int cmd_hosts_pin(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "hosts pin", .usage = "ASSET SHA256",
                                .help = "Pins the endorsement key of an asset: SHA-256 of its TPM2B_PUBLIC. The asset can\n"
                                        "then enrol without an EK certificate, and with no other TPM.",
                                .least = 2, .most = 2};
    if (!client_parse(&client, &line, NULL, 0, argc, argv, &exit_code))
        return exit_code;
    return client_run(&client, "POST", "/v1/pins",
                      json_pack("{s:s, s:s}", "asset", client.words[0], "ek_sha256", client.words[1]));
}
