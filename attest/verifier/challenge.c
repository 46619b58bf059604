/* SPDX-License-Identifier: Apache-2.0 */
/* Stores challenges, and hands each out once. */
#include "attest/verifier/challenge.h"

#include <stdio.h>

bool challenge_store(struct db *db, const char *host, const struct challenge *challenge)
{
    return DB_RUN(db, NULL,
                  "INSERT INTO challenges (host, id, nonce, boot, log_offset, expires) VALUES ($1, $2, $3, $4, $5, $6)"
                  " ON CONFLICT (host) DO UPDATE SET id = excluded.id, nonce = excluded.nonce, boot = excluded.boot,"
                  " log_offset = excluded.log_offset, expires = excluded.expires",
                  db_text(host), db_text(challenge->id), db_blob(challenge->nonce, sizeof challenge->nonce),
                  db_text(challenge->boot), db_integer(challenge->log_offset), db_integer(challenge->expires));
}

int challenge_read(struct db *db, const char *host, const char *id, int64_t now, struct challenge *challenge)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows,
                       "SELECT id, nonce, boot, log_offset, expires FROM challenges WHERE host = $1 AND id = $2"
                       " AND expires > $3", db_text(host), db_text(id), db_integer(now));
    int outcome = !good ? -1 : rows.count == 1 && db_cell(&rows, 0, 1)->size == sizeof challenge->nonce;
    *challenge = (struct challenge){0};
    if (outcome == 1) {
        snprintf(challenge->id, sizeof challenge->id, "%s", db_cell_text(&rows, 0, 0));
        memcpy(challenge->nonce, db_cell(&rows, 0, 1)->bytes, sizeof challenge->nonce);
        snprintf(challenge->boot, sizeof challenge->boot, "%s", db_cell_text(&rows, 0, 2));
        challenge->log_offset = db_cell_integer(&rows, 0, 3);
        challenge->expires = db_cell_integer(&rows, 0, 4);
    }
    db_rows_free(&rows);
    return outcome;
}

bool challenge_take(struct db *db, const char *host, const char *id, bool *taken)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "DELETE FROM challenges WHERE host = $1 AND id = $2", db_text(host), db_text(id));
    *taken = good && rows.changed == 1;
    db_rows_free(&rows);
    return good;
}
