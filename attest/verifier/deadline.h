/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts off connections that take too long, however busy they look: a client that sends a byte a second keeps any inactivity
 * timer quiet. */
#ifndef ATTEST_VERIFIER_DEADLINE_H
#define ATTEST_VERIFIER_DEADLINE_H

#include <stdatomic.h>
#include <stdint.h>

/* From a connection's start, or the end of its last request, to the end of the next request's body; where the connection may
 * idle longer, from the end of the next request's headers. */
#define DEADLINE_RECEIVE_S 30
/* From there to the end of the answer. */
#define DEADLINE_ANSWER_S 60

struct deadlines;

/* One connection's; embedded in whatever its owner keeps for it. */
struct deadline {
    int socket;
    int64_t until; /* seconds of the monotonic clock */
    struct deadline *previous, *next;
};

/* Starts the thread that looks once a second; counts what it cuts off in *count. NULL: no memory or thread. */
struct deadlines *deadlines_start(atomic_ullong *count);
void deadlines_stop(struct deadlines *deadlines);

/* Begins to watch a socket, for DEADLINE_RECEIVE_S; ends it. The socket must stay open in between. */
void deadline_begin(struct deadlines *deadlines, struct deadline *deadline, int socket);
void deadline_end(struct deadlines *deadlines, struct deadline *deadline);

/* Gives the connection `seconds` from now. */
void deadline_extend(struct deadlines *deadlines, struct deadline *deadline, int64_t seconds);

/* Gives it at most `seconds` from now. */
void deadline_shorten(struct deadlines *deadlines, struct deadline *deadline, int64_t seconds);

#endif
