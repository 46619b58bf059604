/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the settings. */
#include "attest/agent/settings.h"

#include "tools/common/file.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_WAIT_LEAST 1u
#define LONGEST_WAIT_MOST 86400u

static const struct rule rule_line = {
    "AGENT-801", "a line of the settings is none", "NAME = VALUE, or a comment that begins with #", "correct the line"};
static const struct rule rule_name = {
    "AGENT-802", "there is no such setting", "one of the names in docs/agent.md", "correct the name"};
static const struct rule rule_value = {
    "AGENT-803", "a setting has a value that it cannot have", "what docs/agent.md allows for it", "correct the value"};
static const struct rule rule_missing = {
    "AGENT-804", "a setting is missing", "verifier, ca-file and asset, in the file or as options",
    "add it to " SETTINGS_FILE};

/* The settings that are kept as they are written. */
static const struct text_setting {
    const char *name;
    size_t offset;
} text_settings[] = {
    {"verifier", offsetof(struct settings, verifier)},
    {"verifier-address", offsetof(struct settings, verifier_address)},
    {"ca-file", offsetof(struct settings, ca_file)},
    {"asset", offsetof(struct settings, asset)},
    {"token-file", offsetof(struct settings, token_file)},
    {"state-folder", offsetof(struct settings, state_folder)},
    {"tcti", offsetof(struct settings, tcti)},
    {"log-file", offsetof(struct settings, log_file)},
};
#define TEXT_SETTINGS (sizeof text_settings / sizeof text_settings[0])

void settings_init(struct settings *settings)
{
    *settings = (struct settings){
        .token_file = "/etc/bulkhead/token",
        .state_folder = "/var/lib/bulkhead-agent",
        .tcti = "device:/dev/tpmrm0",
        .attestation_key = SETTINGS_AK_P256,
        .longest_wait_s = 300,
    };
}

static bool printable(const char *value)
{
    for (; *value != '\0'; value++)
        if (!isprint((unsigned char)*value))
            return false;
    return true;
}

/* A verifier is named by scheme, name and port alone: paths are the protocol's. */
static bool good_verifier(const char *value)
{
    static const char scheme[] = "https://";
    if (strncmp(value, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *name = value + sizeof scheme - 1;
    return *name != '\0' && strpbrk(name, "/?#@ ") == NULL;
}

/* An address, not a name: where this is set, there is nobody to ask for names. */
static bool good_address(const char *value)
{
    uint8_t address[16];
    return inet_pton(AF_INET, value, address) == 1 || inet_pton(AF_INET6, value, address) == 1;
}

static bool set_text(struct settings *settings, const struct text_setting *setting, const char *value)
{
    size_t length = strlen(value);
    if (length == 0 || length >= SETTING_MAX || !printable(value))
        return false;
    if (strcmp(setting->name, "verifier") == 0 && !good_verifier(value))
        return false;
    if (strcmp(setting->name, "verifier-address") == 0 && !good_address(value))
        return false;
    memcpy((char *)settings + setting->offset, value, length + 1);
    return true;
}

static bool set_key(struct settings *settings, const char *value)
{
    settings->attestation_key = strcmp(value, "p384") == 0 ? SETTINGS_AK_P384 : SETTINGS_AK_P256;
    return strcmp(value, "p384") == 0 || strcmp(value, "p256") == 0;
}

static bool set_wait(struct settings *settings, const char *value)
{
    char *end;
    unsigned long seconds = strtoul(value, &end, 10);
    settings->longest_wait_s = (uint32_t)seconds;
    return isdigit((unsigned char)*value) && *end == '\0' && seconds >= LONGEST_WAIT_LEAST &&
           seconds <= LONGEST_WAIT_MOST;
}

bool settings_set(struct settings *settings, const char *name, const char *value, const char *where,
                  struct report *report)
{
    if (strcmp(name, "attestation-key") == 0)
        return report_unless(set_key(settings, value), report, &rule_value, where, "%s = %s", name, value);
    if (strcmp(name, "longest-wait") == 0)
        return report_unless(set_wait(settings, value), report, &rule_value, where, "%s = %s", name, value);
    for (size_t i = 0; i < TEXT_SETTINGS; i++)
        if (strcmp(name, text_settings[i].name) == 0)
            return report_unless(set_text(settings, &text_settings[i], value), report, &rule_value, where, "%s = %s",
                                 name, value);
    report_add(report, &rule_name, where, "%s", name);
    return false;
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
    while (isblank((unsigned char)*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

static bool parse_line(struct settings *settings, char *line, const char *where, struct report *report)
{
    line = trim(line);
    if (*line == '\0' || *line == '#')
        return true;
    char *equals = strchr(line, '=');
    if (!report_unless(equals != NULL, report, &rule_line, where, "%s", line))
        return false;
    *equals = '\0';
    return settings_set(settings, trim(line), trim(equals + 1), where, report);
}

bool settings_parse(struct settings *settings, const char *text, const char *name, struct report *report)
{
    bool good = true;
    for (unsigned number = 1; *text != '\0'; number++) {
        char line[2 * SETTING_MAX], where[REPORT_WHERE_MAX];
        size_t length = strcspn(text, "\n");
        snprintf(where, sizeof where, "%s line %u", name, number);
        if (length < sizeof line) {
            memcpy(line, text, length);
            line[length] = '\0';
            good = parse_line(settings, line, where, report) && good;
        } else {
            report_add(report, &rule_line, where, "%zu characters", length);
            good = false;
        }
        text += length + (text[length] == '\n');
    }
    return good;
}

bool settings_read(struct settings *settings, const char *path, bool optional, struct report *report)
{
    struct file_bytes bytes;
    if (optional && access(path, F_OK) != 0)
        return true;
    if (!file_read(path, SETTINGS_FILE_MAX, &bytes, report))
        return false;
    bool good = report_unless(strlen((const char *)bytes.data) == bytes.size, report, &rule_line, path, "a zero byte") &&
                settings_parse(settings, (const char *)bytes.data, path, report);
    file_bytes_free(&bytes);
    return good;
}

bool settings_complete(const struct settings *settings, struct report *report)
{
    bool good = report_unless(settings->verifier[0] != '\0', report, &rule_missing, "verifier", "nothing");
    good = report_unless(settings->ca_file[0] != '\0', report, &rule_missing, "ca-file", "nothing") && good;
    return report_unless(settings->asset[0] != '\0', report, &rule_missing, "asset", "nothing") && good;
}
