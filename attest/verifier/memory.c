/* SPDX-License-Identifier: Apache-2.0 */
/* Stores states and verdicts. The event log of a boot only grows, so each appraisal writes what is new of it. */
#include "attest/verifier/memory.h"

#include "attest/verifier/history.h"

#include <stdlib.h>

/* The log from its pieces, columns 1 (where it begins) and 2 of the rows, in one block; NULL and *size 0 when there is none.
 * False: the pieces do not make a log, or no memory. */
static bool join_log(const struct db_rows *rows, uint8_t **log, size_t *size)
{
    *size = 0;
    for (size_t i = 0; i < rows->count; i++)
        *size += db_cell(rows, i, 2)->size;
    *log = *size > 0 && *size <= EVENTLOG_SIZE_MAX ? malloc(*size) : NULL;
    bool good = *size == 0 || *log != NULL;
    for (size_t i = 0; *log != NULL && i < rows->count; i++) {
        const struct db_value *piece = db_cell(rows, i, 2);
        size_t at = (size_t)db_cell_integer(rows, i, 1);
        good = good && at <= *size && piece->size <= *size - at;
        if (good)
            memcpy(*log + at, piece->bytes, piece->size);
    }
    return good;
}

/* One statement, so that state and log are of one moment. It does not sort: that costs PostgreSQL several times as much as all
 * the rest. */
bool memory_read(struct db *db, const char *host, struct appraise_state *state)
{
    struct db_rows rows;
    uint8_t *log = NULL;
    size_t log_size = 0;
    state_init(state);
    bool good = DB_RUN(db, &rows,
                       "SELECT a.head, l.at_byte, l.bytes FROM appraisals a LEFT JOIN logs l ON l.host = a.host"
                       " WHERE a.host = $1", db_text(host)) &&
                rows.count > 0 && join_log(&rows, &log, &log_size);
    if (good) {
        const struct db_value *head = db_cell(&rows, 0, 0);
        good = state_read(head->bytes, head->size, log, log_size, state);
    }
    free(log);
    db_rows_free(&rows);
    return good;
}

/* Brings the stored log from `from` bytes of this boot to all of it. */
static bool write_log(struct db *db, const char *host, const struct appraise_state *state, int64_t from)
{
    if (from == 0 && !DB_RUN(db, NULL, "DELETE FROM logs WHERE host = $1", db_text(host)))
        return false;
    if ((int64_t)state->log_size <= from)
        return true;
    return DB_RUN(db, NULL, "INSERT INTO logs (host, at_byte, bytes) VALUES ($1, $2, $3)", db_text(host), db_integer(from),
                  db_blob(state->log + from, state->log_size - (size_t)from));
}

bool memory_create(struct db *db, const char *host, const struct appraise_state *state, const struct memory_verdict *verdict)
{
    uint8_t head[STATE_HEAD_SIZE_MAX], outcome[HASH_SHA256_SIZE];
    uint32_t head_size = state_write(state, head);
    history_outcome(verdict, outcome);
    return DB_RUN(db, NULL,
                  "INSERT INTO appraisals (host, number, verdict, reasons, release_name, boot, appraised, next_due, alarmed,"
                  " revision, head, log_size, outcome) VALUES ($1, 1, $2, $3, $4, $5, $6, $7, 0, 1, $8, $9, $10)",
                  db_text(host), db_text(verdict->verdict), db_text(verdict->reasons), db_text(verdict->release),
                  db_text(verdict->boot), db_integer(verdict->at), db_integer(verdict->next_due), db_blob(head, head_size),
                  db_integer(state->log_size), db_blob(outcome, sizeof outcome)) &&
           write_log(db, host, state, 0) && history_begin(db, host, 1, verdict);
}

/* How much of the state's log is stored already: within a boot the appraisal takes no log that does not begin with it
 * (ATT-937), wherever the challenge let it start. */
static int64_t stored_log(const struct host *before, const struct appraise_state *state)
{
    bool same_boot = strcmp(before->boot, state->boot) == 0 && before->log_size <= (int64_t)state->log_size;
    return same_boot ? before->log_size : 0;
}

bool memory_write(struct db *db, const struct host *before, const struct appraise_state *state,
                  const struct memory_verdict *verdict, bool *changed)
{
    uint8_t head[STATE_HEAD_SIZE_MAX], outcome[HASH_SHA256_SIZE];
    uint32_t head_size = state_write(state, head);
    struct db_rows rows;
    history_outcome(verdict, outcome);
    bool good = DB_RUN(db, &rows,
                       "UPDATE appraisals SET number = number + 1, verdict = $1, reasons = $2, release_name = $3, boot = $4,"
                       " appraised = $5, next_due = $6, alarmed = 0, revision = revision + 1, head = $7, log_size = $8,"
                       " outcome = $9 WHERE host = $10 AND revision = $11",
                       db_text(verdict->verdict), db_text(verdict->reasons), db_text(verdict->release), db_text(state->boot),
                       db_integer(verdict->at), db_integer(verdict->next_due), db_blob(head, head_size),
                       db_integer(state->log_size), db_blob(outcome, sizeof outcome), db_text(before->id),
                       db_integer(before->revision));
    *changed = good && rows.changed == 1;
    db_rows_free(&rows);
    if (!good || !*changed)
        return good;
    return write_log(db, before->id, state, stored_log(before, state)) &&
           (history_continues(before, verdict) ||
            (history_end(db, before->id, before->appraised) && history_begin(db, before->id, before->number + 1, verdict)));
}

bool memory_write_state(struct db *db, const struct host *before, const struct appraise_state *state, int64_t next_due,
                        bool *changed)
{
    uint8_t head[STATE_HEAD_SIZE_MAX];
    uint32_t head_size = state_write(state, head);
    struct db_rows rows;
    bool good = DB_RUN(db, &rows,
                       "UPDATE appraisals SET head = $1, next_due = $2, alarmed = 0, revision = revision + 1"
                       " WHERE host = $3 AND revision = $4",
                       db_blob(head, head_size), db_integer(next_due), db_text(before->id), db_integer(before->revision));
    *changed = good && rows.changed == 1;
    db_rows_free(&rows);
    return good;
}

bool memory_set_alarmed(struct db *db, const char *host, int64_t now)
{
    return DB_RUN(db, NULL, "UPDATE appraisals SET alarmed = $1 WHERE host = $2", db_integer(now), db_text(host));
}
