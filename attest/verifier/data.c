/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes the files of the data folder. */
#include "attest/verifier/data.h"

#include "attest/verifier/schema.h"
#include "tools/common/file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const struct rule rule_config = {
    "ATT-871", "the data folder's verifier.json cannot be used", "an object with name, listen, url and database",
    "run `bulkhead-verifier init`, or restore the folder"};
static const struct rule rule_database = {
    "ATT-872", "the database cannot be used", "a database that can be opened and is not newer than this program",
    "see what it says; the connection string is in verifier.json"};

static const struct rule rule_private = {
    "ATT-842", "a key can be read or changed by others than its owner", "mode 0600, or less",
    "chmod 600; and if others were on this machine, make a new key"};

const char *data_folder(const char *option)
{
    const char *environment = getenv("BULKHEAD_VERIFIER_DATA");
    return option != NULL ? option : environment != NULL ? environment : ".";
}

void data_path(const char *folder, const char *name, char path[DATA_PATH_MAX])
{
    snprintf(path, DATA_PATH_MAX, "%s/%s", folder, name);
}

bool data_read_text(const char *folder, const char *name, char *text, size_t size, struct report *report)
{
    char path[DATA_PATH_MAX];
    struct file_bytes bytes = {0};
    data_path(folder, name, path);
    if (!file_read(path, size - 1, &bytes, report))
        return false;
    memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = '\0';
    file_bytes_free(&bytes);
    return true;
}

bool data_is_private(const char *path, struct report *report)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return true;
    unsigned mode = status.st_mode & 0777u;
    return report_unless((mode & 077u) == 0, report, &rule_private, path, "mode 0%o", mode);
}

bool data_read_key(const char *folder, const char *name, char *text, size_t size, struct report *report)
{
    char path[DATA_PATH_MAX];
    data_path(folder, name, path);
    return data_is_private(path, report) && data_read_text(folder, name, text, size, report);
}

bool data_write_text(const char *folder, const char *name, const char *text, mode_t mode, struct report *report)
{
    char path[DATA_PATH_MAX];
    data_path(folder, name, path);
    return file_write(path, text, strlen(text), mode, FILE_NEW, report);
}

bool data_replace_text(const char *folder, const char *name, const char *text, mode_t mode, struct report *report)
{
    char path[DATA_PATH_MAX];
    data_path(folder, name, path);
    return file_write(path, text, strlen(text), mode, FILE_REPLACE, report);
}

bool data_read_config(const char *folder, struct data_config *config, struct report *report)
{
    char text[4096];
    const char *name, *listen, *url, *database;
    *config = (struct data_config){0};
    if (!data_read_text(folder, "verifier.json", text, sizeof text, report))
        return false;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool good = json_unpack(json, "{s:s, s:s, s:s, s:s}", "name", &name, "listen", &listen, "url", &url, "database",
                            &database) == 0;
    if (good) {
        snprintf(config->name, sizeof config->name, "%s", name);
        snprintf(config->listen, sizeof config->listen, "%s", listen);
        snprintf(config->url, sizeof config->url, "%s", url);
        snprintf(config->database, sizeof config->database, "%s", database);
    }
    json_decref(json);
    return report_unless(good, report, &rule_config, "verifier.json", "another form");
}

bool data_write_config(const char *folder, const struct data_config *config, struct report *report)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "name", config->name, "listen", config->listen, "url", config->url,
                             "database", config->database);
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;
    bool good = text != NULL && data_write_text(folder, "verifier.json", text, 0600, report);
    free(text);
    json_decref(json);
    return good;
}

bool data_read_signer(const char *folder, struct data_signer *signer, struct report *report)
{
    char pem[KEYS_PEM_MAX];
    bool good = data_read_key(folder, "signing.key", pem, sizeof pem, report) &&
                keys_read_secret(pem, "signing.key", &signer->secret, &signer->public, signer->id, report);
    explicit_bzero(pem, sizeof pem);
    return good;
}

struct authority *data_open_authority(const char *folder, char ca_pem[AUTHORITY_PEM_MAX], struct report *report)
{
    char key[AUTHORITY_PEM_MAX];
    struct authority *authority = NULL;
    if (data_read_text(folder, "ca.pem", ca_pem, AUTHORITY_PEM_MAX, report) &&
        data_read_key(folder, "ca.key", key, sizeof key, report))
        authority = authority_open(ca_pem, key, report);
    explicit_bzero(key, sizeof key);
    return authority;
}

bool data_database(const char *folder, const char *database, char where[DATA_PATH_MAX], struct report *report)
{
    struct data_config config;
    if (database == NULL) {
        if (!data_read_config(folder, &config, report))
            return false;
        database = config.database;
    }
    if (strstr(database, "://") != NULL || database[0] == '/')
        snprintf(where, DATA_PATH_MAX, "%s", database);
    else
        data_path(folder, database, where);
    return true;
}

void data_report_database(struct report *report, const char *error)
{
    report_add(report, &rule_database, "database", "%s", error);
}

typedef struct db *open_db(const char *where, char *error, size_t error_size);
typedef bool prepare_schema(struct db *db);

static struct db *open_with(const char *folder, const char *database, open_db *open, prepare_schema *prepare,
                            struct report *report)
{
    char where[DATA_PATH_MAX], error[256] = "";
    if (!data_database(folder, database, where, report))
        return NULL;
    struct db *db = open(where, error, sizeof error);
    if (db != NULL && !prepare(db)) {
        snprintf(error, sizeof error, "%s", db->error);
        db_close(db);
        db = NULL;
    }
    if (db == NULL)
        data_report_database(report, error);
    return db;
}

struct db *data_open_database(const char *folder, const char *database, struct report *report)
{
    return open_with(folder, database, db_open, schema_migrate, report);
}

struct db *data_look_at_database(const char *folder, const char *database, struct report *report)
{
    return open_with(folder, database, db_open_existing, schema_check, report);
}
