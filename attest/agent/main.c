/* SPDX-License-Identifier: Apache-2.0 */
/* The agent of the attestation partition. */
#include "attest/agent/commands.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
    {"run", "enrol, then answer the verifier's challenges", agent_cmd_run},
    {"status", "show TPM, event log and enrolment", agent_cmd_status},
    {"collect", "write evidence to a file", agent_cmd_collect},
    {"provision", "define the TPM counter that refuses older configurations", agent_cmd_provision},
    {"raise-floor", "have older configurations refused from now on", agent_cmd_raise_floor},
    {"soak", "make many quotes, measure, count what the TPM holds", agent_cmd_soak},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_commands(FILE *stream)
{
    fprintf(stream, "usage: bulkhead-agent COMMAND [OPTIONS]\n\n"
                    "Shows a verifier far away what this machine was started with.\n\ncommands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-11s %s\n", commands[i].name, commands[i].summary);
    fprintf(stream, "\n'bulkhead-agent COMMAND --help' tells more about each; docs/agent.md has the settings.\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_commands(stderr);
        return EXIT_CODE_USAGE;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_commands(stdout);
        return EXIT_CODE_OK;
    }
    fprintf(stderr, "bulkhead-agent: there is no command '%s'\n\n", argv[1]);
    print_commands(stderr);
    return EXIT_CODE_USAGE;
}
