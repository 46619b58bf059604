/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-verifier: finds the subcommand and runs it. */
#include "attest/verifier/commands.h"
#include "tools/common/command.h"

#include <curl/curl.h>
#include <signal.h>
#include <sys/stat.h>

/* In the order in which an administrator meets them. */
static const struct command commands[] = {
    {"init", "make the data folder: CA, keys, first operator", cmd_init},
    {"serve", "run the verifier", cmd_serve},
    {"renew-server", "make a new certificate for the server's key", cmd_renew_server},
    {"user add", "make a certificate for an operator or auditor", cmd_user_add},
    {"user revoke", "revoke someone's certificates", cmd_user_revoke},
    {"status", "the hosts, their states, and why", cmd_status},
    {"token create", "let an asset enrol", cmd_token_create},
    {"token list", "list open join tokens", cmd_token_list},
    {"hosts list", "list hosts", cmd_hosts_list},
    {"hosts show", "show a host with its reasons", cmd_hosts_show},
    {"hosts history", "a host's last verdicts", cmd_hosts_history},
    {"hosts approve", "approve a host, or its new firmware", cmd_hosts_approve},
    {"hosts quarantine", "distrust a host whatever it says", cmd_hosts_quarantine},
    {"hosts release", "end a quarantine", cmd_hosts_release},
    {"hosts retire", "take a host out of service for good", cmd_hosts_retire},
    {"hosts group", "put a host into a group", cmd_hosts_group},
    {"hosts pin", "pin the endorsement key of an asset", cmd_hosts_pin},
    {"release import", "import a signed release", cmd_release_import},
    {"release list", "list releases, and who is meant to run which", cmd_release_list},
    {"release show", "a release's file and signature", cmd_release_show},
    {"release activate", "say who is meant to run a release", cmd_release_activate},
    {"release deprecate", "let a release give a warning", cmd_release_deprecate},
    {"release revoke", "let a release fail", cmd_release_revoke},
    {"policy", "show or change the settings", cmd_policy},
    {"audit show", "rows of the audit log", cmd_audit_show},
    {"audit checkpoint", "its signed head, to be kept elsewhere", cmd_audit_checkpoint},
    {"audit verify", "check the audit log", cmd_audit_verify},
    {"appraise", "appraise an evidence file offline", cmd_appraise},
    {"routes", "the table of routes and roles, as JSON", cmd_routes},
};

int main(int argc, char **argv)
{
    const struct command_program program = {
        .name = "bulkhead-verifier",
        .purpose = "Tells which hosts run what their release says.",
        .more = "",
        .commands = commands,
        .command_count = sizeof commands / sizeof commands[0],
    };
    umask(077); /* the database and its log are made by libraries, with the modes that are left */
    signal(SIGPIPE, SIG_IGN);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return command_run(&program, argc, argv);
}
