/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite behind struct db: write-ahead log, and an fsync at each commit (synchronous=FULL), so that what was committed
 * survives kill -9 and a power cut (sqlite.org/pragma.html#pragma_synchronous). */
#include "attest/verifier/db.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* Another process of ours (`user add` beside a running server) may hold the write lock for a moment. */
#define BUSY_WAIT_MS 20000

static bool keep_error(struct db *db)
{
    snprintf(db->error, sizeof db->error, "sqlite: %s", sqlite3_errmsg(db->handle));
    return false;
}

/* The prepared form of `sql`, from the connection's own table. NULL on failure. */
static sqlite3_stmt *prepare(struct db *db, const char *sql)
{
    for (size_t i = 0; i < db->statement_count; i++)
        if (db->statement_sql[i] == sql)
            return db->statements[i];
    sqlite3_stmt *statement = NULL;
    if (db->statement_count == DB_MAX_STATEMENTS ||
        sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        keep_error(db);
        return NULL;
    }
    db->statement_sql[db->statement_count] = sql;
    db->statements[db->statement_count++] = statement;
    return statement;
}

static bool bind_values(sqlite3_stmt *statement, const struct db_value *values, size_t count)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        char name[24];
        snprintf(name, sizeof name, "$%zu", i + 1);
        int at = sqlite3_bind_parameter_index(statement, name);
        int status = SQLITE_OK;
        if (values[i].kind == DB_INTEGER)
            status = sqlite3_bind_int64(statement, at, values[i].integer);
        else if (values[i].kind == DB_TEXT)
            status = sqlite3_bind_text64(statement, at, values[i].bytes, values[i].size, SQLITE_STATIC, SQLITE_UTF8);
        else if (values[i].kind == DB_BLOB)
            status = sqlite3_bind_blob64(statement, at, values[i].bytes != NULL ? values[i].bytes : "", values[i].size,
                                         SQLITE_STATIC);
        else
            status = sqlite3_bind_null(statement, at);
        good = good && status == SQLITE_OK;
    }
    return good;
}

/* The text and blobs of one row: SQLite's own are gone with the next. */
struct row_bytes {
    struct row_bytes *next;
    char bytes[];
};

static void release_bytes(void *backing)
{
    for (struct row_bytes *row = backing, *next; row != NULL; row = next) {
        next = row->next;
        free(row);
    }
}

/* What column `i` of the current row takes of them. Numbers must not be asked: SQLite would make texts of them. */
static size_t bytes_of(sqlite3_stmt *statement, int i)
{
    int type = sqlite3_column_type(statement, i);
    return type == SQLITE_TEXT || type == SQLITE_BLOB ? (size_t)sqlite3_column_bytes(statement, i) + 1 : 0;
}

/* Column `i` of the current row; its bytes go to *to, which moves on. */
static struct db_value copy_cell(sqlite3_stmt *statement, int i, char **to)
{
    int type = sqlite3_column_type(statement, i);
    if (type == SQLITE_INTEGER)
        return db_integer(sqlite3_column_int64(statement, i));
    if (type != SQLITE_TEXT && type != SQLITE_BLOB)
        return (struct db_value){.kind = DB_NULL};
    const void *from = type == SQLITE_BLOB ? sqlite3_column_blob(statement, i) : sqlite3_column_text(statement, i);
    size_t size = (size_t)sqlite3_column_bytes(statement, i);
    char *copy = *to;
    if (size > 0)
        memcpy(copy, from, size);
    copy[size] = '\0';
    *to += size + 1;
    return (struct db_value){.kind = type == SQLITE_BLOB ? DB_BLOB : DB_TEXT, .bytes = copy, .size = size};
}

static bool copy_row(sqlite3_stmt *statement, struct db_rows *rows)
{
    rows->columns = (size_t)sqlite3_column_count(statement);
    size_t size = 0;
    for (int i = 0; i < (int)rows->columns; i++)
        size += bytes_of(statement, i);
    struct db_value *cells = realloc(rows->cells, (rows->count + 1) * rows->columns * sizeof *cells);
    rows->cells = cells != NULL ? cells : rows->cells;
    struct row_bytes *row = cells != NULL ? malloc(sizeof *row + size) : NULL;
    if (row == NULL)
        return false;
    *row = (struct row_bytes){.next = rows->backing};
    rows->backing = row;
    rows->release = release_bytes;
    char *to = row->bytes;
    for (size_t i = 0; i < rows->columns; i++)
        cells[rows->count * rows->columns + i] = copy_cell(statement, (int)i, &to);
    rows->count++;
    return true;
}

static bool run(struct db *db, const char *sql, const struct db_value *values, size_t count, struct db_rows *rows)
{
    sqlite3_stmt *statement = prepare(db, sql);
    if (statement == NULL)
        return false;
    bool good = bind_values(statement, values, count);
    int status = SQLITE_ROW;
    while (good && (status = sqlite3_step(statement)) == SQLITE_ROW)
        good = copy_row(statement, rows);
    good = good && status == SQLITE_DONE;
    if (!good)
        keep_error(db);
    rows->changed = (uint64_t)sqlite3_changes64(db->handle);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return good;
}

static bool script(struct db *db, const char *sql)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK || keep_error(db);
}

/* IMMEDIATE takes the write lock at once: a transaction that begins by reading cannot find itself unable to write. */
static bool begin(struct db *db)
{
    return script(db, "BEGIN IMMEDIATE");
}

static bool begin_reading(struct db *db)
{
    return script(db, "BEGIN");
}

static void close_handle(struct db *db)
{
    for (size_t i = 0; i < db->statement_count; i++)
        sqlite3_finalize(db->statements[i]);
    sqlite3_close(db->handle);
}

static const struct db_driver driver = {
    .name = "sqlite", .run = run, .script = script, .begin = begin, .begin_reading = begin_reading, .patience = "",
    .close = close_handle};

struct db *db_open_sqlite(const char *path, bool existing, char *error, size_t error_size)
{
    struct db *db = calloc(1, sizeof *db);
    if (db == NULL)
        return NULL;
    db->driver = &driver;
    sqlite3 *handle = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (existing ? 0 : SQLITE_OPEN_CREATE);
    bool good = sqlite3_open_v2(path, &handle, flags, NULL) == SQLITE_OK;
    db->handle = handle;
    good = good && sqlite3_busy_timeout(handle, BUSY_WAIT_MS) == SQLITE_OK &&
           (existing || script(db, "PRAGMA journal_mode=WAL")) &&
           script(db, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                      "PRAGMA trusted_schema=OFF; PRAGMA cache_size=-4096");
    if (good)
        return db;
    snprintf(error, error_size, "%s: %s", path, handle != NULL ? sqlite3_errmsg(handle) : "out of memory");
    db_close(db);
    return NULL;
}
