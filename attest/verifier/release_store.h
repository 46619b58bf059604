/* SPDX-License-Identifier: Apache-2.0 */
/* Releases as they are stored: the signed file as it came, its state, and who is meant to run it. */
#ifndef ATTEST_VERIFIER_RELEASE_STORE_H
#define ATTEST_VERIFIER_RELEASE_STORE_H

#include "attest/lib/release.h"
#include "attest/verifier/db.h"

#include <jansson.h>

const char *release_state_name(enum release_state state);

bool release_state_read(const char *name, enum release_state *state);

/* 1: there is one of this name; its state. 0: there is none. -1: the database failed. */
int release_find(struct db *db, const char *name, enum release_state *state);

bool release_add(struct db *db, const char *name, uint64_t serial, const char *file, size_t size, const uint8_t *signature,
                 size_t signature_size, const char *key_id, int64_t now);

bool release_set_state(struct db *db, const char *name, enum release_state state);

/* `scope`: "all", "group:NAME" or "host:ID". A release that this leaves without any scope becomes deprecated: hosts that still
 * run it get a warning until they follow. Its name goes to `retired` (room for 65 bytes; "": none). */
bool release_assign(struct db *db, const char *scope, const char *name, char *retired);

json_t *release_list(struct db *db);
/* [{"scope", "release"}]. */
json_t *release_assignments(struct db *db);

/* The file's bytes as they were signed, and the signature in hex. 1: *json, or NULL without memory. 0: there is no such
 * release. -1: the database failed, or holds a signature that is none. */
int release_export(struct db *db, const char *name, json_t **json);

#endif
