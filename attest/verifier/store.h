/* SPDX-License-Identifier: Apache-2.0 */
/* Where the verifier keeps everything: one writer, a few readers. What is stored is in the files beside it (host.h, audit.h,
 * ...), as functions over one connection; they run in a job of the writer or on a borrowed reader. */
#ifndef ATTEST_VERIFIER_STORE_H
#define ATTEST_VERIFIER_STORE_H

#include "attest/verifier/writer.h"

#define STORE_READERS 8u

struct store;

/* Opens the database (db_open), brings it to the newest version, starts the writer and connects the readers. NULL with the
 * reason in `error`. */
struct store *store_open(const char *where, writer_seal *seal, void *seal_context, char *error, size_t error_size);
void store_close(struct store *store);

/* writer_run(). */
bool store_write(struct store *store, writer_job *job, void *context);

/* A connection to read with, until it is given back; waits for a free one. */
struct db *store_borrow(struct store *store);
void store_return(struct store *store, struct db *db);

struct writer_counts store_counts(struct store *store);

#endif
