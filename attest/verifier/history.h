/* SPDX-License-Identifier: Apache-2.0 */
/* The history of a host's verdicts: a row for each run of appraisals that ended alike. A host that stays as it is adds none,
 * whatever its interval. */
#ifndef ATTEST_VERIFIER_HISTORY_H
#define ATTEST_VERIFIER_HISTORY_H

#include "attest/verifier/memory.h"

/* SHA-256 of everything that is kept of a verdict but its times and its evidence: alike is what has the same one. */
void history_outcome(const struct memory_verdict *verdict, uint8_t outcome[HASH_SHA256_SIZE]);

/* Whether the verdict goes on with the run of the host's last one: it is alike, and nobody has put the host in another state
 * meanwhile (an alarm about overdue evidence, an operator). */
bool history_continues(const struct host *before, const struct memory_verdict *verdict);

/* Begins a run with the host's appraisal `number`; there must be no open one. */
bool history_begin(struct db *db, const char *host, int64_t number, const struct memory_verdict *verdict);

/* Ends the open run: its last appraisal was at `until`. */
bool history_end(struct db *db, const char *host, int64_t until);

/* The last `limit` runs, the newest first; NULL when the database failed. */
json_t *history_read(struct db *db, const char *host, int64_t limit, bool with_evidence);

/* Forgets runs that ended before `before`, the oldest first, at most HISTORY_PRUNE_MAX at a time, so that who waits for the
 * writer does not notice. A host's open run stays. */
#define HISTORY_PRUNE_MAX 1000
bool history_prune(struct db *db, int64_t before, uint64_t *removed);

#endif
