/* SPDX-License-Identifier: Apache-2.0 */
/* The tables, and how an older database becomes today's. */
#ifndef ATTEST_VERIFIER_SCHEMA_H
#define ATTEST_VERIFIER_SCHEMA_H

#include "attest/verifier/db.h"

/* Brings the database to the newest version, each step in a transaction of its own. False, the reason in db->error, when
 * a step fails or the database was written by a newer verifier. */
bool schema_migrate(struct db *db);

/* Changes nothing. False, the reason in db->error, when there are no tables, or those of a newer verifier. */
bool schema_check(struct db *db);

/* The version this program writes. */
int64_t schema_newest(void);

/* SQL for what tells an endorsement key from all others, whatever template it is shown in: the end of its TPM2B_PUBLIC
 * (public_read_ek() takes one spelling), where the low bytes of an RSA modulus are, or x and y of a P-256 point, or y and a
 * part of x of a P-384 point. substr() counts from 1, in bytes. */
#define SCHEMA_EK_KEY(column) "substr(" column ", length(" column ") - 67)"

#endif
