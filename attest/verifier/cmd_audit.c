/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead-verifier audit verify: checks the audit log in the database itself. And routes: the table, for tests. */
#include "attest/verifier/audit.h"
#include "attest/verifier/commands.h"
#include "attest/verifier/data.h"
#include "attest/verifier/route.h"
#include "tools/common/command.h"
#include "tools/common/file.h"
#include "tools/common/print.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKPOINTS_MAX 16u

static const struct rule rule_form = {
    "ATT-885", "the file is no checkpoint", "what `audit checkpoint` prints", "use the right file"};

struct verify {
    const char *folder, *database, *key;
    struct option_list files;
    struct audit_head checkpoints[CHECKPOINTS_MAX];
    size_t count;
    bool as_json;
};

static bool read_checkpoint(struct verify *verify, const char *path, struct report *report)
{
    struct file_bytes bytes = {0};
    if (!report_unless(verify->count < CHECKPOINTS_MAX, report, &rule_form, path, "more than %u", CHECKPOINTS_MAX) ||
        !file_read(path, 4096, &bytes, report))
        return false;
    json_t *json = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, NULL);
    bool good = report_unless(json != NULL && audit_head_from_json(json, &verify->checkpoints[verify->count]), report,
                              &rule_form, path, "another form");
    verify->count += good;
    json_decref(json);
    file_bytes_free(&bytes);
    return good;
}

static int is_checkpoint(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return strncmp(entry->d_name, "checkpoint", 10) == 0 && end != NULL && strcmp(end, ".json") == 0;
}

/* The checkpoint that the server keeps in the folder, those that it has set aside, and those of the command line. */
static bool read_checkpoints(struct verify *verify, struct report *report)
{
    char path[DATA_PATH_MAX];
    struct dirent **entries = NULL;
    int count = scandir(verify->folder, &entries, is_checkpoint, alphasort);
    bool good = true;
    for (int i = 0; i < count; i++) {
        data_path(verify->folder, entries[i]->d_name, path);
        good = good && read_checkpoint(verify, path, report);
        free(entries[i]);
    }
    free(entries);
    for (size_t i = 0; good && i < verify->files.count; i++)
        good = read_checkpoint(verify, verify->files.values[i], report);
    return good;
}

static bool read_key(const struct verify *verify, struct public_key *key, struct report *report)
{
    char pem[KEYS_PEM_MAX], id[KEYS_ID_SIZE];
    struct file_bytes bytes = {0};
    if (verify->key == NULL)
        return data_read_text(verify->folder, "signing.pem", pem, sizeof pem, report) &&
               keys_read_public(pem, "signing.pem", key, id, report);
    bool good = file_read(verify->key, KEYS_PEM_MAX, &bytes, report) &&
                keys_read_public((const char *)bytes.data, verify->key, key, id, report);
    file_bytes_free(&bytes);
    return good;
}

static int verify_log(struct verify *verify)
{
    struct report report;
    struct public_key key;
    int64_t rows = 0;
    report_init(&report);
    struct db *db = read_checkpoints(verify, &report) && read_key(verify, &key, &report)
                        ? data_look_at_database(verify->folder, verify->database, &report)
                        : NULL;
    if (db == NULL)
        return print_verdict(&report, verify->as_json);
    bool good = audit_verify(db, &key, verify->checkpoints, verify->count, &rows, &report);
    if (!good && report_ok(&report))
        data_report_database(&report, db->error);
    db_close(db);
    if (!good)
        return print_verdict(&report, verify->as_json);
    if (verify->as_json)
        print_json(json_pack("{s:b, s:I, s:i}", "ok", 1, "rows", (json_int_t)rows, "checkpoints", (int)verify->count));
    else
        printf("the audit log is whole: %lld rows, %zu checkpoints\n", (long long)rows, verify->count);
    return EXIT_CODE_OK;
}

int cmd_audit_verify(int argc, char **argv)
{
    struct verify verify = {0};
    const char *unused[1];
    const struct option options[] = {
        {.name = "data", .argument = "DIR", .help = "the data folder", .value = &verify.folder},
        {.name = "database", .argument = "WHERE", .help = "instead of verifier.json's", .value = &verify.database},
        {.name = "key", .argument = "PEM", .help = "the verifier's public key (signing.pem)", .value = &verify.key},
        {.name = "checkpoint", .argument = "FILE", .help = "must be on the log; any number of times", .list = &verify.files},
        {.name = "json", .help = "print the result as JSON", .flag = &verify.as_json},
    };
    const struct command_line line = {
        .program = "bulkhead-verifier", .name = "audit verify", .usage = "[--checkpoint FILE]...",
        .help = "Walks the audit log: no row edited, removed, added or moved, its end where the signed head says, and every\n"
                "checkpoint on it.",
        .options = options, .option_count = sizeof options / sizeof options[0]};
    size_t count;
    enum command_parsed parsed = command_parse(&line, argc, argv, unused, &count);
    if (parsed != COMMAND_GO)
        return command_exit_code(parsed);
    verify.folder = data_folder(verify.folder);
    return verify_log(&verify);
}

int cmd_routes(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    json_t *list = json_array();
    for (size_t i = 0; i < route_count; i++) {
        json_t *may = json_array();
        for (unsigned role = 0; role < ROLES; role++)
            if (routes[i].roles & MAY(role))
                json_array_append_new(may, json_string(role_name((enum role)role)));
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:I, s:I, s:s}", "method", routes[i].method, "path",
                                              routes[i].path, "roles", may, "body_max", (json_int_t)routes[i].most.bytes,
                                              "values_max", (json_int_t)routes[i].most.values, "summary", routes[i].summary));
    }
    print_json(list);
    return EXIT_CODE_OK;
}
