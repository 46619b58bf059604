/* SPDX-License-Identifier: Apache-2.0 */
/* Join tokens, pins, and enrolments under way. */
#include "attest/verifier/join.h"

#include "attest/verifier/schema.h"

#include <stdio.h>

bool join_create_token(struct db *db, const uint8_t hash[HASH_SHA256_SIZE], const char *asset, int64_t now, int64_t expires)
{
    return DB_RUN(db, NULL,
                  "INSERT INTO tokens (hash, asset, created, expires, host, ek_hash, used) VALUES ($1, $2, $3, $4, $5, $6, 0)",
                  db_blob(hash, HASH_SHA256_SIZE), db_text(asset), db_integer(now), db_integer(expires), db_text(""),
                  db_blob("", 0));
}

json_t *join_list_tokens(struct db *db, int64_t now)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows,
                       "SELECT asset, created, expires, host FROM tokens WHERE used = 0 AND expires > $1 ORDER BY created",
                       db_integer(now));
    json_t *list = good ? json_array() : NULL;
    for (size_t i = 0; list != NULL && i < rows.count; i++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:b}", "asset", db_cell_text(&rows, i, 0), "created",
                                              (json_int_t)db_cell_integer(&rows, i, 1), "expires",
                                              (json_int_t)db_cell_integer(&rows, i, 2), "begun",
                                              db_cell(&rows, i, 3)->size > 0));
    db_rows_free(&rows);
    return list;
}

int join_check_token(struct db *db, const uint8_t hash[HASH_SHA256_SIZE], const char *asset, int64_t now)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT 1 FROM tokens WHERE hash = $1 AND asset = $2 AND expires > $3 AND used = 0",
                       db_blob(hash, HASH_SHA256_SIZE), db_text(asset), db_integer(now));
    int outcome = !good ? -1 : rows.count == 1;
    db_rows_free(&rows);
    return outcome;
}

int join_read_pin(struct db *db, const char *asset, uint8_t ek_hash[HASH_SHA256_SIZE])
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT ek_hash FROM pins WHERE asset = $1", db_text(asset));
    int outcome = !good ? -1 : rows.count == 1 && db_cell(&rows, 0, 0)->size == HASH_SHA256_SIZE;
    if (outcome == 1)
        memcpy(ek_hash, db_cell(&rows, 0, 0)->bytes, HASH_SHA256_SIZE);
    db_rows_free(&rows);
    return outcome;
}

bool join_set_pin(struct db *db, const char *asset, const uint8_t ek_hash[HASH_SHA256_SIZE], int64_t now)
{
    return DB_RUN(db, NULL,
                  "INSERT INTO pins (asset, ek_hash, created) VALUES ($1, $2, $3)"
                  " ON CONFLICT (asset) DO UPDATE SET ek_hash = excluded.ek_hash, created = excluded.created",
                  db_text(asset), db_blob(ek_hash, HASH_SHA256_SIZE), db_integer(now));
}

json_t *join_list_pins(struct db *db)
{
    struct db_rows rows;
    bool good = db_run(db, "SELECT asset, ek_hash, created FROM pins ORDER BY asset", NULL, 0, &rows);
    json_t *list = good ? json_array() : NULL;
    for (size_t i = 0; list != NULL && i < rows.count; i++) {
        char hash[2 * HASH_SHA256_SIZE + 1] = "";
        if (db_cell(&rows, i, 1)->size == HASH_SHA256_SIZE)
            hash_to_hex(db_cell(&rows, i, 1)->bytes, HASH_SHA256_SIZE, hash);
        json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "asset", db_cell_text(&rows, i, 0), "ek_sha256", hash,
                                              "created", (json_int_t)db_cell_integer(&rows, i, 2)));
    }
    db_rows_free(&rows);
    return list;
}

/* Whether a statement that finds conflicts found one. */
static bool finds(bool run, struct db_rows *rows, bool *found)
{
    *found = run && rows->count > 0;
    db_rows_free(rows);
    return run;
}

/* Neither the TPM nor the asset may belong to a host that is not retired. */
static bool check_free(struct db *db, const struct enrolment *enrolment, enum join_outcome *outcome)
{
    struct db_rows rows;
    bool taken = false;
    if (!finds(DB_RUN(db, &rows,
                      "SELECT 1 FROM hosts WHERE " SCHEMA_EK_KEY("ek_public") " = " SCHEMA_EK_KEY("$1")
                      " AND state <> 'retired'", db_blob(enrolment->ek_public, enrolment->ek_size)), &rows, &taken))
        return false;
    if (taken)
        *outcome = JOIN_EK_TAKEN;
    if (!finds(DB_RUN(db, &rows, "SELECT 1 FROM hosts WHERE asset = $1 AND state <> 'retired'", db_text(enrolment->asset)),
               &rows, &taken))
        return false;
    if (taken)
        *outcome = JOIN_ASSET_TAKEN;
    return true;
}

static bool claim_token(struct db *db, const struct enrolment *enrolment, int64_t now, enum join_outcome *outcome)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows,
                       "UPDATE tokens SET host = $1, ek_hash = $2 WHERE hash = $3 AND asset = $4 AND expires > $5"
                       " AND used = 0 AND (host = '' OR ek_hash = $2)",
                       db_text(enrolment->host), db_blob(enrolment->ek_hash, HASH_SHA256_SIZE),
                       db_blob(enrolment->token, HASH_SHA256_SIZE), db_text(enrolment->asset), db_integer(now));
    if (good && rows.changed != 1)
        *outcome = JOIN_TOKEN_GONE;
    db_rows_free(&rows);
    return good;
}

bool join_begin(struct db *db, const struct enrolment *e, int64_t now, enum join_outcome *outcome)
{
    *outcome = JOIN_DONE;
    if (!check_free(db, e, outcome) || (*outcome == JOIN_DONE && !claim_token(db, e, now, outcome)))
        return false;
    if (*outcome != JOIN_DONE)
        return true;
    return DB_RUN(db, NULL, "DELETE FROM enrolments WHERE token = $1", db_blob(e->token, HASH_SHA256_SIZE)) &&
           DB_RUN(db, NULL,
                  "INSERT INTO enrolments (host, token, asset, ek_public, ek_hash, ek_trust, ak_public, csr, secret, nonce,"
                  " expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                  db_text(e->host), db_blob(e->token, HASH_SHA256_SIZE), db_text(e->asset),
                  db_blob(e->ek_public, e->ek_size), db_blob(e->ek_hash, HASH_SHA256_SIZE), db_text(e->ek_trust),
                  db_blob(e->ak_public, e->ak_size), db_blob(e->csr, e->csr_size),
                  db_blob(e->secret, CREDENTIAL_SECRET_SIZE), db_blob(e->nonce, sizeof e->nonce), db_integer(e->expires));
}

/* A blob of at most `most` bytes; its size, 0 when it does not fit. */
static uint16_t take(const struct db_rows *rows, size_t column, void *to, size_t most)
{
    const struct db_value *cell = db_cell(rows, 0, column);
    if (cell->kind != DB_BLOB || cell->size > most)
        return 0;
    memcpy(to, cell->bytes, cell->size);
    return (uint16_t)cell->size;
}

int join_read(struct db *db, const char *host, int64_t now, struct enrolment *e)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows,
                       "SELECT host, token, asset, ek_public, ek_hash, ek_trust, ak_public, csr, secret, nonce, expires"
                       " FROM enrolments WHERE host = $1 AND expires > $2", db_text(host), db_integer(now));
    int outcome = !good ? -1 : rows.count == 1;
    *e = (struct enrolment){0};
    if (outcome == 1) {
        snprintf(e->host, sizeof e->host, "%s", db_cell_text(&rows, 0, 0));
        take(&rows, 1, e->token, sizeof e->token);
        snprintf(e->asset, sizeof e->asset, "%s", db_cell_text(&rows, 0, 2));
        e->ek_size = take(&rows, 3, e->ek_public, sizeof e->ek_public);
        take(&rows, 4, e->ek_hash, sizeof e->ek_hash);
        snprintf(e->ek_trust, sizeof e->ek_trust, "%s", db_cell_text(&rows, 0, 5));
        e->ak_size = take(&rows, 6, e->ak_public, sizeof e->ak_public);
        e->csr_size = take(&rows, 7, e->csr, sizeof e->csr);
        take(&rows, 8, e->secret, sizeof e->secret);
        take(&rows, 9, e->nonce, sizeof e->nonce);
        e->expires = db_cell_integer(&rows, 0, 10);
    }
    db_rows_free(&rows);
    return outcome;
}

/* An enrolment that was activated before: its host gets another ticket while nobody has decided about it. *found: it was. */
static bool activate_again(struct db *db, const struct enrolment *e, const uint8_t ticket_hash[HASH_SHA256_SIZE], bool *found,
                           enum join_outcome *outcome)
{
    struct db_rows rows;
    if (!finds(DB_RUN(db, &rows, "SELECT 1 FROM hosts WHERE id = $1", db_text(e->host)), &rows, found))
        return false;
    if (!*found)
        return true;
    bool good = DB_RUN(db, &rows, "UPDATE hosts SET ticket_hash = $1 WHERE id = $2 AND state = 'pending'",
                       db_blob(ticket_hash, HASH_SHA256_SIZE), db_text(e->host));
    if (good)
        *outcome = rows.changed == 1 ? JOIN_AGAIN : JOIN_DECIDED;
    db_rows_free(&rows);
    return good;
}

bool join_finish(struct db *db, const struct enrolment *e, const uint8_t ticket_hash[HASH_SHA256_SIZE], int64_t now,
                 enum join_outcome *outcome)
{
    bool before;
    *outcome = JOIN_DONE;
    if (!activate_again(db, e, ticket_hash, &before, outcome) || (!before && !check_free(db, e, outcome)))
        return false;
    if (*outcome != JOIN_DONE)
        return true;
    return DB_RUN(db, NULL, "UPDATE tokens SET used = $1 WHERE hash = $2", db_integer(now),
                  db_blob(e->token, HASH_SHA256_SIZE)) &&
           DB_RUN(db, NULL,
                  "INSERT INTO hosts (id, asset, state, state_reason, state_since, group_name, ek_public, ek_hash, ek_trust,"
                  " ak_public, csr, ticket_hash, certificate, certificate_hash, enrolled, approved, approved_by)"
                  " VALUES ($1, $2, 'pending', 'enrolled, not approved', $3, '', $4, $5, $6, $7, $8, $9, '', $10, $3, 0, '')",
                  db_text(e->host), db_text(e->asset), db_integer(now), db_blob(e->ek_public, e->ek_size),
                  db_blob(e->ek_hash, HASH_SHA256_SIZE), db_text(e->ek_trust), db_blob(e->ak_public, e->ak_size),
                  db_blob(e->csr, e->csr_size), db_blob(ticket_hash, HASH_SHA256_SIZE), db_blob("", 0));
}

bool join_prune(struct db *db, int64_t now)
{
    return DB_RUN(db, NULL, "DELETE FROM tokens WHERE expires <= $1 AND used = 0", db_integer(now)) &&
           DB_RUN(db, NULL, "DELETE FROM enrolments WHERE expires <= $1", db_integer(now));
}
