/* SPDX-License-Identifier: Apache-2.0 */
/* The settings' names, defaults and ranges; reads and writes them. */
#include "attest/verifier/settings.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    size_t at;
    int64_t standard, least, most;
} table[] = {
    {"interval_s", offsetof(struct settings, interval_s), 60, 1, 86400},
    {"grace_s", offsetof(struct settings, grace_s), 60, 0, 86400},
    {"challenge_life_s", offsetof(struct settings, challenge_life_s), 120, 5, 3600},
    {"challenge_every_s", offsetof(struct settings, challenge_every_s), 1, 0, 3600},
    {"challenge_burst", offsetof(struct settings, challenge_burst), 30, 1, 10000},
    {"activation_life_s", offsetof(struct settings, activation_life_s), 600, 30, 86400},
    {"poll_s", offsetof(struct settings, poll_s), 15, 1, 3600},
    {"token_life_s", offsetof(struct settings, token_life_s), 86400, 60, 31536000},
    {"certificate_days", offsetof(struct settings, certificate_days), 3650, 1, 36500},
    {"history_days", offsetof(struct settings, history_days), 90, 1, 36500},
    {"heartbeat_s", offsetof(struct settings, heartbeat_s), 300, 0, 86400},
    {"allow_pins", offsetof(struct settings, allow_pins), 1, 0, 1},
};
#define SETTING_COUNT (sizeof table / sizeof table[0])

static int64_t *place(struct settings *settings, size_t i)
{
    return (int64_t *)(void *)((char *)settings + table[i].at);
}

static size_t find(const char *name)
{
    size_t i = 0;
    while (i < SETTING_COUNT && strcmp(table[i].name, name) != 0)
        i++;
    return i;
}

bool settings_read(struct db *db, struct settings *settings)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        *place(settings, i) = table[i].standard;
    struct db_rows rows;
    bool good = db_run(db, "SELECT name, value FROM settings", NULL, 0, &rows);
    for (size_t row = 0; good && row < rows.count; row++) {
        size_t i = find(db_cell_text(&rows, row, 0));
        long long value = strtoll(db_cell_text(&rows, row, 1), NULL, 10);
        if (i < SETTING_COUNT && value >= table[i].least && value <= table[i].most)
            *place(settings, i) = value;
    }
    db_rows_free(&rows);
    return good;
}

json_t *settings_json(const struct settings *settings)
{
    json_t *json = json_object();
    struct settings copy = *settings;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        json_object_set_new(json, table[i].name, json_integer(*place(&copy, i)));
    return json;
}

bool settings_change(struct settings *settings, const json_t *changes, char *text, size_t size)
{
    struct settings changed = *settings;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)changes, name, value)
    {
        size_t i = find(name);
        if (i == SETTING_COUNT) {
            snprintf(text, size, "there is no setting '%.64s'", name);
            return false;
        }
        json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < table[i].least || number > table[i].most) {
            snprintf(text, size, "%s is a number from %lld to %lld", name, (long long)table[i].least,
                     (long long)table[i].most);
            return false;
        }
        *place(&changed, i) = number;
    }
    *settings = changed;
    return true;
}

bool settings_write(struct db *db, const struct settings *settings)
{
    struct settings copy = *settings;
    bool good = true;
    for (size_t i = 0; good && i < SETTING_COUNT; i++) {
        char value[24];
        snprintf(value, sizeof value, "%lld", (long long)*place(&copy, i));
        good = DB_RUN(db, NULL, "INSERT INTO settings (name, value) VALUES ($1, $2)"
                                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                      db_text(table[i].name), db_text(value));
    }
    return good;
}
