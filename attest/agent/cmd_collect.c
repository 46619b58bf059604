/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-agent collect: evidence as a file, for hosts that reach no verifier. */
#include "attest/agent/commands.h"
#include "attest/agent/encode.h"
#include "attest/agent/identity.h"
#include "attest/lib/appraise.h"
#include "tools/common/file.h"
#include "tools/common/print.h"

#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_mu.h>

static const struct rule rule_hex = {
    "AGENT-805", "a value on the command line is not hexadecimal of the right length",
    "64 lower-case hex digits for --nonce, 32 for --host", "copy it as the verifier printed it"};

/* To whom the quote is bound: certificate, else request, else nobody. */
static bool bind_channel(struct agent *agent, struct evidence_request *request)
{
    static char csr[IDENTITY_PEM_MAX];
    struct identity_certificate certificate;
    memcpy(request->host, EVIDENCE_NO_HOST, sizeof request->host);
    if (folder_has(&agent->settings, FOLDER_TLS_CERTIFICATE)) {
        if (!identity_read_certificate(&agent->settings, &certificate, &agent->report))
            return false;
        memcpy(request->host, certificate.host, sizeof request->host);
        memcpy(request->channel, certificate.channel, sizeof request->channel);
        return true;
    }
    return !folder_has(&agent->settings, FOLDER_TLS_REQUEST) ||
           identity_read_request(&agent->settings, csr, request->channel, &agent->report);
}

static json_t *public_of_key(struct agent *agent)
{
    struct ak ak;
    uint8_t bytes[sizeof ak.public];
    size_t size = 0;
    if (!folder_read_ak(&agent->settings, &ak, &agent->report) ||
        Tss2_MU_TPM2B_PUBLIC_Marshal(&ak.public, bytes, sizeof bytes, &size) != TSS2_RC_SUCCESS)
        return NULL;
    return encode_base64(bytes, size);
}

static bool write_evidence(struct agent *agent, const struct evidence_request *request, const char *path)
{
    json_t *file = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "format", EVIDENCE_FILE_FORMAT, "host", request->host,
                             "nonce", encode_base64(request->nonce, sizeof request->nonce), "channel",
                             encode_base64(request->channel, sizeof request->channel), "ak_public", public_of_key(agent),
                             "evidence", evidence_to_json(&agent->evidence));
    char *text = file != NULL ? json_dumps(file, JSON_INDENT(2)) : NULL;
    bool good = text != NULL && file_write(path, text, strlen(text), 0644, FILE_REPLACE, &agent->report);
    free(text);
    json_decref(file);
    return good;
}

static bool collect(struct agent *agent, const char *nonce, const char *host, const char *path)
{
    struct evidence_request request = {.selection = {APPRAISE_PCRS, APPRAISE_PCRS}};
    uint8_t id[16];
    if (!report_unless(evidence_hex(nonce, strlen(nonce), request.nonce, sizeof request.nonce), &agent->report, &rule_hex,
                       "--nonce", "%s", nonce) ||
        !bind_channel(agent, &request))
        return false;
    if (host != NULL) {
        if (!report_unless(evidence_hex(host, strlen(host), id, sizeof id), &agent->report, &rule_hex, "--host", "%s", host))
            return false;
        memcpy(request.host, host, sizeof request.host);
    }
    return agent_collect(agent, &request) && write_evidence(agent, &request, path);
}

int agent_cmd_collect(int argc, char **argv)
{
    struct settings_options given = {0};
    const char *nonce = NULL, *host = NULL, *out = NULL;
    const struct option options[] = {
        {.name = "nonce", .argument = "HEX", .help = "what the verifier wants to see in the quote", .value = &nonce},
        {.name = "out", .argument = "FILE", .help = "where the evidence goes", .value = &out},
        {.name = "host", .argument = "HEX", .help = "the host id, where the certificate does not say it", .value = &host},
        SETTINGS_OPTIONS(given),
    };
    const struct command_line line = {
        .program = "bulkhead-agent",
        .name = "collect",
        .usage = "--nonce HEX --out FILE [OPTIONS]",
        .help = "Writes evidence to a file, for 'bulkhead-verifier appraise' on another machine. No network is used.",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, NULL, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    if (nonce == NULL || out == NULL)
        return command_misused(&line, "--nonce and --out are needed");
    struct agent *agent = agent_start(&given);
    if (agent == NULL)
        return EXIT_CODE_FINDINGS;
    bool done = collect(agent, nonce, host, out);
    return agent_end(agent, done);
}
