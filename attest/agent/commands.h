/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of bulkhead-agent, one file each. */
#ifndef ATTEST_AGENT_COMMANDS_H
#define ATTEST_AGENT_COMMANDS_H

#include "attest/agent/agent.h"
#include "tools/common/command.h"

int agent_cmd_run(int argc, char **argv);
int agent_cmd_collect(int argc, char **argv);
int agent_cmd_status(int argc, char **argv);
int agent_cmd_provision(int argc, char **argv);
int agent_cmd_raise_floor(int argc, char **argv); /* in cmd_provision.c, too */
int agent_cmd_soak(int argc, char **argv);

/* The options that every subcommand has: --config, and one for each setting. */
struct settings_options {
    const char *config;
    const char *verifier, *verifier_address, *ca_file, *asset, *token_file, *state_folder, *tcti, *log_file;
    const char *attestation_key, *longest_wait;
};
#define SETTINGS_OPTIONS(o) \
    {.name = "config", .argument = "FILE", .help = "settings (default: " SETTINGS_FILE ")", .value = &(o).config}, \
    {.name = "verifier", .argument = "URL", .help = "https://NAME[:PORT]", .value = &(o).verifier}, \
    {.name = "verifier-address", .argument = "ADDRESS", .help = "connect there", .value = &(o).verifier_address}, \
    {.name = "ca-file", .argument = "FILE", .help = "who may vouch for the verifier", .value = &(o).ca_file}, \
    {.name = "asset", .argument = "NAME", .help = "the operator's name of this host", .value = &(o).asset}, \
    {.name = "token-file", .argument = "FILE", .help = "the join token", .value = &(o).token_file}, \
    {.name = "state-folder", .argument = "FOLDER", .help = "keys and enrolment", .value = &(o).state_folder}, \
    {.name = "tcti", .argument = "TCTI", .help = "how to reach the TPM", .value = &(o).tcti}, \
    {.name = "log-file", .argument = "FILE", .help = "an event log instead of the machine's", .value = &(o).log_file}, \
    {.name = "attestation-key", .argument = "p256|p384", .help = "its curve", .value = &(o).attestation_key}, \
    {.name = "longest-wait", .argument = "SECONDS", .help = "between attempts", .value = &(o).longest_wait}
#define SETTINGS_OPTION_COUNT 11u

/* Defaults, then the file, then the options. False with findings. */
bool settings_from_options(const struct settings_options *options, struct settings *settings, struct report *report);

/* For a command of one run: settings → agent, or NULL when the settings were wrong (said on standard error). The agent is the
 * program's only one. */
struct agent *agent_start(const struct settings_options *options);

/* A command line without arguments, and then agent_start(). NULL: *code is the exit code. */
struct agent *agent_from_line(const struct command_line *line, int argc, char **argv, const struct settings_options *options,
                              int *code);

/* Ends it; prints its findings; the exit code that goes with them and with whether everything was done. */
int agent_end(struct agent *agent, bool done);

#endif
