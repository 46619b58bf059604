/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts as files. */
#include "tests/attest/appraise/host_file.h"

#include "attest/lib/json_read.h"

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

static const struct rule rule_host = {
    "TEST-1", "this does not describe a host", "a file that the tests wrote", "see the test"};

#define HOST_FORMAT "bulkhead-host-1"
#define HOST_SIZE_MAX (2u << 20)

/* `state` and `log` go together, or neither is there. */
static bool read_state(const json_t *json, struct host_file *host, struct report *report)
{
    uint8_t head[STATE_HEAD_SIZE_MAX];
    size_t head_size, log_size;
    state_init(&host->state);
    if (json_object_get(json, "state") == NULL)
        return true;
    uint8_t *log = malloc(EVENTLOG_SIZE_MAX);
    bool good = log != NULL && json_read_base64(json, "state", head, sizeof head, &head_size, report) &&
                json_read_base64(json, "log", log, EVENTLOG_SIZE_MAX, &log_size, report) &&
                report_unless(state_read(head, head_size, log, log_size, &host->state), report, &rule_host, "state",
                              "%zu bytes of something else", head_size);
    free(log);
    return good;
}

static bool read_host(const json_t *json, struct host_file *host, struct report *report)
{
    char format[32];
    uint8_t id[16], public[PUBLIC_SIZE_MAX];
    size_t public_size, nonce_size;
    bool good = json_read_text(json, "format", format, sizeof format - 1, report) &&
                report_unless(strcmp(format, HOST_FORMAT) == 0, report, &rule_host, "format", "%s", format) &&
                json_read_hex(json, "host", id, sizeof id, report) &&
                json_read_base64(json, "ak_public", public, sizeof public, &public_size, report) &&
                public_read_ak(public, public_size, &host->ak, report) &&
                json_read_base64(json, "nonce", host->nonce, sizeof host->nonce, &nonce_size, report) &&
                report_unless(nonce_size == sizeof host->nonce, report, &rule_host, "nonce", "%zu bytes", nonce_size) &&
                json_read_hex(json, "channel", host->channel, sizeof host->channel, report) &&
                json_read_number(json, "log_offset", EVENTLOG_SIZE_MAX, &host->log_offset, report) &&
                read_state(json, host, report);
    if (good)
        hash_to_hex(id, sizeof id, host->host);
    return good;
}

bool host_file_parse(const char *text, size_t size, struct host_file *host, struct report *report)
{
    json_t *json = json_read_object(text, size, HOST_SIZE_MAX, "host", report);
    memset(host, 0, sizeof *host);
    if (json == NULL)
        return false;
    bool good = read_host(json, host, report);
    json_decref(json);
    if (!good)
        host_file_free(host);
    return good;
}

void host_file_free(struct host_file *host)
{
    state_free(&host->state);
}

static json_t *base64(const uint8_t *bytes, size_t size)
{
    size_t length = BASE64_ENCODE_RAW_LENGTH(size);
    char *text = malloc(length + 1);
    if (text == NULL)
        return NULL;
    base64_encode_raw(text, size, bytes);
    json_t *json = json_stringn(text, length);
    free(text);
    return json;
}

char *host_file_text(const struct host_file *host, const uint8_t *ak_public, size_t ak_public_size)
{
    uint8_t head[STATE_HEAD_SIZE_MAX];
    char channel[2 * sizeof host->channel + 1];
    uint32_t head_size = state_write(&host->state, head);
    hash_to_hex(host->channel, sizeof host->channel, channel);
    json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:s, s:I, s:o, s:o}", "format", HOST_FORMAT, "host", host->host,
                             "ak_public", base64(ak_public, ak_public_size), "nonce",
                             base64(host->nonce, sizeof host->nonce), "channel", channel, "log_offset",
                             (json_int_t)host->log_offset, "state", base64(head, head_size), "log",
                             base64(host->state.log, host->state.log_size));
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    return text;
}

void host_file_appraise(struct host_file *host, const struct evidence *evidence, const struct release *const *releases,
                      uint32_t release_count, struct appraise_result *result)
{
    const struct appraise_input input = {
        .evidence = evidence,
        .host = host->host,
        .ak = &host->ak,
        .nonce = host->nonce,
        .channel = host->channel,
        .selection = {APPRAISE_PCRS, APPRAISE_PCRS},
        .log_offset = host->log_offset,
        .now = host->now,
        .releases = releases,
        .release_count = release_count,
    };
    appraise(&input, &host->state, result);
}

json_t *host_file_result(const struct appraise_result *result, const struct release *const *releases)
{
    const char *release = result->release >= 0 ? releases[result->release]->name : NULL;
    return json_pack("{s:s, s:b, s:s, s:s?, s:I, s:i, s:o}", "verdict", appraise_verdict_name(result->verdict), "accepted",
                     result->accepted, "boot", result->boot, "release", release, "security-version",
                     (json_int_t)result->security_version, "reasons-dropped", (int)result->reasons_dropped, "reasons",
                     appraise_reasons_json(result));
}
