/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of people: one that is not listed here, or is revoked, opens nothing, whoever signed it. (An agent's stands
 * in its host's row.) */
#ifndef ATTEST_VERIFIER_CERTIFICATE_H
#define ATTEST_VERIFIER_CERTIFICATE_H

#include "attest/lib/hash.h"
#include "attest/verifier/db.h"

#include <jansson.h>

bool certificate_add(struct db *db, const uint8_t hash[HASH_SHA256_SIZE], const char *role, const char *name, int64_t now,
                     int64_t not_after);

/* 1: listed with this role and not revoked. 0: not. -1: the database failed. */
int certificate_check(struct db *db, const uint8_t hash[HASH_SHA256_SIZE], const char *role);

/* Revokes all certificates of this name; *count says how many there were. */
bool certificate_revoke(struct db *db, const char *name, int64_t now, uint64_t *count);

json_t *certificate_list(struct db *db);

#endif
