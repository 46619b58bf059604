/* SPDX-License-Identifier: Apache-2.0 */
/* The agent of the attestation partition. */
#include "attest/agent/commands.h"

static const struct command commands[] = {
    {"run", "enrol, then answer the verifier's challenges", agent_cmd_run},
    {"status", "show TPM, event log and enrolment", agent_cmd_status},
    {"collect", "write evidence to a file", agent_cmd_collect},
    {"provision", "define the TPM counter that refuses older configurations", agent_cmd_provision},
    {"raise-floor", "have older configurations refused from now on", agent_cmd_raise_floor},
    {"soak", "make many quotes, measure, count what the TPM holds", agent_cmd_soak},
};

int main(int argc, char **argv)
{
    const struct command_program program = {
        .name = "bulkhead-agent",
        .purpose = "Shows a verifier far away what this machine was started with.",
        .more = "; docs/agent.md has the settings",
        .commands = commands,
        .command_count = sizeof commands / sizeof commands[0],
    };
    return command_run(&program, argc, argv);
}
