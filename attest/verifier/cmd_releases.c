/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-verifier release ...: importing releases and saying who runs which. */
#include "attest/verifier/base64.h"
#include "attest/verifier/client.h"
#include "attest/verifier/commands.h"
#include "attest/verifier/table.h"

#include "attest/lib/release.h"
#include "tools/common/file.h"
#include "tools/common/print.h"

#include <stdio.h>

int cmd_release_import(int argc, char **argv)
{
    struct client client = {0};
    char signature_path[4096];
    struct file_bytes file = {0}, signature = {0};
    struct report report;
    int exit_code;
    struct command_line line = {.name = "release import", .usage = "RELEASE.json",
                                .help = "Imports a release; its signature is in RELEASE.json.sig.", .least = 1, .most = 1};
    if (!client_parse(&client, &line, NULL, 0, argc, argv, &exit_code))
        return exit_code;
    report_init(&report);
    snprintf(signature_path, sizeof signature_path, "%s.sig", client.words[0]);
    if (file_read(client.words[0], RELEASE_JSON_MAX, &file, &report) &&
        file_read(signature_path, RELEASE_SIGNATURE_SIZE, &signature, &report))
        exit_code = client_run(&client, "POST", "/v1/releases",
                               json_pack("{s:o, s:o}", "release", base64_json(file.data, file.size), "signature",
                                         base64_json(signature.data, signature.size)));
    else
        exit_code = print_verdict(&report, false);
    file_bytes_free(&file);
    file_bytes_free(&signature);
    return exit_code;
}

int cmd_release_list(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "release list", .usage = "", .help = "Lists releases, and who is meant to run which."};
    if (!client_parse(&client, &line, NULL, 0, argc, argv, &exit_code))
        return exit_code;
    return client.as_json ? client_run(&client, "GET", "/v1/releases", NULL)
                          : table_releases(client_call(&client, "GET", "/v1/releases", NULL));
}

static int call_release(const struct client *client, const char *method, const char *verb, json_t *body)
{
    char path[256];
    snprintf(path, sizeof path, "/v1/releases/%.64s%s", client->words[0], verb);
    return client_run(client, method, path, body);
}

int cmd_release_show(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "release show", .usage = "RELEASE", .help = "A release's file and signature.",
                                .least = 1, .most = 1};
    return client_parse(&client, &line, NULL, 0, argc, argv, &exit_code) ? call_release(&client, "GET", "", NULL) : exit_code;
}

int cmd_release_activate(int argc, char **argv)
{
    struct client client = {0};
    const char *host = NULL, *group = NULL;
    int exit_code;
    const struct option more[] = {
        {.name = "host", .argument = "HOST", .help = "for this host alone", .value = &host},
        {.name = "group", .argument = "GROUP", .help = "for this group", .value = &group},
    };
    struct command_line line = {.name = "release activate", .usage = "RELEASE [--host HOST | --group GROUP]",
                                .help = "Says who is meant to run a release: everyone, a group, or one host. The release that\n"
                                        "was meant before becomes deprecated when nobody is left to run it.",
                                .least = 1, .most = 1};
    if (!client_parse(&client, &line, more, 2, argc, argv, &exit_code))
        return exit_code;
    return call_release(&client, "POST", "/activate", json_pack("{s:s*, s:s*}", "host", host, "group", group));
}

int cmd_release_deprecate(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "release deprecate", .usage = "RELEASE",
                                .help = "Hosts that run it get a warning.", .least = 1, .most = 1};
    return client_parse(&client, &line, NULL, 0, argc, argv, &exit_code) ? call_release(&client, "POST", "/deprecate", NULL)
                                                                         : exit_code;
}

int cmd_release_revoke(int argc, char **argv)
{
    struct client client = {0};
    int exit_code;
    struct command_line line = {.name = "release revoke", .usage = "RELEASE", .help = "Hosts that run it fail, for good.",
                                .least = 1, .most = 1};
    return client_parse(&client, &line, NULL, 0, argc, argv, &exit_code) ? call_release(&client, "POST", "/revoke", NULL)
                                                                         : exit_code;
}
