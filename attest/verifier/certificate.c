/* SPDX-License-Identifier: Apache-2.0 */
/* The list of people's certificates. */
#include "attest/verifier/certificate.h"

bool certificate_add(struct db *db, const uint8_t hash[HASH_SHA256_SIZE], const char *role, const char *name, int64_t now,
                     int64_t not_after)
{
    return DB_RUN(db, NULL,
                  "INSERT INTO certificates (hash, role, name, issued, not_after, revoked) VALUES ($1, $2, $3, $4, $5, 0)",
                  db_blob(hash, HASH_SHA256_SIZE), db_text(role), db_text(name), db_integer(now), db_integer(not_after));
}

int certificate_check(struct db *db, const uint8_t hash[HASH_SHA256_SIZE], const char *role)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT 1 FROM certificates WHERE hash = $1 AND role = $2 AND revoked = 0",
                       db_blob(hash, HASH_SHA256_SIZE), db_text(role));
    int outcome = !good ? -1 : rows.count == 1;
    db_rows_free(&rows);
    return outcome;
}

bool certificate_revoke(struct db *db, const char *name, int64_t now, uint64_t *count)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "UPDATE certificates SET revoked = $1 WHERE name = $2 AND revoked = 0", db_integer(now),
                       db_text(name));
    *count = rows.changed;
    db_rows_free(&rows);
    return good;
}

json_t *certificate_list(struct db *db)
{
    struct db_rows rows;
    bool good = db_run(db, "SELECT name, role, issued, not_after, revoked FROM certificates ORDER BY issued", NULL, 0, &rows);
    json_t *list = good ? json_array() : NULL;
    for (size_t i = 0; list != NULL && i < rows.count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I, s:I}", "name", db_cell_text(&rows, i, 0), "role",
                                              db_cell_text(&rows, i, 1), "issued",
                                              (json_int_t)db_cell_integer(&rows, i, 2), "not_after",
                                              (json_int_t)db_cell_integer(&rows, i, 3), "revoked",
                                              (json_int_t)db_cell_integer(&rows, i, 4)));
    db_rows_free(&rows);
    return list;
}
