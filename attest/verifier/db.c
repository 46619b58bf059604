/* SPDX-License-Identifier: Apache-2.0 */
/* What both databases share: choosing the driver, transactions, releasing rows. */
#include "attest/verifier/db.h"

#include <stdlib.h>

static bool is_postgres(const char *where)
{
    return strncmp(where, "postgresql://", 13) == 0 || strncmp(where, "postgres://", 11) == 0;
}

struct db *db_open(const char *where, char *error, size_t error_size)
{
    return is_postgres(where) ? db_open_postgres(where, error, error_size)
                              : db_open_sqlite(where, false, error, error_size);
}

struct db *db_open_existing(const char *where, char *error, size_t error_size)
{
    return is_postgres(where) ? db_open_postgres(where, error, error_size)
                              : db_open_sqlite(where, true, error, error_size);
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db->driver->close(db);
    free(db);
}

bool db_run(struct db *db, const char *sql, const struct db_value *values, size_t count, struct db_rows *rows)
{
    struct db_rows unused;
    struct db_rows *into = rows != NULL ? rows : &unused;
    *into = (struct db_rows){0};
    bool done = db->driver->run(db, sql, values, count, into);
    if (rows == NULL)
        db_rows_free(into);
    return done;
}

bool db_begin(struct db *db)
{
    db->audited = db->commit_unknown = false;
    db->transacting = db->driver->begin(db);
    return db->transacting;
}

bool db_begin_reading(struct db *db)
{
    db->transacting = db->driver->begin_reading(db);
    return db->transacting;
}

bool db_commit(struct db *db)
{
    bool done = db->driver->script(db, "COMMIT");
    db->transacting = !done;
    return done;
}

void db_rollback(struct db *db)
{
    /* The reason to roll back is the one to report. */
    char reason[sizeof db->error];
    memcpy(reason, db->error, sizeof reason);
    (void)db->driver->script(db, "ROLLBACK");
    db->transacting = false;
    memcpy(db->error, reason, sizeof reason);
}

void db_rows_free(struct db_rows *rows)
{
    if (rows->release != NULL)
        rows->release(rows->backing);
    free(rows->cells);
    *rows = (struct db_rows){0};
}
