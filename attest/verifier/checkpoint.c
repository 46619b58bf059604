/* SPDX-License-Identifier: Apache-2.0 */
/* Compares checkpoint.json with the audit log before it writes a new one. */
#include "attest/verifier/checkpoint.h"

#include "attest/verifier/audit.h"
#include "attest/verifier/data.h"
#include "attest/verifier/notifier.h"
#include "tools/common/file.h"
#include "tools/common/print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CHECKPOINT_SIZE_MAX 4096u
#define KEPT_MAX 1000u

static const struct rule rule_contradicted = {
    "ATT-887", "checkpoint.json is not of this audit log", "a head that this verifier signed, its row in the log",
    "the database was set back or rewritten, or the file edited: run `audit verify`, and keep the file"};

enum found { FOUND_NONE, FOUND_GOOD, FOUND_CONTRADICTED, FOUND_UNKNOWN };

/* Whether the log has the head's row with its hash. UNKNOWN: the database failed. */
static enum found look_up(struct db *db, const struct audit_head *head)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT hash FROM audit WHERE seq = $1", db_integer(head->seq));
    bool same = good && rows.count == 1 && db_cell(&rows, 0, 0)->size == sizeof head->hash &&
                memcmp(db_cell(&rows, 0, 0)->bytes, head->hash, sizeof head->hash) == 0;
    db_rows_free(&rows);
    return !good ? FOUND_UNKNOWN : same ? FOUND_GOOD : FOUND_CONTRADICTED;
}

/* What of the file can be read; its head. */
static enum found read_kept(const char *path, const struct public_key *key, struct audit_head *head)
{
    struct file_bytes bytes = {0};
    struct report report;
    report_init(&report);
    if (access(path, F_OK) != 0)
        return errno == ENOENT ? FOUND_NONE : FOUND_UNKNOWN;
    if (!file_read(path, CHECKPOINT_SIZE_MAX, &bytes, &report)) {
        print_report(stderr, &report);
        return FOUND_UNKNOWN;
    }
    json_t *json = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, NULL);
    bool good = json != NULL && audit_head_from_json(json, head) && audit_head_is_signed(head, key);
    json_decref(json);
    file_bytes_free(&bytes);
    return good ? FOUND_GOOD : FOUND_CONTRADICTED;
}

/* Gives the file the first name that is free. */
static bool set_aside(const char *folder, const char *path, char kept[DATA_PATH_MAX])
{
    for (unsigned i = 1; i < KEPT_MAX; i++) {
        char name[64];
        snprintf(name, sizeof name, "checkpoint-kept-%u.json", i);
        data_path(folder, name, kept);
        if (link(path, kept) == 0)
            return unlink(path) == 0;
        if (errno != EEXIST)
            return false;
    }
    return false;
}

static void raise_alarm(struct verifier *verifier, const struct audit_head *kept, const struct audit_head *head,
                        const char *where)
{
    char line[DATA_PATH_MAX + 512];
    int64_t now = verifier_now();
    snprintf(line, sizeof line, "[bulkhead@0 event=\"audit\" code=\"%s\"] %s: it names row %lld, the log has %lld; %s",
             rule_contradicted.code, rule_contradicted.what, (long long)kept->seq, (long long)head->seq, where);
    fprintf(stderr, "bulkhead-verifier: %s\n", line);
    notifier_push(verifier->notifier,
                  json_pack("{s:s, s:s, s:I, s:I, s:I}", "event", "audit", "code", rule_contradicted.code, "at",
                            (json_int_t)now, "checkpoint_seq", (json_int_t)kept->seq, "seq", (json_int_t)head->seq), line);
}

static void write_head(const char *path, const struct audit_head *head)
{
    struct report report;
    report_init(&report);
    json_t *json = audit_head_json(head);
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(1)) : NULL;
    if (text != NULL && !file_write(path, text, strlen(text), 0644, FILE_REPLACE, &report))
        print_report(stderr, &report);
    free(text);
    json_decref(json);
}

void checkpoint_renew(struct verifier *verifier)
{
    struct audit_head head, kept = {0};
    char path[DATA_PATH_MAX], aside[DATA_PATH_MAX];
    data_path(verifier->data, "checkpoint.json", path);
    enum found found = read_kept(path, &verifier->signing_public, &kept);
    struct db *db = store_borrow(verifier->store);
    bool good = audit_read_head(db, &head);
    if (good && found == FOUND_GOOD)
        found = look_up(db, &kept);
    store_return(verifier->store, db);
    if (!good || found == FOUND_UNKNOWN || (found == FOUND_GOOD && kept.seq == head.seq))
        return;
    if (found == FOUND_CONTRADICTED) {
        bool moved = set_aside(verifier->data, path, aside);
        raise_alarm(verifier, &kept, &head, moved ? aside : "it cannot be renamed, and stays");
        if (!moved)
            return;
    }
    if (head.seq > 0)
        write_head(path, &head);
}
