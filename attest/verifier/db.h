/* SPDX-License-Identifier: Apache-2.0 */
/* A database as the verifier sees it: one SQL statement at a time, values in, rows out. SQLite and PostgreSQL stand behind
 * it. The statements are written in what both understand: $1, $2 for values, BIGINT, TEXT and BYTEA for columns. */
#ifndef ATTEST_VERIFIER_DB_H
#define ATTEST_VERIFIER_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DB_MAX_VALUES 24
#define DB_MAX_STATEMENTS 128

enum db_kind { DB_NULL, DB_INTEGER, DB_TEXT, DB_BLOB };

struct db_value {
    enum db_kind kind;
    int64_t integer;
    const void *bytes; /* text and blobs; in a result, text has a NUL that `size` does not count */
    size_t size;
};

/* A statement's rows, all of them, in memory. `cells` runs row by row. */
struct db_rows {
    size_t count;
    size_t columns;
    struct db_value *cells;
    uint64_t changed;        /* rows that an INSERT, UPDATE or DELETE touched */
    void *backing;           /* the driver's: what the cells point into, */
    void (*release)(void *); /* and what frees it; NULL: nothing to free */
};

struct db;

/* What a database can do. Each function returns false on failure and leaves the reason in db->error. */
struct db_driver {
    const char *name;
    bool (*run)(struct db *db, const char *sql, const struct db_value *values, size_t count, struct db_rows *rows);
    bool (*script)(struct db *db, const char *sql); /* several statements, without values or rows */
    bool (*begin)(struct db *db);                   /* a transaction that writes */
    bool (*begin_reading)(struct db *db);           /* one that reads the same state throughout */
    const char *patience;                           /* within a transaction: gives its statements time; "": they have it */
    bool compresses;                                /* large values, unless ALTER TABLE says otherwise */
    void (*close)(struct db *db);
};

/* One connection; one thread at a time. */
struct db {
    const struct db_driver *driver;
    void *handle;
    void *statements[DB_MAX_STATEMENTS];      /* prepared, in the order of their first use */
    const char *statement_sql[DB_MAX_STATEMENTS]; /* known by the address of their text: pass literals only */
    size_t statement_count;
    bool transacting;
    bool commit_unknown; /* the last COMMIT got no answer: what it covers may be kept or not */
    bool audited; /* the running transaction has appended to the audit log */
    char error[256];
};

/* Opens `where`: "postgresql://..." (a libpq connection string) or the path of an SQLite file, made when it is missing.
 * On failure NULL, the reason in `error`. */
struct db *db_open(const char *where, char *error, size_t error_size);

/* The same, but makes no file, and changes nothing of one. */
struct db *db_open_existing(const char *where, char *error, size_t error_size);
void db_close(struct db *db);

/* Runs one statement. `rows` may be NULL when nobody looks; otherwise db_rows_free() releases it, after failures too. */
bool db_run(struct db *db, const char *sql, const struct db_value *values, size_t count, struct db_rows *rows);

bool db_begin(struct db *db);
bool db_begin_reading(struct db *db);
/* False: rolled back, or db->commit_unknown. */
bool db_commit(struct db *db);
void db_rollback(struct db *db);

void db_rows_free(struct db_rows *rows);

static inline struct db_value db_integer(int64_t value)
{
    return (struct db_value){.kind = DB_INTEGER, .integer = value};
}

static inline struct db_value db_blob(const void *bytes, size_t size)
{
    return (struct db_value){.kind = DB_BLOB, .bytes = bytes, .size = size};
}

/* NULL becomes the empty text. */
static inline struct db_value db_text(const char *text)
{
    return (struct db_value){.kind = DB_TEXT, .bytes = text != NULL ? text : "", .size = text != NULL ? strlen(text) : 0};
}

static inline const struct db_value *db_cell(const struct db_rows *rows, size_t row, size_t column)
{
    return &rows->cells[row * rows->columns + column];
}

static inline int64_t db_cell_integer(const struct db_rows *rows, size_t row, size_t column)
{
    const struct db_value *cell = db_cell(rows, row, column);
    return cell->kind == DB_INTEGER ? cell->integer : 0;
}

static inline const char *db_cell_text(const struct db_rows *rows, size_t row, size_t column)
{
    const struct db_value *cell = db_cell(rows, row, column);
    return cell->kind == DB_TEXT ? cell->bytes : "";
}

/* DB_RUN(db, rows, "... $1 ... $2", value, value): at least one value. */
#define DB_RUN(db, rows, sql, ...)                                                                                    \
    db_run((db), (sql), (const struct db_value[]){__VA_ARGS__},                                                       \
           sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value), (rows))

/* The drivers. */
struct db *db_open_sqlite(const char *path, bool existing, char *error, size_t error_size);
struct db *db_open_postgres(const char *connection, char *error, size_t error_size);

#endif
