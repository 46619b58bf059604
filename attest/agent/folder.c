/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the state folder. */
#include "attest/agent/folder.h"

#include "tools/common/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_FILE_MAX ((size_t)64 << 10)

static const struct rule rule_folder = {
    "AGENT-820", "the state folder cannot be made", "a folder that this user may write", "see the setting state-folder"};
static const struct rule rule_damaged = {
    "AGENT-821", "a file of the state folder is damaged", "what the agent wrote there",
    "restore it; or have the operator retire the host, empty the state folder, enrol again"};

static const struct rule rule_ak = {
    "AGENT-827", "the TPM's attestation key is none that can be kept", "a public part as the TPM 2.0 Library, part 2, has it",
    "look for a newer firmware of the TPM; report it"};

void folder_path(const struct settings *settings, const char *name, char path[FOLDER_PATH_MAX])
{
    snprintf(path, FOLDER_PATH_MAX, "%s/%s", settings->state_folder, name);
}

bool folder_has(const struct settings *settings, const char *name)
{
    char path[FOLDER_PATH_MAX];
    folder_path(settings, name, path);
    return access(path, F_OK) == 0;
}

bool folder_make(const struct settings *settings, struct report *report)
{
    bool good = mkdir(settings->state_folder, 0700) == 0 || errno == EEXIST;
    return report_unless(good, report, &rule_folder, settings->state_folder, "%s", strerror(errno));
}

bool folder_write(const struct settings *settings, const char *name, const void *bytes, size_t size, struct report *report)
{
    char path[FOLDER_PATH_MAX];
    folder_path(settings, name, path);
    return file_write(path, bytes, size, 0600, FILE_REPLACE, report);
}

void folder_remove(const struct settings *settings, const char *name)
{
    char path[FOLDER_PATH_MAX];
    folder_path(settings, name, path);
    (void)unlink(path);
}

bool folder_read_ak(const struct settings *settings, struct ak *ak, struct report *report)
{
    char path[FOLDER_PATH_MAX];
    struct file_bytes bytes;
    folder_path(settings, FOLDER_AK, path);
    if (!file_read(path, FOLDER_FILE_MAX, &bytes, report))
        return false;
    bool good = report_unless(ak_unmarshal(bytes.data, bytes.size, ak), report, &rule_damaged, path, "%zu bytes",
                              bytes.size);
    file_bytes_free(&bytes);
    return good;
}

bool folder_write_ak(const struct settings *settings, const struct ak *ak, struct report *report)
{
    uint8_t bytes[AK_BYTES_MAX];
    size_t size = ak_marshal(ak, bytes);
    return report_unless(size > 0, report, &rule_ak, FOLDER_AK, "a key that cannot be written down") &&
           folder_write(settings, FOLDER_AK, bytes, size, report);
}

/* The enrolment as JSON; the caller owns it. */
static json_t *load_enrolment(const struct settings *settings, struct report *report)
{
    char path[FOLDER_PATH_MAX];
    struct file_bytes bytes;
    folder_path(settings, FOLDER_ENROLMENT, path);
    if (!file_read(path, FOLDER_FILE_MAX, &bytes, report))
        return NULL;
    json_t *json = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, NULL);
    (void)report_unless(json != NULL, report, &rule_damaged, path, "%zu bytes that are no JSON", bytes.size);
    file_bytes_free(&bytes);
    return json;
}

static bool save_enrolment(const struct settings *settings, const json_t *json, struct report *report)
{
    char *text = json_dumps(json, JSON_INDENT(2));
    bool good = text != NULL && folder_write(settings, FOLDER_ENROLMENT, text, strlen(text), report);
    free(text);
    return good;
}

bool folder_read_enrolment(const struct settings *settings, struct enrolment *enrolment, struct report *report)
{
    json_t *json = load_enrolment(settings, report);
    bool good = json != NULL && answer_read_enrolled(json, &enrolment->answer, report);
    if (good)
        answer_quote_text(json, "ticket", enrolment->ticket, sizeof enrolment->ticket);
    json_decref(json);
    return good;
}

bool folder_write_enrolment(const struct settings *settings, const json_t *answer, struct report *report)
{
    json_t *kept = json_object();
    static const char *const members[] = {"host", "credential_blob", "secret", "nonce", "pcrs"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        json_object_set(kept, members[i], json_object_get(answer, members[i]));
    bool good = save_enrolment(settings, kept, report);
    json_decref(kept);
    return good;
}

bool folder_write_ticket(const struct settings *settings, const char *ticket, struct report *report)
{
    json_t *json = load_enrolment(settings, report);
    bool good = json != NULL && json_object_set_new(json, "ticket", json_string(ticket)) == 0 &&
                save_enrolment(settings, json, report);
    json_decref(json);
    return good;
}
