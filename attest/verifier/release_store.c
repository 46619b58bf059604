/* SPDX-License-Identifier: Apache-2.0 */
/* Stores releases and whom they are meant for. */
#include "attest/verifier/release_store.h"

#include "attest/lib/hash.h"
#include "attest/lib/release.h"

#include <stdio.h>

static const char *const state_names[RELEASE_STATES] = {"imported", "active", "deprecated", "revoked"};

const char *release_state_name(enum release_state state)
{
    return state_names[state];
}

bool release_state_read(const char *name, enum release_state *state)
{
    for (unsigned i = 0; i < RELEASE_STATES; i++)
        if (strcmp(name, state_names[i]) == 0) {
            *state = (enum release_state)i;
            return true;
        }
    return false;
}

int release_find(struct db *db, const char *name, enum release_state *state)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT state FROM releases WHERE name = $1", db_text(name));
    int outcome = !good ? -1 : rows.count == 1 && release_state_read(db_cell_text(&rows, 0, 0), state);
    db_rows_free(&rows);
    return outcome;
}

bool release_add(struct db *db, const char *name, uint64_t serial, const char *file, size_t size, const uint8_t *signature,
                 size_t signature_size, const char *key_id, int64_t now)
{
    return DB_RUN(db, NULL,
                  "INSERT INTO releases (name, serial, state, file, signature, key_id, imported)"
                  " VALUES ($1, $2, 'imported', $3, $4, $5, $6)",
                  db_text(name), db_integer((int64_t)serial), db_blob(file, size), db_blob(signature, signature_size),
                  db_text(key_id), db_integer(now));
}

bool release_set_state(struct db *db, const char *name, enum release_state state)
{
    return DB_RUN(db, NULL, "UPDATE releases SET state = $1 WHERE name = $2", db_text(state_names[state]), db_text(name));
}

/* What the scope pointed at before. */
static bool read_assigned(struct db *db, const char *scope, char *name)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT release_name FROM assignments WHERE scope = $1", db_text(scope));
    snprintf(name, RELEASE_NAME_MAX + 1, "%s", good && rows.count > 0 ? db_cell_text(&rows, 0, 0) : "");
    db_rows_free(&rows);
    return good;
}

/* Deprecates an active release that no scope points at any more; empties `name` when there was nothing to do. */
static bool retire_unassigned(struct db *db, char *name)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows,
                       "UPDATE releases SET state = 'deprecated' WHERE name = $1 AND state = 'active'"
                       " AND NOT EXISTS (SELECT 1 FROM assignments WHERE release_name = $1)", db_text(name));
    if (good && rows.changed != 1)
        name[0] = '\0';
    db_rows_free(&rows);
    return good;
}

bool release_assign(struct db *db, const char *scope, const char *name, char *retired)
{
    return read_assigned(db, scope, retired) &&
           DB_RUN(db, NULL, "INSERT INTO assignments (scope, release_name) VALUES ($1, $2)"
                            " ON CONFLICT (scope) DO UPDATE SET release_name = excluded.release_name",
                  db_text(scope), db_text(name)) &&
           release_set_state(db, name, RELEASE_ACTIVE) && retire_unassigned(db, retired);
}

json_t *release_list(struct db *db)
{
    struct db_rows rows;
    bool good = db_run(db, "SELECT name, serial, state, key_id, imported FROM releases ORDER BY imported, name", NULL, 0,
                       &rows);
    json_t *list = good ? json_array() : NULL;
    for (size_t i = 0; list != NULL && i < rows.count; i++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:s, s:I}", "name", db_cell_text(&rows, i, 0), "serial",
                                              (json_int_t)db_cell_integer(&rows, i, 1), "state",
                                              db_cell_text(&rows, i, 2), "key_id", db_cell_text(&rows, i, 3), "imported",
                                              (json_int_t)db_cell_integer(&rows, i, 4)));
    db_rows_free(&rows);
    return list;
}

json_t *release_assignments(struct db *db)
{
    struct db_rows rows;
    bool good = db_run(db, "SELECT scope, release_name FROM assignments ORDER BY scope", NULL, 0, &rows);
    json_t *list = good ? json_array() : NULL;
    for (size_t i = 0; list != NULL && i < rows.count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "scope", db_cell_text(&rows, i, 0), "release",
                                              db_cell_text(&rows, i, 1)));
    db_rows_free(&rows);
    return list;
}

int release_export(struct db *db, const char *name, json_t **json)
{
    struct db_rows rows;
    bool good = DB_RUN(db, &rows, "SELECT file, signature, state, key_id FROM releases WHERE name = $1", db_text(name));
    int outcome = !good ? -1 : rows.count == 0 ? 0 : db_cell(&rows, 0, 1)->size == RELEASE_SIGNATURE_SIZE ? 1 : -1;
    *json = NULL;
    if (outcome == 1) {
        char signature[2 * RELEASE_SIGNATURE_SIZE + 1];
        hash_to_hex(db_cell(&rows, 0, 1)->bytes, RELEASE_SIGNATURE_SIZE, signature);
        *json = json_pack("{s:s, s:s, s:s, s:s, s:s%}", "name", name, "state", db_cell_text(&rows, 0, 2), "key_id",
                          db_cell_text(&rows, 0, 3), "signature", signature, "file",
                          (const char *)db_cell(&rows, 0, 0)->bytes, db_cell(&rows, 0, 0)->size);
    }
    db_rows_free(&rows);
    return outcome;
}
