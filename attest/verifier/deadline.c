/* SPDX-License-Identifier: Apache-2.0 */
/* A list of connections with their deadlines, and the thread that walks it. */
#include "attest/verifier/deadline.h"

#include "attest/verifier/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

struct deadlines {
    pthread_t thread;
    pthread_mutex_t lock; /* over everything below, and all deadlines */
    pthread_cond_t stop;
    bool stopping;
    struct deadline ring; /* the list's anchor */
    atomic_ullong *count;
};

static int64_t monotonic(void)
{
    return clock_ms() / 1000;
}

/* shutdown() leaves the descriptor to its owner, who sees the end of the connection. */
static void cut_late(struct deadlines *deadlines)
{
    int64_t now = monotonic();
    for (struct deadline *at = deadlines->ring.next; at != &deadlines->ring; at = at->next)
        if (at->until < now) {
            at->until = INT64_MAX;
            shutdown(at->socket, SHUT_RDWR);
            atomic_fetch_add(deadlines->count, 1);
        }
}

static void *watch(void *argument)
{
    struct deadlines *deadlines = argument;
    pthread_mutex_lock(&deadlines->lock);
    while (!deadlines->stopping) {
        (void)clock_wait(&deadlines->stop, &deadlines->lock, clock_ms() + 1000);
        cut_late(deadlines);
    }
    pthread_mutex_unlock(&deadlines->lock);
    return NULL;
}

struct deadlines *deadlines_start(atomic_ullong *count)
{
    struct deadlines *deadlines = calloc(1, sizeof *deadlines);
    if (deadlines == NULL)
        return NULL;
    deadlines->count = count;
    deadlines->ring.next = deadlines->ring.previous = &deadlines->ring;
    pthread_mutex_init(&deadlines->lock, NULL);
    clock_condition_init(&deadlines->stop);
    if (pthread_create(&deadlines->thread, NULL, watch, deadlines) == 0)
        return deadlines;
    free(deadlines);
    return NULL;
}

void deadlines_stop(struct deadlines *deadlines)
{
    pthread_mutex_lock(&deadlines->lock);
    deadlines->stopping = true;
    pthread_cond_signal(&deadlines->stop);
    pthread_mutex_unlock(&deadlines->lock);
    pthread_join(deadlines->thread, NULL);
    free(deadlines);
}

void deadline_begin(struct deadlines *deadlines, struct deadline *deadline, int socket)
{
    pthread_mutex_lock(&deadlines->lock);
    *deadline = (struct deadline){socket, monotonic() + DEADLINE_RECEIVE_S, &deadlines->ring, deadlines->ring.next};
    deadline->next->previous = deadline;
    deadlines->ring.next = deadline;
    pthread_mutex_unlock(&deadlines->lock);
}

void deadline_end(struct deadlines *deadlines, struct deadline *deadline)
{
    pthread_mutex_lock(&deadlines->lock);
    deadline->previous->next = deadline->next;
    deadline->next->previous = deadline->previous;
    pthread_mutex_unlock(&deadlines->lock);
}

void deadline_extend(struct deadlines *deadlines, struct deadline *deadline, int64_t seconds)
{
    pthread_mutex_lock(&deadlines->lock);
    if (deadline->until != INT64_MAX)
        deadline->until = monotonic() + seconds;
    pthread_mutex_unlock(&deadlines->lock);
}

void deadline_shorten(struct deadlines *deadlines, struct deadline *deadline, int64_t seconds)
{
    pthread_mutex_lock(&deadlines->lock);
    int64_t until = monotonic() + seconds;
    if (deadline->until != INT64_MAX && deadline->until > until)
        deadline->until = until;
    pthread_mutex_unlock(&deadlines->lock);
}
