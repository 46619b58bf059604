/* SPDX-License-Identifier: Apache-2.0 */
/* What turns an enrolled host into an approved one: its request, its certificate, its ticket. */
#include "attest/verifier/host.h"

#include <stdio.h>

bool host_read_csr(struct db *db, const char *id, uint8_t *csr, size_t most, size_t *size)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT csr FROM hosts WHERE id = $1", db_text(id));
    *size = good && rows.count == 1 && db_cell(&rows, 0, 0)->size <= most ? db_cell(&rows, 0, 0)->size : 0;
    if (*size > 0)
        memcpy(csr, db_cell(&rows, 0, 0)->bytes, *size);
    db_rows_free(&rows);
    return good;
}

bool host_set_certificate(struct db *db, const char *id, const char *pem, const uint8_t hash[HASH_SHA256_SIZE],
                          const char *approved_by, int64_t now, bool *approved)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows,
                       "UPDATE hosts SET certificate = $1, certificate_hash = $2, approved_by = $3, approved = $4"
                       " WHERE id = $5 AND state = 'pending'",
                       db_text(pem), db_blob(hash, HASH_SHA256_SIZE), db_text(approved_by), db_integer(now), db_text(id));
    *approved = good && rows.changed == 1;
    db_rows_free(&rows);
    return good;
}

bool host_renew_certificate(struct db *db, const char *id, const uint8_t old[HASH_SHA256_SIZE], const char *pem,
                            const uint8_t hash[HASH_SHA256_SIZE], bool *renewed)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows,
                       "UPDATE hosts SET certificate = $1, certificate_hash = $2 WHERE id = $3 AND certificate_hash = $4"
                       " AND approved > 0 AND state NOT IN ('pending', 'retired')",
                       db_text(pem), db_blob(hash, HASH_SHA256_SIZE), db_text(id), db_blob(old, HASH_SHA256_SIZE));
    *renewed = good && rows.changed == 1;
    db_rows_free(&rows);
    return good;
}

int host_read_ticket(struct db *db, const char *id, struct host_ticket *ticket)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT state, certificate, ticket_hash, certificate_hash FROM hosts WHERE id = $1",
                       db_text(id));
    int outcome = !good ? -1 : rows.count == 1 && host_state_read(db_cell_text(&rows, 0, 0), &ticket->state) &&
                                   db_cell(&rows, 0, 2)->size == sizeof ticket->hash;
    if (outcome == 1) {
        snprintf(ticket->pem, sizeof ticket->pem, "%s", db_cell_text(&rows, 0, 1));
        memcpy(ticket->hash, db_cell(&rows, 0, 2)->bytes, sizeof ticket->hash);
        memset(ticket->certificate_hash, 0, sizeof ticket->certificate_hash);
        if (db_cell(&rows, 0, 3)->size == sizeof ticket->certificate_hash)
            memcpy(ticket->certificate_hash, db_cell(&rows, 0, 3)->bytes, sizeof ticket->certificate_hash);
    }
    db_rows_free(&rows);
    return outcome;
}
