/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-agent provision, raise-floor: rollback protection, when the machine is accepted and by hand. */
#include "attest/agent/commands.h"
#include "attest/agent/floor.h"
#include "attest/agent/provision.h"
#include "tools/common/file.h"

#include <mbedtls/platform_util.h>
#include <stdio.h>
#include <string.h>

static const struct rule rule_password = {
    "AGENT-851", "the owner's password is too long", "at most 64 bytes, as the TPM has them", "check the file"};
static const struct rule rule_floor = {
    "AGENT-852", "the floor of rollback protection was not raised",
    "the attestation partition of a machine that Bulkhead runs, with a counter in its TPM",
    "look at what the machine's console says about rollback protection"};

/* The password stands on the file's first line. No file: it is empty. */
static bool read_password(const char *path, char password[PROVISION_PASSWORD_MAX + 1], struct report *report)
{
    struct file_bytes file;
    password[0] = '\0';
    if (path == NULL)
        return true;
    if (!file_read(path, 4096, &file, report))
        return false;
    size_t length = strcspn((const char *)file.data, "\r\n");
    bool good = report_unless(length <= PROVISION_PASSWORD_MAX, report, &rule_password, path, "%zu bytes", length);
    if (good) {
        memcpy(password, file.data, length);
        password[length] = '\0';
    }
    mbedtls_platform_zeroize(file.data, file.size);
    file_bytes_free(&file);
    return good;
}

static bool provision(struct agent *agent, const char *password_file)
{
    char password[PROVISION_PASSWORD_MAX + 1];
    bool done = read_password(password_file, password, &agent->report) &&
                tpm_open(&agent->tpm, agent->settings.tcti, &agent->report) &&
                provision_rollback(&agent->tpm, password, &agent->report);
    if (done)
        printf("rollback protection is provisioned; it begins when this machine starts next\n");
    mbedtls_platform_zeroize(password, sizeof password);
    return done;
}

int agent_cmd_provision(int argc, char **argv)
{
    struct settings_options given = {0};
    const char *password_file = NULL;
    const struct option options[] = {
        {.name = "owner-password-file", .argument = "FILE", .help = "the TPM owner's password (default: empty)",
         .value = &password_file},
        SETTINGS_OPTIONS(given),
    };
    const struct command_line line = {
        .program = "bulkhead-agent",
        .name = "provision",
        .usage = "[OPTIONS]",
        .help = "Once, when a machine is accepted: defines the TPM counter that refuses older configurations.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    int code;
    struct agent *agent = agent_from_line(&line, argc, argv, &given, &code);
    if (agent == NULL)
        return code;
    bool done = provision(agent, password_file);
    return agent_end(agent, done);
}

int agent_cmd_raise_floor(int argc, char **argv)
{
    struct settings_options given = {0};
    const struct option options[] = {SETTINGS_OPTIONS(given)};
    const struct command_line line = {
        .program = "bulkhead-agent",
        .name = "raise-floor",
        .usage = "[OPTIONS]",
        .help = "Says that the running configuration has proved healthy: older ones are refused from now on. 'run' does it\n"
                "by itself when the verifier calls this host trusted. It cannot be taken back.",
        .options = options,
        .option_count = SETTINGS_OPTION_COUNT,
    };
    int code;
    struct agent *agent = agent_from_line(&line, argc, argv, &given, &code);
    if (agent == NULL)
        return code;
    uint32_t floor = 0;
    enum floor_result result = floor_raise(&floor);
    bool done = result == FLOOR_RAISED;
    if (report_unless(done, &agent->report, &rule_floor, "the monitor", "%s",
                      result == FLOOR_REFUSED   ? "it refused"
                      : result == FLOOR_STOPPED ? "a request to stop before it was as high as it may be"
                                                : "Bulkhead does not run this machine"))
        printf("the floor is security version %u\n", floor);
    return agent_end(agent, done);
}
