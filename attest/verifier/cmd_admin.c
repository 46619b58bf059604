/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-verifier status, token ..., policy, audit show, audit checkpoint: the rest of what goes through the server. */
#include "attest/verifier/client.h"
#include "attest/verifier/commands.h"
#include "attest/verifier/route.h"
#include "attest/verifier/table.h"

#include <stdio.h>
#include <stdlib.h>

int cmd_status(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "status", .usage = "", .help = "The hosts: state, verdict, release, and why."};
    if (!client_parse(&client, &line, NULL, 0, argc, argv, &exit_code))
        return exit_code;
    return client.as_json ? client_run(&client, "GET", "/v1/hosts", NULL)
                          : table_hosts(client_call(&client, "GET", "/v1/hosts", NULL));
}

int cmd_token_create(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "token create", .usage = "ASSET",
                                .help = "Makes a join token: with it the machine of this name can enrol, once.", .least = 1,
                                .most = 1};
    if (!client_parse(&client, &line, NULL, 0, argc, argv, &exit_code))
        return exit_code;
    json_t *body = json_pack("{s:s}", "asset", client.words[0]);
    if (client.as_json)
        return client_run(&client, "POST", "/v1/tokens", body);
    json_t *answer = client_call(&client, "POST", "/v1/tokens", body);
    const char *token = json_string_value(json_object_get(answer, "token"));
    if (token != NULL)
        puts(token);
    json_decref(answer);
    return token != NULL ? EXIT_CODE_OK : EXIT_CODE_FINDINGS;
}

int cmd_token_list(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "token list", .usage = "", .help = "Lists open join tokens, without themselves."};
    return client_parse(&client, &line, NULL, 0, argc, argv, &exit_code) ? client_run(&client, "GET", "/v1/tokens", NULL)
                                                                         : exit_code;
}

int cmd_policy(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "policy", .usage = "[NAME VALUE]",
                                .help = "Shows the settings, or changes one. docs/verifier.md explains them.", .most = 2};
    if (!client_parse(&client, &line, NULL, 0, argc, argv, &exit_code))
        return exit_code;
    if (client.count == 0)
        return client_run(&client, "GET", "/v1/policy", NULL);
    char *end = NULL;
    long long value = client.count == 2 ? strtoll(client.words[1], &end, 10) : 0;
    if (end == NULL || end == client.words[1] || *end != '\0') {
        fprintf(stderr, "bulkhead-verifier policy: a number is missing\n");
        return EXIT_CODE_USAGE;
    }
    return client_run(&client, "PUT", "/v1/policy", json_pack("{s:I}", client.words[0], (json_int_t)value));
}

int cmd_audit_show(int argc, char **argv)
{
    struct client client = {0};
    const char *after = NULL, *subject = NULL;
    char path[256];
    int exit_code;
    const struct option more[] = {
        {.name = "after", .argument = "N", .help = "rows after this one (0)", .value = &after},
        {.name = "subject", .argument = "HOST|RELEASE", .help = "only rows about it", .value = &subject},
    };
    struct command_line line = {.name = "audit show", .usage = "", .help = "Rows of the audit log, a hundred at most."};
    if (!client_parse(&client, &line, more, 2, argc, argv, &exit_code))
        return exit_code;
    if (subject != NULL && !name_is_good(subject))
        return EXIT_CODE_USAGE;
    snprintf(path, sizeof path, "/v1/audit?after=%lld%s%s", after != NULL ? strtoll(after, NULL, 10) : 0,
             subject != NULL ? "&subject=" : "", subject != NULL ? subject : "");
    return client_run(&client, "GET", path, NULL);
}

int cmd_audit_checkpoint(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "audit checkpoint", .usage = "",
                                .help = "The audit log's signed head. Keep it elsewhere; `audit verify --checkpoint` holds\n"
                                        "the log against it later."};
    return client_parse(&client, &line, NULL, 0, argc, argv, &exit_code)
               ? client_run(&client, "GET", "/v1/audit/checkpoint", NULL)
               : exit_code;
}
