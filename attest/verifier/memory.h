/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier remembers of a host between appraisals: struct appraise_state, and the last verdict. */
#ifndef ATTEST_VERIFIER_MEMORY_H
#define ATTEST_VERIFIER_MEMORY_H

#include "attest/lib/state.h"
#include "attest/verifier/host.h"

/* Reads the state; state_free() releases it. False: the database failed, or holds bytes that are no state. */
bool memory_read(struct db *db, const char *host, struct appraise_state *state);

/* The outcome of an appraisal, as stored. Texts are the caller's. */
struct memory_verdict {
    const char *verdict;
    const char *release;
    const char *boot;
    const char *reasons;  /* JSON array */
    const char *evidence; /* JSON object, kept for later; "" most of the time: docs/verifier.md, retention */
    enum host_state state; /* of the host, afterwards */
    int64_t at, next_due;
};

/* A host's first row. */
bool memory_create(struct db *db, const char *host, const struct appraise_state *state, const struct memory_verdict *verdict);

/* Stores state and verdict over what `before` showed, unless someone else has changed it since: then *changed is false and
 * nothing is written. */
bool memory_write(struct db *db, const struct host *before, const struct appraise_state *state,
                  const struct memory_verdict *verdict, bool *changed);

/* The state alone (an approval); as memory_write(). The next evidence is due at `next_due`. */
bool memory_write_state(struct db *db, const struct host *before, const struct appraise_state *state, int64_t next_due,
                        bool *changed);

/* Marks that the alarm about overdue evidence was raised. */
bool memory_set_alarmed(struct db *db, const char *host, int64_t now);

#endif
