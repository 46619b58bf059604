/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-agent status: what this machine has, and how far enrolment has come. */
#include "attest/agent/commands.h"
#include "attest/agent/ek.h"
#include "attest/agent/identity.h"
#include "tools/common/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <tss2/tss2_mu.h>

/* A verifier without the maker's authorities knows an endorsement key by this. */
static void print_ek(const struct ek *ek)
{
    uint8_t bytes[sizeof(TPM2B_PUBLIC)], digest[HASH_SHA256_SIZE];
    char hex[2 * HASH_SHA256_SIZE + 1];
    size_t size = 0;
    const TPMT_PUBLIC *public = &ek->public.publicArea;
    const char *kind = public->type == TPM2_ALG_RSA ? "RSA 2048"
                       : public->parameters.eccDetail.curveID == TPM2_ECC_NIST_P384 ? "P-384" : "P-256";
    if (Tss2_MU_TPM2B_PUBLIC_Marshal(&ek->public, bytes, sizeof bytes, &size) != TSS2_RC_SUCCESS)
        return;
    hash_bytes(TPM_ALG_SHA256, bytes, size, digest);
    hash_to_hex(digest, sizeof digest, hex);
    printf("endorsement key   %s, %u certificate(s), SHA-256 of its TPM2B_PUBLIC %s\n", kind, ek->certificates.count, hex);
}

static void print_tpm(struct agent *agent)
{
    static struct ek ek;
    if (!tpm_open(&agent->tpm, agent->settings.tcti, &agent->report))
        return;
    printf("TPM               %s\n", agent->settings.tcti);
    if (ek_load(&agent->tpm, &ek, &agent->report)) {
        print_ek(&ek);
        ek_unload(&agent->tpm, &ek);
    }
}

static void print_log(struct agent *agent)
{
    struct log_bytes *log = &agent->evidence.log;
    if (log_source_read(&agent->log, log, &agent->report))
        printf("event log         %u bytes from %s\nboot              %s\n", log->size, agent->log.file,
               log->boot[0] != '\0' ? log->boot : "the log does not say: not started by Bulkhead?");
}

static void print_enrolment(struct agent *agent)
{
    const struct settings *settings = &agent->settings;
    struct identity_certificate certificate;
    struct enrolment enrolment;
    printf("verifier          %s\nasset             %s\n", settings->verifier[0] != '\0' ? settings->verifier : "none set",
           settings->asset[0] != '\0' ? settings->asset : "none set");
    if (folder_has(settings, FOLDER_TLS_CERTIFICATE)) {
        if (identity_read_certificate(settings, &certificate, &agent->report))
            printf("host              %s, approved; its certificate ends at %" PRId64 "\n", certificate.host,
                   certificate.not_after);
    } else if (folder_has(settings, FOLDER_ENROLMENT)) {
        if (folder_read_enrolment(settings, &enrolment, &agent->report))
            printf("host              %s, %s\n", enrolment.answer.host,
                   enrolment.ticket[0] != '\0' ? "waits for approval" : "not activated yet");
    } else {
        printf("host              not enrolled\n");
    }
}

int agent_cmd_status(int argc, char **argv)
{
    struct settings_options given = {0};
    const struct option options[] = {SETTINGS_OPTIONS(given)};
    const struct command_line line = {
        .program = "bulkhead-agent",
        .name = "status",
        .usage = "[OPTIONS]",
        .help = "Shows what the agent finds here: TPM, endorsement key, event log, enrolment. Changes nothing.",
        .options = options,
        .option_count = SETTINGS_OPTION_COUNT,
    };
    int code;
    struct agent *agent = agent_from_line(&line, argc, argv, &given, &code);
    if (agent == NULL)
        return code;
    print_enrolment(agent);
    print_log(agent);
    print_tpm(agent);
    return agent_end(agent, true);
}
