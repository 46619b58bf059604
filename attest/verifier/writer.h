/* SPDX-License-Identifier: Apache-2.0 */
/* The one thread that writes to the database. Jobs that wait at the same time share a transaction, so that a thousand
 * appraisals a second need no thousand fsyncs; a caller goes on when its job's transaction is durable. */
#ifndef ATTEST_VERIFIER_WRITER_H
#define ATTEST_VERIFIER_WRITER_H

#include "attest/verifier/db.h"

#define WRITER_MAX_WAITING 4096u
#define WRITER_MAX_BATCH 256u

struct writer;

/* One caller's work within a transaction. Returns false when the database failed; what else went wrong is for `context` to
 * say, and is committed like anything else. It may run twice: when a batch fails, each of its jobs is tried alone. */
typedef bool writer_job(struct db *db, void *context);

/* Runs before each commit of a transaction that appended to the audit log (db->audited). */
typedef bool writer_seal(struct db *db, void *context);

/* Starts the thread; it owns `db` until writer_stop(). NULL: no memory or no thread. */
struct writer *writer_start(struct db *db, writer_seal *seal, void *seal_context);

/* Runs `job` and returns when its transaction is on the disk: true. False: nothing of it was kept, because the database
 * failed or more than WRITER_MAX_WAITING jobs wait; or the connection to the database was lost at the commit, and nobody
 * knows. */
bool writer_run(struct writer *writer, writer_job *job, void *context);

/* Finishes what waits and ends the thread; the database stays open. */
void writer_stop(struct writer *writer);

struct writer_counts {
    uint64_t jobs, commits, failures, refused;
    uint32_t waiting;
};
struct writer_counts writer_counts(struct writer *writer);

/* The same in one thread, for the command line: begin, job, seal, commit. */
bool writer_once(struct db *db, writer_job *job, void *context, writer_seal *seal, void *seal_context);

#endif
