/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-verifier renew-server: a new certificate for the key that the server has; or for a new one, where it has none. */
#include "attest/verifier/commands.h"
#include "attest/verifier/data.h"
#include "tools/common/command.h"
#include "tools/common/print.h"

#include <stdio.h>
#include <unistd.h>

static const struct rule rule_issue = {
    "ATT-879", "the server's certificate could not be made", "server.key as `init` made it, or no such file",
    "restore server.key, or remove it: a new one is as good"};

/* Writes the key first: without it the certificate would be useless. */
static bool certify(const char *folder, const struct authority *authority, const struct authority_subject *subject,
                    struct authority_certificate *certificate, struct report *report)
{
    char path[DATA_PATH_MAX], key[AUTHORITY_PEM_MAX];
    data_path(folder, "server.key", path);
    if (access(path, F_OK) != 0)
        return report_unless(authority_issue(authority, subject, certificate), report, &rule_issue, "server.key",
                             "a failure") &&
               data_write_text(folder, "server.key", certificate->key_pem, 0600, report);
    bool good = data_read_key(folder, "server.key", key, sizeof key, report) &&
                report_unless(authority_certify_key(authority, subject, key, certificate), report, &rule_issue, "server.key",
                              "no key of an own certificate");
    explicit_bzero(key, sizeof key);
    return good;
}

/* Agents know the server by its CA and its name: neither changes. */
static bool renew(const char *folder, struct report *report)
{
    struct data_config config;
    struct authority_certificate certificate;
    char ca_pem[AUTHORITY_PEM_MAX];
    if (!data_read_config(folder, &config, report))
        return false;
    struct authority_subject subject = {"server", config.name, AUTHORITY_SERVER, AUTHORITY_SERVER_DAYS};
    struct authority *authority = data_open_authority(folder, ca_pem, report);
    bool good = authority != NULL && certify(folder, authority, &subject, &certificate, report) &&
                data_replace_text(folder, "server.pem", certificate.pem, 0644, report);
    explicit_bzero(certificate.key_pem, sizeof certificate.key_pem);
    authority_close(authority);
    if (good)
        printf("server.pem is good until %lld (seconds since 1970); start the server again to use it\n",
               (long long)certificate.not_after);
    return good;
}

int cmd_renew_server(int argc, char **argv)
{
    const char *folder = NULL, *unused[1];
    const struct option options[] = {
        {.name = "data", .argument = "DIR", .help = "the data folder (BULKHEAD_VERIFIER_DATA)", .value = &folder},
    };
    const struct command_line line = {
        .program = "bulkhead-verifier", .name = "renew-server", .usage = "[--data DIR]",
        .help = "Makes a new server.pem, for the name in verifier.json and the key in server.key. Where there is no such\n"
                "file, it makes a new key, too.",
        .options = options,
        .option_count = sizeof options / sizeof options[0]};
    struct report report;
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, unused, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    report_init(&report);
    return renew(data_folder(folder), &report) ? EXIT_CODE_OK : print_verdict(&report, false);
}
