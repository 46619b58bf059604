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

int host_read_ticket(struct db *db, const char *id, const uint8_t ticket_hash[HASH_SHA256_SIZE], enum host_state *state,
                     char *pem, size_t pem_size)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT state, certificate FROM hosts WHERE id = $1 AND ticket_hash = $2", db_text(id),
                       db_blob(ticket_hash, HASH_SHA256_SIZE));
    int outcome = !good ? -1 : rows.count == 1 && host_state_read(db_cell_text(&rows, 0, 0), state);
    if (outcome == 1)
        snprintf(pem, pem_size, "%s", db_cell_text(&rows, 0, 1));
    db_rows_free(&rows);
    return outcome;
}
