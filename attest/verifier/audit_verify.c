/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the audit log and says where it was tampered with; lists its rows. */
#include "attest/verifier/audit.h"

#include <stdio.h>

#define ROWS_AT_ONCE 1000

static const struct rule rule_gap = {
    "ATT-880", "a row of the audit log is missing", "rows numbered 1, 2, 3, ... without a gap",
    "the log was tampered with: keep the database as it is, and compare it with the last backup"};
static const struct rule rule_row = {
    "ATT-881", "a row of the audit log is not what was written", "the hash that the row before it and its own content give",
    "the log was tampered with at this row or just before it: compare with the last backup"};
static const struct rule rule_head = {
    "ATT-882", "the end of the audit log is not where its signed head says", "the last row's number and hash in the head",
    "rows were cut off or added: compare with the last backup"};
static const struct rule rule_signature = {
    "ATT-883", "a head of the audit log is not signed by this verifier", "a signature by the key of signing.pem",
    "the head was tampered with, or belongs to another verifier"};
static const struct rule rule_checkpoint = {
    "ATT-884", "the audit log does not contain a checkpoint that was made from it", "the checkpoint's row with its hash",
    "the log was rewritten or set back to an older state after the checkpoint was made"};

static const struct rule rule_empty = {
    "ATT-886", "the audit log is empty", "at least the row that `init` has written",
    "see whether this is the verifier's database; if it is, its log was removed: compare with the last backup"};

struct walk {
    struct db *db;
    const struct audit_head *checkpoints;
    size_t count;
    bool reached[16]; /* checkpoint i is on the chain */
    struct report *report;
    int64_t seq; /* of the last good row */
    uint8_t hash[AUDIT_HASH_SIZE];
};

static void note_checkpoints(struct walk *walk)
{
    for (size_t i = 0; i < walk->count; i++)
        if (walk->checkpoints[i].seq == walk->seq && memcmp(walk->checkpoints[i].hash, walk->hash, sizeof walk->hash) == 0)
            walk->reached[i] = true;
}

/* Checks one row against the chain so far. */
static bool walk_row(struct walk *walk, const struct db_rows *rows, size_t i)
{
    struct audit_row row = {db_cell_integer(rows, i, 0), db_cell_integer(rows, i, 1), db_cell_text(rows, i, 2),
                            db_cell_text(rows, i, 3),    db_cell_text(rows, i, 4),    db_cell_text(rows, i, 5)};
    const struct db_value *hash = db_cell(rows, i, 6);
    char where[REPORT_WHERE_MAX];
    snprintf(where, sizeof where, "audit row %lld", (long long)walk->seq + 1);
    if (!report_unless(row.seq == walk->seq + 1, walk->report, &rule_gap, where, "row %lld follows row %lld",
                       (long long)row.seq, (long long)walk->seq))
        return false;
    uint8_t expected[AUDIT_HASH_SIZE];
    audit_hash(walk->hash, &row, expected);
    bool same = hash->kind == DB_BLOB && hash->size == sizeof expected && memcmp(hash->bytes, expected, sizeof expected) == 0;
    if (!report_unless(same, walk->report, &rule_row, where, "%s, %s, %s", row.actor, row.action, row.subject))
        return false;
    walk->seq = row.seq;
    memcpy(walk->hash, expected, sizeof expected);
    note_checkpoints(walk);
    return true;
}

/* Takes the next rows; *more says whether there were any. */
static bool walk_rows(struct walk *walk, bool *more)
{
    struct db_rows rows;
    bool good = DB_RUN(walk->db, &rows,
                       "SELECT seq, at, actor, action, subject, detail, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
                       db_integer(walk->seq), db_integer(ROWS_AT_ONCE));
    *more = good && rows.count > 0;
    for (size_t i = 0; good && i < rows.count; i++)
        good = walk_row(walk, &rows, i);
    db_rows_free(&rows);
    return good;
}

bool audit_head_is_signed(const struct audit_head *head, const struct public_key *key)
{
    uint8_t digest[HASH_SHA384_SIZE];
    audit_head_digest(head, digest);
    return ecdsa_verify_digest(key, digest, head->signature, head->signature + 48);
}

static void check_head(const struct walk *walk, const struct audit_head *head, const struct public_key *key)
{
    bool at_end = head->seq == walk->seq && memcmp(head->hash, walk->hash, sizeof walk->hash) == 0;
    if (!report_unless(at_end, walk->report, &rule_head, "audit head", "the head names row %lld, the last row is %lld",
                       (long long)head->seq, (long long)walk->seq))
        return;
    report_unless(head->seq == 0 || audit_head_is_signed(head, key), walk->report, &rule_signature, "audit head", "row %lld",
                  (long long)head->seq);
}

static void check_checkpoints(const struct walk *walk, const struct public_key *key)
{
    for (size_t i = 0; i < walk->count; i++) {
        const struct audit_head *checkpoint = &walk->checkpoints[i];
        char where[REPORT_WHERE_MAX];
        snprintf(where, sizeof where, "checkpoint of row %lld", (long long)checkpoint->seq);
        if (report_unless(audit_head_is_signed(checkpoint, key), walk->report, &rule_signature, where, "another signature"))
            report_unless(walk->reached[i], walk->report, &rule_checkpoint, where, "a log of %lld rows without it",
                          (long long)walk->seq);
    }
}

bool audit_verify(struct db *db, const struct public_key *key, const struct audit_head *checkpoints, size_t count,
                  int64_t *rows, struct report *report)
{
    struct walk walk = {.db = db, .checkpoints = checkpoints, .count = count < 16 ? count : 16, .report = report};
    struct audit_head head;
    /* One state throughout: a server may be writing meanwhile. */
    bool good = db_begin_reading(db) && audit_read_head(db, &head);
    bool more = true;
    note_checkpoints(&walk);
    while (good && more)
        good = walk_rows(&walk, &more);
    *rows = walk.seq;
    db_rollback(db);
    if (!good)
        return false;
    report_unless(walk.seq > 0, report, &rule_empty, "audit log", "no row");
    check_head(&walk, &head, key);
    check_checkpoints(&walk, key);
    return report_ok(report);
}

json_t *audit_list(struct db *db, int64_t after, int64_t limit, const char *subject)
{
    struct db_rows rows;
    bool good = subject == NULL
                    ? DB_RUN(db, &rows, "SELECT seq, at, actor, action, subject, detail FROM audit WHERE seq > $1"
                                        " ORDER BY seq LIMIT $2", db_integer(after), db_integer(limit))
                    : DB_RUN(db, &rows, "SELECT seq, at, actor, action, subject, detail FROM audit WHERE seq > $1"
                                        " AND subject = $2 ORDER BY seq LIMIT $3",
                             db_integer(after), db_text(subject), db_integer(limit));
    json_t *list = good ? json_array() : NULL;
    for (size_t i = 0; list != NULL && i < rows.count; i++)
        json_array_append_new(list, json_pack("{s:I, s:I, s:s, s:s, s:s, s:o}", "seq",
                                              (json_int_t)db_cell_integer(&rows, i, 0), "at",
                                              (json_int_t)db_cell_integer(&rows, i, 1), "actor",
                                              db_cell_text(&rows, i, 2), "action", db_cell_text(&rows, i, 3), "subject",
                                              db_cell_text(&rows, i, 4), "detail",
                                              json_loads(db_cell_text(&rows, i, 5), 0, NULL)));
    db_rows_free(&rows);
    return list;
}
