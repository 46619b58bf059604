/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, as numbered steps: a database remembers how many it has taken. Never change a step that was released. */
#include "attest/verifier/schema.h"

#include <stdio.h>

struct step {
    const char *everywhere;  /* NULL: nothing */
    const char *compressing; /* only where the database compresses large values */
};

/* Times are seconds since 1970; 0 stands for never. Keys, names and hashes are the bytes themselves. */
static const struct step steps[] = {
    /* 1: settings, people, hosts */
    {.everywhere =
     "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
     "CREATE TABLE certificates (hash BYTEA PRIMARY KEY, role TEXT NOT NULL, name TEXT NOT NULL, issued BIGINT NOT NULL,"
     " not_after BIGINT NOT NULL, revoked BIGINT NOT NULL);"
     "CREATE TABLE tokens (hash BYTEA PRIMARY KEY, asset TEXT NOT NULL, created BIGINT NOT NULL, expires BIGINT NOT NULL,"
     " host TEXT NOT NULL, ek_hash BYTEA NOT NULL, used BIGINT NOT NULL);"
     "CREATE TABLE pins (asset TEXT PRIMARY KEY, ek_hash BYTEA NOT NULL, created BIGINT NOT NULL);"
     "CREATE TABLE enrolments (host TEXT PRIMARY KEY, token BYTEA NOT NULL, asset TEXT NOT NULL, ek_public BYTEA NOT NULL,"
     " ek_hash BYTEA NOT NULL, ek_trust TEXT NOT NULL, ak_public BYTEA NOT NULL, csr BYTEA NOT NULL, secret BYTEA NOT NULL,"
     " nonce BYTEA NOT NULL, expires BIGINT NOT NULL);"
     "CREATE TABLE hosts (id TEXT PRIMARY KEY, asset TEXT NOT NULL, state TEXT NOT NULL, state_reason TEXT NOT NULL,"
     " state_since BIGINT NOT NULL, group_name TEXT NOT NULL, ek_public BYTEA NOT NULL, ek_hash BYTEA NOT NULL,"
     " ek_trust TEXT NOT NULL, ak_public BYTEA NOT NULL, csr BYTEA NOT NULL, ticket_hash BYTEA NOT NULL,"
     " certificate TEXT NOT NULL, certificate_hash BYTEA NOT NULL, enrolled BIGINT NOT NULL, approved BIGINT NOT NULL,"
     " approved_by TEXT NOT NULL);"
     "CREATE UNIQUE INDEX hosts_ek ON hosts (ek_hash) WHERE state <> 'retired';"
     "CREATE UNIQUE INDEX hosts_asset ON hosts (asset) WHERE state <> 'retired'"},

    /* 2: what appraisal reads and writes. Apart from the hosts, so that each appraisal writes few bytes. */
    {.everywhere =
     "CREATE TABLE appraisals (host TEXT PRIMARY KEY, number BIGINT NOT NULL, verdict TEXT NOT NULL, reasons TEXT NOT NULL,"
     " release_name TEXT NOT NULL, boot TEXT NOT NULL, appraised BIGINT NOT NULL, next_due BIGINT NOT NULL,"
     " alarmed BIGINT NOT NULL, revision BIGINT NOT NULL, head BYTEA NOT NULL, log_size BIGINT NOT NULL);"
     "CREATE TABLE logs (host TEXT NOT NULL, at_byte BIGINT NOT NULL, bytes BYTEA NOT NULL, PRIMARY KEY (host, at_byte));"
     "CREATE TABLE challenges (host TEXT PRIMARY KEY, id TEXT NOT NULL, nonce BYTEA NOT NULL, boot TEXT NOT NULL,"
     " log_offset BIGINT NOT NULL, expires BIGINT NOT NULL);"
     "CREATE TABLE verdicts (host TEXT NOT NULL, number BIGINT NOT NULL, at BIGINT NOT NULL, verdict TEXT NOT NULL,"
     " state TEXT NOT NULL, release_name TEXT NOT NULL, boot TEXT NOT NULL, reasons TEXT NOT NULL, evidence TEXT NOT NULL,"
     " PRIMARY KEY (host, number));"
     "CREATE TABLE releases (name TEXT PRIMARY KEY, serial BIGINT NOT NULL, state TEXT NOT NULL, file BYTEA NOT NULL,"
     " signature BYTEA NOT NULL, key_id TEXT NOT NULL, imported BIGINT NOT NULL);"
     "CREATE TABLE assignments (scope TEXT PRIMARY KEY, release_name TEXT NOT NULL)"},

    /* 3: the audit log; its head says how far it goes, signed by the verifier */
    {.everywhere =
     "CREATE TABLE audit (seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,"
     " subject TEXT NOT NULL, detail TEXT NOT NULL, hash BYTEA NOT NULL);"
     "CREATE TABLE audit_head (id BIGINT PRIMARY KEY, seq BIGINT NOT NULL, hash BYTEA NOT NULL, at BIGINT NOT NULL,"
     " signature BYTEA NOT NULL);"
     "CREATE INDEX audit_subject ON audit (subject)"},

    /* 4: open challenges are kept in memory */
    {.everywhere = "DROP TABLE challenges"},

    /* 5: forgetting old verdicts looks at no others */
    {.everywhere = "CREATE INDEX verdicts_at ON verdicts (at)"},

    /* 6: one host for each endorsement key, in whichever template it is shown (SCHEMA_EK_KEY) */
    {.everywhere =
     "DROP INDEX hosts_ek;"
     "CREATE UNIQUE INDEX hosts_ek ON hosts (" SCHEMA_EK_KEY("ek_public") ") WHERE state <> 'retired'"},

    /* 7: a verdict is the first of a run of equal ones (history.c); those from before are runs of one each */
    {.everywhere =
     "ALTER TABLE appraisals ADD COLUMN outcome BYTEA NOT NULL DEFAULT '';"
     "ALTER TABLE verdicts ADD COLUMN until BIGINT NOT NULL DEFAULT 0;"
     "DROP INDEX verdicts_at;"
     "UPDATE verdicts SET until = at WHERE number < (SELECT number FROM appraisals WHERE host = verdicts.host);"
     "CREATE UNIQUE INDEX verdicts_open ON verdicts (host) WHERE until = 0;"
     "CREATE INDEX verdicts_ended ON verdicts (until) WHERE until > 0"},

    /* 8: each appraisal reads the log and writes the head. LZ4 unpacks a log in a quarter of the time of PostgreSQL's own
     * compression, where the server was built with it (PostgreSQL's manual, ALTER TABLE, SET COMPRESSION); and a page has room
     * for a row's next version, so that mostly no index changes with it (the same, "Heap-Only Tuples"). */
    {.compressing =
     "DO $$ BEGIN"
     " ALTER TABLE logs ALTER COLUMN bytes SET COMPRESSION lz4;"
     " ALTER TABLE appraisals ALTER COLUMN head SET COMPRESSION lz4;"
     " EXCEPTION WHEN feature_not_supported THEN NULL; END $$;"
     "ALTER TABLE appraisals SET (fillfactor = 50)"},
};
#define STEP_COUNT ((int64_t)(sizeof steps / sizeof steps[0]))

int64_t schema_newest(void)
{
    return STEP_COUNT;
}

static bool read_version(struct db *db, int64_t *version)
{
    struct db_rows rows;
    bool good = db_run(db, "SELECT version FROM schema_version", NULL, 0, &rows);
    *version = good && rows.count > 0 ? db_cell_integer(&rows, 0, 0) : 0;
    db_rows_free(&rows);
    return good;
}

static bool run_step(struct db *db, const struct step *step)
{
    return (step->everywhere == NULL || db->driver->script(db, step->everywhere)) &&
           (step->compressing == NULL || !db->driver->compresses || db->driver->script(db, step->compressing));
}

/* Takes the next step if there is one; `version` is where the database stands then. */
static bool take_step(struct db *db, int64_t *version)
{
    if (!db_begin(db))
        return false;
    bool good = read_version(db, version);
    if (good && *version < STEP_COUNT) {
        good = db->driver->script(db, db->driver->patience) && run_step(db, &steps[*version]) &&
               DB_RUN(db, NULL, "UPDATE schema_version SET version = $1", db_integer(*version + 1));
        *version += 1;
    }
    good = good && db_commit(db);
    if (!good)
        db_rollback(db);
    return good;
}

static bool refuse_newer(struct db *db, int64_t version)
{
    if (version > STEP_COUNT)
        snprintf(db->error, sizeof db->error, "the database is of version %lld, this verifier knows %lld",
                 (long long)version, (long long)STEP_COUNT);
    return version <= STEP_COUNT;
}

bool schema_check(struct db *db)
{
    int64_t version;
    return read_version(db, &version) && refuse_newer(db, version);
}

bool schema_migrate(struct db *db)
{
    int64_t version = 0;
    if (!db->driver->script(db, "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)") ||
        !db->driver->script(db, "INSERT INTO schema_version SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM schema_version)") ||
        !read_version(db, &version) || !refuse_newer(db, version))
        return false;
    while (version < STEP_COUNT)
        if (!take_step(db, &version))
            return false;
    return true;
}
