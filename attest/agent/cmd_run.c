/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-agent run: enrols, then answers challenges. */
#include "attest/agent/commands.h"

int agent_cmd_run(int argc, char **argv)
{
    struct settings_options given = {0};
    bool once = false;
    const struct option options[] = {
        {.name = "once", .help = "end with the first verdict or the first failure", .flag = &once},
        SETTINGS_OPTIONS(given),
    };
    const struct command_line line = {
        .program = "bulkhead-agent",
        .name = "run",
        .usage = "[--once] [OPTIONS]",
        .help = "Enrols this host with the verifier, then answers its challenges until it is stopped. Whatever fails is\n"
                "tried again. With --once the exit code is 0 for the verdicts affirming and warning.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int code;
    struct agent *agent = agent_from_line(&line, argc, argv, &given, &code);
    if (agent == NULL)
        return code;
    code = agent_run(agent, once);
    agent_free(agent);
    return code;
}
