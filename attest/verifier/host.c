/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and changes hosts. */
#include "attest/verifier/host.h"

#include <stdio.h>

static const char *const state_names[HOST_STATES] = {"pending", "trusted", "stale", "failed", "quarantined", "retired"};

const char *host_state_name(enum host_state state)
{
    return state_names[state];
}

bool host_state_read(const char *name, enum host_state *state)
{
    for (unsigned i = 0; i < HOST_STATES; i++)
        if (strcmp(name, state_names[i]) == 0) {
            *state = (enum host_state)i;
            return true;
        }
    return false;
}

enum host_state host_state_now(const struct host *host, int64_t now, int64_t grace)
{
    return host->state == HOST_TRUSTED && now > host->next_due + grace ? HOST_STALE : host->state;
}

#define COLUMNS                                                                                                       \
    "h.id, h.asset, h.group_name, h.state, h.state_reason, h.state_since, h.ek_hash, h.ek_trust, h.ak_public,"        \
    " h.certificate_hash, h.enrolled, h.approved, h.approved_by, a.number, a.verdict, a.release_name, a.boot,"        \
    " a.appraised, a.next_due, a.alarmed, a.log_size, a.revision, a.outcome"                                         \
    " FROM hosts h JOIN appraisals a ON a.host = h.id "

static void copy_text(const struct db_rows *rows, size_t row, size_t column, char *to, size_t size)
{
    snprintf(to, size, "%s", db_cell_text(rows, row, column));
}

/* Copies at most `most` bytes; returns how many. */
static size_t copy_blob(const struct db_rows *rows, size_t row, size_t column, void *to, size_t most)
{
    const struct db_value *cell = db_cell(rows, row, column);
    if (cell->kind != DB_BLOB || cell->size > most)
        return 0;
    memcpy(to, cell->bytes, cell->size);
    return cell->size;
}

/* From a row of COLUMNS. */
static void fill(struct host *host, const struct db_rows *rows, size_t row)
{
    *host = (struct host){0};
    copy_text(rows, row, 0, host->id, sizeof host->id);
    copy_text(rows, row, 1, host->asset, sizeof host->asset);
    copy_text(rows, row, 2, host->group, sizeof host->group);
    if (!host_state_read(db_cell_text(rows, row, 3), &host->state))
        host->state = HOST_QUARANTINED; /* a word this program never wrote: trust nothing */
    copy_text(rows, row, 4, host->state_reason, sizeof host->state_reason);
    host->state_since = db_cell_integer(rows, row, 5);
    (void)copy_blob(rows, row, 6, host->ek_hash, sizeof host->ek_hash);
    copy_text(rows, row, 7, host->ek_trust, sizeof host->ek_trust);
    host->ak_size = (uint16_t)copy_blob(rows, row, 8, host->ak_public, sizeof host->ak_public);
    (void)copy_blob(rows, row, 9, host->certificate_hash, sizeof host->certificate_hash);
    host->enrolled = db_cell_integer(rows, row, 10);
    host->approved = db_cell_integer(rows, row, 11);
    copy_text(rows, row, 12, host->approved_by, sizeof host->approved_by);
    host->number = db_cell_integer(rows, row, 13);
    copy_text(rows, row, 14, host->verdict, sizeof host->verdict);
    copy_text(rows, row, 15, host->release, sizeof host->release);
    copy_text(rows, row, 16, host->boot, sizeof host->boot);
    host->appraised = db_cell_integer(rows, row, 17);
    host->next_due = db_cell_integer(rows, row, 18);
    host->alarmed = db_cell_integer(rows, row, 19);
    host->log_size = db_cell_integer(rows, row, 20);
    host->revision = db_cell_integer(rows, row, 21);
    (void)copy_blob(rows, row, 22, host->outcome, sizeof host->outcome);
}

static int fill_one(bool good, struct db_rows *rows, struct host *host)
{
    int outcome = !good ? -1 : rows->count > 0;
    if (outcome == 1)
        fill(host, rows, 0);
    db_rows_free(rows);
    return outcome;
}

int host_read(struct db *db, const char *id, struct host *host)
{
    struct db_rows rows;
    return fill_one(DB_RUN(db, &rows, "SELECT " COLUMNS "WHERE h.id = $1", db_text(id)), &rows, host);
}

int host_find(struct db *db, const char *id_or_asset, struct host *host)
{
    int outcome = host_read(db, id_or_asset, host);
    struct db_rows rows;
    if (outcome != 0)
        return outcome;
    return fill_one(DB_RUN(db, &rows, "SELECT " COLUMNS "WHERE h.asset = $1 AND h.state <> 'retired'",
                           db_text(id_or_asset)), &rows, host);
}

static bool visit(bool good, struct db_rows *rows, host_visitor *each, void *context)
{
    for (size_t i = 0; good && i < rows->count; i++) {
        struct host host;
        fill(&host, rows, i);
        each(context, &host);
    }
    db_rows_free(rows);
    return good;
}

bool host_visit(struct db *db, host_visitor *each, void *context)
{
    struct db_rows rows;
    return visit(db_run(db, "SELECT " COLUMNS "ORDER BY h.asset, h.id", NULL, 0, &rows), &rows, each, context);
}

bool host_visit_overdue(struct db *db, int64_t before, host_visitor *each, void *context)
{
    struct db_rows rows;
    return visit(DB_RUN(db, &rows, "SELECT " COLUMNS "WHERE h.state IN ('trusted', 'stale') AND a.alarmed = 0"
                                   " AND a.next_due < $1 AND a.next_due > 0 LIMIT 1000", db_integer(before)),
                 &rows, each, context);
}

json_t *host_reasons(struct db *db, const char *id)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT reasons FROM appraisals WHERE host = $1", db_text(id));
    json_t *reasons = good && rows.count > 0 ? json_loads(db_cell_text(&rows, 0, 0), 0, NULL) : NULL;
    db_rows_free(&rows);
    return good && reasons == NULL ? json_array() : reasons;
}

bool host_set_state(struct db *db, const char *id, enum host_state state, const char *reason, int64_t now)
{
    return DB_RUN(db, NULL, "UPDATE appraisals SET revision = revision + 1 WHERE host = $1", db_text(id)) &&
           DB_RUN(db, NULL, "UPDATE hosts SET state = $1, state_reason = $2, state_since = $3 WHERE id = $4",
                  db_text(state_names[state]), db_text(reason), db_integer(now), db_text(id));
}

bool host_set_reason(struct db *db, const char *id, const char *reason)
{
    return DB_RUN(db, NULL, "UPDATE hosts SET state_reason = $1 WHERE id = $2", db_text(reason), db_text(id));
}

bool host_set_group(struct db *db, const char *id, const char *group)
{
    return DB_RUN(db, NULL, "UPDATE hosts SET group_name = $1 WHERE id = $2", db_text(group), db_text(id));
}

json_t *host_json(const struct host *host, int64_t now, int64_t grace)
{
    char ek_hash[2 * HASH_SHA256_SIZE + 1];
    hash_to_hex(host->ek_hash, sizeof host->ek_hash, ek_hash);
    enum host_state state = host_state_now(host, now, grace);
    bool overdue = state == HOST_STALE && host->state == HOST_TRUSTED;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "host",
                     host->id, "asset", host->asset, "group", host->group, "state", state_names[state], "state_reason",
                     overdue ? "evidence is overdue" : host->state_reason, "state_since",
                     (json_int_t)(overdue ? host->next_due + grace : host->state_since), "ek_sha256", ek_hash, "ek_trust",
                     host->ek_trust, "enrolled", (json_int_t)host->enrolled, "approved", (json_int_t)host->approved,
                     "approved_by", host->approved_by, "verdict", host->verdict, "release", host->release, "boot",
                     host->boot, "appraised", (json_int_t)host->appraised, "next_due", (json_int_t)host->next_due,
                     "appraisals", (json_int_t)host->number);
}
