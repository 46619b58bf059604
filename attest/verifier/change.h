/* SPDX-License-Identifier: Apache-2.0 */
/* A host's change of state: into its row and the audit log, in one transaction; and, once that is durable, to the outside. */
#ifndef ATTEST_VERIFIER_CHANGE_H
#define ATTEST_VERIFIER_CHANGE_H

#include "attest/verifier/host.h"
#include "attest/verifier/notifier.h"

struct change {
    const struct host *host; /* as it was */
    enum host_state before, after;
    const char *reason;
    const char *actor;  /* who caused it, as in the audit log */
    const char *action; /* what they did: "verdict", "approve", ... */
    const char *verdict, *release; /* "" when it is not about a verdict */
    int64_t at;
};

/* Within a transaction. */
bool change_store(struct db *db, const struct change *change);

/* After its commit. */
void change_announce(struct notifier *notifier, const struct change *change);

#endif
