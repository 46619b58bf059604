/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL behind struct db, through libpq: values travel in binary, statements are prepared once a connection. A
 * connection is known to be lost when something fails on it: the begin of a transaction, or a read outside one, is then done
 * once more on a new connection. */
#include "attest/verifier/db.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

/* What libpq and the server are given where the connection string says nothing else (PostgreSQL's manual, 34.1.2 and 20.11):
 * seconds to connect, milliseconds for an answer of the network, milliseconds for a statement. */
#define CONNECT_TIMEOUT_S "10"
#define NETWORK_TIMEOUT_MS "20000"
#define SESSION_OPTIONS "-c statement_timeout=60000"

/* Types of columns and values (PostgreSQL's catalogue pg_type). */
#define OID_BYTEA 17u
#define OID_INT8 20u
#define OID_TEXT 25u

static bool keep_error(struct db *db, const char *text)
{
    snprintf(db->error, sizeof db->error, "postgresql: %s", text);
    db->error[strcspn(db->error, "\n")] = '\0';
    return false;
}

static bool script(struct db *db, const char *sql)
{
    PGresult *result = PQexec(db->handle, sql);
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    /* A COMMIT of a transaction that has failed answers ROLLBACK, and is no error to PostgreSQL. */
    bool undone = good && strcmp(sql, "COMMIT") == 0 && strcmp(PQcmdStatus(result), "COMMIT") != 0;
    /* Without an answer the server may have committed before the connection was lost. */
    if (!good && strcmp(sql, "COMMIT") == 0)
        db->commit_unknown = PQstatus(db->handle) != CONNECTION_OK;
    if (!good || undone)
        keep_error(db, undone ? "the transaction was rolled back" : PQerrorMessage(db->handle));
    PQclear(result);
    return good && !undone;
}

/* The answer to a client waits for its commit; the commit waits for the disk, whatever the server's default is. */
static bool prepare_session(struct db *db)
{
    return script(db, "SET synchronous_commit = on; SET client_encoding = 'UTF8'");
}

/* After a connection that is known to be lost: connects again, where the prepared statements are unknown. Never within a
 * transaction, which is lost with its connection. */
static bool ensure_connected(struct db *db)
{
    if (PQstatus(db->handle) == CONNECTION_OK)
        return true;
    if (db->transacting)
        return keep_error(db, "the connection was lost");
    PQreset(db->handle);
    db->statement_count = 0;
    if (PQstatus(db->handle) != CONNECTION_OK)
        return keep_error(db, PQerrorMessage(db->handle));
    return prepare_session(db);
}

/* Name of the prepared form of `sql`; prepares it at its first use. */
static bool prepare(struct db *db, const char *sql, const Oid *types, size_t count, char name[16])
{
    size_t at = 0;
    while (at < db->statement_count && db->statement_sql[at] != sql)
        at++;
    snprintf(name, 16, "s%zu", at);
    if (at < db->statement_count)
        return true;
    if (at == DB_MAX_STATEMENTS)
        return keep_error(db, "too many statements");
    PGresult *result = PQprepare(db->handle, name, sql, (int)count, types);
    bool good = PQresultStatus(result) == PGRES_COMMAND_OK || keep_error(db, PQresultErrorMessage(result));
    PQclear(result);
    if (good)
        db->statement_sql[db->statement_count++] = sql;
    return good;
}

/* Values in the form libpq wants them in; integers are put into network order in `integers`. */
struct binding {
    Oid types[DB_MAX_VALUES];
    const char *values[DB_MAX_VALUES];
    int lengths[DB_MAX_VALUES];
    int formats[DB_MAX_VALUES];
    uint64_t integers[DB_MAX_VALUES];
};

static void bind_values(struct binding *binding, const struct db_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        binding->formats[i] = 1;
        binding->types[i] = values[i].kind == DB_INTEGER ? OID_INT8 : values[i].kind == DB_TEXT ? OID_TEXT : OID_BYTEA;
        binding->values[i] = values[i].bytes != NULL ? values[i].bytes : "";
        binding->lengths[i] = (int)values[i].size;
        if (values[i].kind == DB_INTEGER) {
            binding->integers[i] = htobe64((uint64_t)values[i].integer);
            binding->values[i] = (const char *)&binding->integers[i];
            binding->lengths[i] = 8;
        } else if (values[i].kind == DB_NULL) {
            binding->values[i] = NULL;
        }
    }
}

/* Text and blobs stay where libpq has put them; it ends each with a zero byte, binary ones too (libpq's PQgetvalue). */
static struct db_value cell_of(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column))
        return (struct db_value){.kind = DB_NULL};
    const char *from = PQgetvalue(result, row, column);
    size_t size = (size_t)PQgetlength(result, row, column);
    Oid type = PQftype(result, column);
    if (type == OID_INT8 && size == 8) {
        uint64_t integer;
        memcpy(&integer, from, sizeof integer);
        return db_integer((int64_t)be64toh(integer));
    }
    return (struct db_value){.kind = type == OID_BYTEA ? DB_BLOB : DB_TEXT, .bytes = from, .size = size};
}

static void release_result(void *result)
{
    PQclear(result);
}

/* The rows own the result from then on. */
static bool fill_rows(struct db *db, PGresult *result, struct db_rows *rows)
{
    rows->backing = result;
    rows->release = release_result;
    rows->count = (size_t)PQntuples(result);
    rows->columns = (size_t)PQnfields(result);
    rows->changed = strtoull(PQcmdTuples(result), NULL, 10);
    if (rows->count == 0 || rows->columns == 0)
        return true;
    rows->cells = calloc(rows->count * rows->columns, sizeof *rows->cells);
    if (rows->cells == NULL)
        return keep_error(db, "out of memory");
    for (size_t i = 0; i < rows->count * rows->columns; i++)
        rows->cells[i] = cell_of(result, (int)(i / rows->columns), (int)(i % rows->columns));
    return true;
}

static bool run_once(struct db *db, const char *sql, const struct binding *binding, size_t count, struct db_rows *rows)
{
    char name[16];
    if (!ensure_connected(db) || !prepare(db, sql, binding->types, count, name))
        return false;
    PGresult *result =
        PQexecPrepared(db->handle, name, (int)count, binding->values, binding->lengths, binding->formats, 1);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return fill_rows(db, result, rows);
    keep_error(db, PQresultErrorMessage(result));
    PQclear(result);
    return false;
}

/* Whether what has just failed is worth another try: the connection turned out to be lost, and no transaction with it. */
static bool may_try_again(const struct db *db)
{
    return !db->transacting && PQstatus(db->handle) != CONNECTION_OK;
}

static bool run(struct db *db, const char *sql, const struct db_value *values, size_t count, struct db_rows *rows)
{
    struct binding binding;
    if (count > DB_MAX_VALUES)
        return keep_error(db, "too many values");
    bind_values(&binding, values, count);
    return run_once(db, sql, &binding, count, rows) ||
           (may_try_again(db) && run_once(db, sql, &binding, count, rows));
}

static bool begin_with(struct db *db, const char *sql)
{
    return (ensure_connected(db) && script(db, sql)) || (may_try_again(db) && ensure_connected(db) && script(db, sql));
}

static bool begin(struct db *db)
{
    return begin_with(db, "BEGIN");
}

static bool begin_reading(struct db *db)
{
    return begin_with(db, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
}

static void close_handle(struct db *db)
{
    PQfinish(db->handle);
}

static const struct db_driver driver = {
    .name = "postgresql", .run = run, .script = script, .begin = begin, .begin_reading = begin_reading,
    .patience = "SET LOCAL statement_timeout = 0", .compresses = true, .close = close_handle};

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

struct db *db_open_postgres(const char *connection, char *error, size_t error_size)
{
    struct db *db = calloc(1, sizeof *db);
    if (db == NULL)
        return NULL;
    db->driver = &driver;
    /* Of two values for one keyword the later one counts: the string, which is expanded, comes last. */
    const char *const keywords[] = {"connect_timeout", "tcp_user_timeout", "options", "dbname", NULL};
    const char *const values[] = {CONNECT_TIMEOUT_S, NETWORK_TIMEOUT_MS, SESSION_OPTIONS, connection, NULL};
    db->handle = PQconnectdbParams(keywords, values, 1);
    PQsetNoticeReceiver(db->handle, ignore_notice, NULL);
    if (PQstatus(db->handle) == CONNECTION_OK && prepare_session(db))
        return db;
    snprintf(error, error_size, "%s", PQerrorMessage(db->handle));
    error[strcspn(error, "\n")] = '\0';
    db_close(db);
    return NULL;
}
