/* SPDX-License-Identifier: Apache-2.0 */
/* Stores and shows runs of verdicts. `number` and `at` are those of a run's first appraisal; `until` is the time of its last
 * one, 0 while the run is open: then the host's own row knows. */
#include "attest/verifier/history.h"

void history_outcome(const struct memory_verdict *verdict, uint8_t outcome[HASH_SHA256_SIZE])
{
    const char *const texts[] = {verdict->verdict, host_state_name(verdict->state), verdict->release, verdict->boot,
                                 verdict->reasons};
    struct hash_state hash;
    hash_start(&hash, TPM_ALG_SHA256);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hash_update(&hash, texts[i], strlen(texts[i]) + 1); /* with its end: no text runs into the next */
    hash_finish(&hash, outcome);
}

bool history_continues(const struct host *before, const struct memory_verdict *verdict)
{
    uint8_t outcome[HASH_SHA256_SIZE];
    history_outcome(verdict, outcome);
    return before->state == verdict->state && memcmp(outcome, before->outcome, sizeof outcome) == 0;
}

bool history_begin(struct db *db, const char *host, int64_t number, const struct memory_verdict *verdict)
{
    return DB_RUN(db, NULL,
                  "INSERT INTO verdicts (host, number, at, until, verdict, state, release_name, boot, reasons, evidence)"
                  " VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, $9)",
                  db_text(host), db_integer(number), db_integer(verdict->at), db_text(verdict->verdict),
                  db_text(host_state_name(verdict->state)), db_text(verdict->release), db_text(verdict->boot),
                  db_text(verdict->reasons), db_text(verdict->evidence));
}

bool history_end(struct db *db, const char *host, int64_t until)
{
    return DB_RUN(db, NULL, "UPDATE verdicts SET until = $1 WHERE host = $2 AND until = 0", db_integer(until), db_text(host));
}

/* The run of row `row`. `next` is the number of the first appraisal behind it. */
static json_t *show(const struct db_rows *rows, size_t row, int64_t next, bool with_evidence)
{
    int64_t number = db_cell_integer(rows, row, 0), until = db_cell_integer(rows, row, 2);
    json_t *run = json_pack("{s:I, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:o*}", "number", (json_int_t)number, "count",
                            (json_int_t)(next - number), "at", (json_int_t)db_cell_integer(rows, row, 1), "until",
                            (json_int_t)(until != 0 ? until : db_cell_integer(rows, row, 9)), "verdict",
                            db_cell_text(rows, row, 3), "state", db_cell_text(rows, row, 4), "release",
                            db_cell_text(rows, row, 5), "boot", db_cell_text(rows, row, 6), "reasons",
                            json_loads(db_cell_text(rows, row, 7), 0, NULL));
    if (with_evidence && db_cell(rows, row, 8)->size > 0)
        json_object_set_new(run, "evidence", json_loads(db_cell_text(rows, row, 8), 0, NULL));
    return run;
}

json_t *history_read(struct db *db, const char *host, int64_t limit, bool with_evidence)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows,
                       "SELECT v.number, v.at, v.until, v.verdict, v.state, v.release_name, v.boot, v.reasons, v.evidence,"
                       " a.appraised, a.number FROM verdicts v JOIN appraisals a ON a.host = v.host"
                       " WHERE v.host = $1 ORDER BY v.number DESC LIMIT $2", db_text(host), db_integer(limit));
    json_t *list = good ? json_array() : NULL;
    for (size_t i = 0; list != NULL && i < rows.count; i++) {
        int64_t next = i == 0 ? db_cell_integer(&rows, 0, 10) + 1 : db_cell_integer(&rows, i - 1, 0);
        json_array_append_new(list, show(&rows, i, next, with_evidence));
    }
    db_rows_free(&rows);
    return list;
}

bool history_prune(struct db *db, int64_t before, uint64_t *removed)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows,
                       "DELETE FROM verdicts WHERE (host, number) IN (SELECT host, number FROM verdicts"
                       " WHERE until > 0 AND until < $1 ORDER BY until LIMIT $2)",
                       db_integer(before), db_integer(HISTORY_PRUNE_MAX));
    *removed = good ? rows.changed : 0;
    db_rows_free(&rows);
    return good;
}
