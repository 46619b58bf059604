/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files of an offline appraisal. */
#include "attest/verifier/offline.h"

#include "attest/verifier/keys.h"
#include "tools/common/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (4u << 20)

static const struct rule rule_evidence = {
    "ATT-890", "the file holds no evidence", "what `bulkhead-agent collect` writes, or `hosts history --evidence` shows",
    "collect it again"};
static const struct rule rule_host = {
    "ATT-891", "the file holds no host", "what `bulkhead-verifier hosts show HOST --memory` prints", "export the host again"};

static json_t *read_json(const char *path, struct report *report)
{
    struct file_bytes bytes = {0};
    if (!file_read(path, FILE_MAX, &bytes, report))
        return NULL;
    json_t *json = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, NULL);
    file_bytes_free(&bytes);
    return json != NULL ? json : json_null();
}

/* A member in base64: of exactly `size` bytes, or at most `most` when `size` is given back. */
static bool read_bytes(const json_t *json, const char *name, void *bytes, size_t most, size_t *size)
{
    const json_t *member = json_object_get(json, name);
    return json_is_string(member) &&
           evidence_base64(json_string_value(member), json_string_length(member), bytes, most, size);
}

static bool read_exactly(const json_t *json, const char *name, void *bytes, size_t size)
{
    size_t found;
    return read_bytes(json, name, bytes, size, &found) && found == size;
}

static bool read_text(const json_t *json, const char *name, char *text, size_t size)
{
    const char *value = json_string_value(json_object_get(json, name));
    return value != NULL && (size_t)snprintf(text, size, "%s", value) < size;
}

static bool has_format(const json_t *json, const char *format)
{
    const char *value = json_string_value(json_object_get(json, "format"));
    return value != NULL && strcmp(value, format) == 0;
}

static bool read_ak(const json_t *json, struct public_key *ak, struct report *report)
{
    uint8_t bytes[PUBLIC_SIZE_MAX];
    size_t size;
    return read_bytes(json, "ak_public", bytes, sizeof bytes, &size) && public_read_ak(bytes, size, ak, report);
}

bool offline_read_evidence(const char *path, struct offline_evidence *file, struct report *report)
{
    json_t *json = read_json(path, report);
    *file = (struct offline_evidence){0};
    if (json == NULL)
        return false;
    file->has_ak = json_object_get(json, "ak_public") != NULL;
    bool good = has_format(json, EVIDENCE_FILE_FORMAT) && read_text(json, "host", file->host, sizeof file->host) &&
                read_exactly(json, "nonce", file->nonce, sizeof file->nonce) &&
                read_exactly(json, "channel", file->channel, sizeof file->channel) &&
                (!file->has_ak || read_ak(json, &file->ak, report)) &&
                evidence_from_json(json_object_get(json, "evidence"), &file->evidence, report);
    json_decref(json);
    return report_unless(good || !report_ok(report), report, &rule_evidence, path, "another form") && good;
}

static bool read_state(const json_t *memory, struct appraise_state *state)
{
    uint8_t head[STATE_HEAD_SIZE_MAX];
    uint8_t *log = malloc(EVENTLOG_SIZE_MAX);
    size_t head_size, log_size;
    bool good = log != NULL && read_bytes(memory, "head", head, sizeof head, &head_size) &&
                read_bytes(memory, "log", log, EVENTLOG_SIZE_MAX, &log_size) &&
                state_read(head, head_size, log, log_size, state);
    free(log);
    return good;
}

bool offline_read_host(const char *path, struct offline_host *host, struct report *report)
{
    json_t *json = read_json(path, report);
    *host = (struct offline_host){0};
    state_init(&host->state);
    if (json == NULL)
        return false;
    bool good = read_text(json, "host", host->host, sizeof host->host) &&
                read_text(json, "asset", host->asset, sizeof host->asset) &&
                read_exactly(json, "channel", host->channel, sizeof host->channel) && read_ak(json, &host->ak, report) &&
                read_state(json_object_get(json, "memory"), &host->state);
    json_decref(json);
    return report_unless(good || !report_ok(report), report, &rule_host, path, "another form") && good;
}

bool offline_read_release(const char *path, const char *keys, struct release *release, struct report *report)
{
    struct file_bytes text = {0}, signature = {0};
    char signature_path[4096], id[KEYS_ID_SIZE];
    snprintf(signature_path, sizeof signature_path, "%s.sig", path);
    bool good = file_read(path, RELEASE_JSON_MAX, &text, report) &&
                file_read(signature_path, RELEASE_SIGNATURE_SIZE, &signature, report) &&
                keys_check_release(keys, (const char *)text.data, text.size, signature.data, signature.size, id, report) &&
                release_parse((const char *)text.data, text.size, release, report);
    file_bytes_free(&text);
    file_bytes_free(&signature);
    return good;
}
