/* SPDX-License-Identifier: Apache-2.0 */
/* From a command line to an agent. */
#include "attest/agent/commands.h"
#include "attest/agent/wait.h"
#include "tools/common/print.h"

bool settings_from_options(const struct settings_options *options, struct settings *settings, struct report *report)
{
    const struct {
        const char *name, *value;
    } given[] = {
        {"verifier", options->verifier},
        {"verifier-address", options->verifier_address},
        {"ca-file", options->ca_file},
        {"asset", options->asset},
        {"token-file", options->token_file},
        {"state-folder", options->state_folder},
        {"tcti", options->tcti},
        {"log-file", options->log_file},
        {"attestation-key", options->attestation_key},
        {"longest-wait", options->longest_wait},
    };
    settings_init(settings);
    bool good = settings_read(settings, options->config != NULL ? options->config : SETTINGS_FILE,
                              options->config == NULL, report);
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value != NULL)
            good = settings_set(settings, given[i].name, given[i].value, "the command line", report) && good;
    return good;
}

struct agent *agent_start(const struct settings_options *options)
{
    static struct agent agent;
    struct settings settings;
    struct report report;
    report_init(&report);
    if (!settings_from_options(options, &settings, &report)) {
        print_report(stderr, &report);
        return NULL;
    }
    wait_init();
    agent_init(&agent, &settings);
    return &agent;
}

struct agent *agent_from_line(const struct command_line *line, int argc, char **argv, const struct settings_options *options,
                              int *code)
{
    size_t count;
    enum command_parsed parsed = command_parse(line, argc, argv, NULL, &count);
    struct agent *agent = parsed == COMMAND_GO ? agent_start(options) : NULL;
    *code = parsed == COMMAND_GO ? EXIT_CODE_FINDINGS : command_exit_code(parsed);
    return agent;
}

int agent_end(struct agent *agent, bool done)
{
    agent_free(agent);
    int code = print_verdict(&agent->report, false);
    return code == EXIT_CODE_OK && !done ? EXIT_CODE_FINDINGS : code;
}
