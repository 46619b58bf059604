/* SPDX-License-Identifier: Apache-2.0 */
/* The watch looks once a second. Whether a host is stale does not depend on it: host_state_now(). */
#include "attest/verifier/watch.h"

#include "attest/verifier/change.h"
#include "attest/verifier/checkpoint.h"
#include "attest/verifier/clock.h"
#include "attest/verifier/history.h"
#include "attest/verifier/join.h"

#include <stdlib.h>

#define LOOK_EVERY_MS 1000
#define CHECKPOINT_EVERY_MS (60 * 1000)
#define PRUNE_EVERY_MS (3600 * 1000)
#define OVERDUE_REASON "evidence is overdue"

struct watch {
    struct verifier *verifier;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool stopping;
    int64_t heartbeat, prune, checkpoint; /* when next, by clock_ms(); 0: at once */
};

/* Hosts found overdue in one look, at most a thousand. */
struct overdue {
    struct host *hosts;
    size_t count, room;
    int64_t now;
};

static void note_overdue(void *context, const struct host *host)
{
    struct overdue *overdue = context;
    if (overdue->count == overdue->room) {
        size_t room = overdue->room * 2 + 16;
        struct host *hosts = realloc(overdue->hosts, room * sizeof *hosts);
        if (hosts == NULL)
            return;
        overdue->hosts = hosts;
        overdue->room = room;
    }
    overdue->hosts[overdue->count++] = *host;
}

static struct change overdue_change(const struct host *host, int64_t now)
{
    return (struct change){.host = host, .before = host->state, .after = HOST_STALE, .reason = OVERDUE_REASON,
                           .actor = "verifier", .action = "overdue", .verdict = host->verdict, .release = host->release,
                           .at = now};
}

/* Within the writer; a host whose evidence has arrived meanwhile is left out. */
static bool store_overdue(struct db *db, void *context)
{
    struct overdue *overdue = context;
    bool good = true;
    for (size_t i = 0; good && i < overdue->count; i++) {
        struct host *host = &overdue->hosts[i], newest;
        int found = host_read(db, host->id, &newest);
        good = found >= 0;
        if (found != 1 || newest.revision != host->revision || newest.state != host->state || newest.alarmed != 0) {
            host->id[0] = '\0';
            continue;
        }
        struct change change = overdue_change(host, overdue->now);
        good = memory_set_alarmed(db, host->id, overdue->now) && change_store(db, &change);
    }
    return good;
}

static void look_for_overdue(struct verifier *verifier, int64_t now, int64_t grace)
{
    struct overdue overdue = {.now = now};
    struct db *db = store_borrow(verifier->store);
    bool good = host_visit_overdue(db, now - grace, note_overdue, &overdue);
    store_return(verifier->store, db);
    if (good && overdue.count > 0 && store_write(verifier->store, store_overdue, &overdue))
        for (size_t i = 0; i < overdue.count; i++) {
            struct change change = overdue_change(&overdue.hosts[i], now);
            if (overdue.hosts[i].id[0] == '\0')
                continue;
            change_announce(verifier->notifier, &change);
            atomic_fetch_add(&verifier->metrics.overdue, 1);
        }
    free(overdue.hosts);
    if (good)
        atomic_store(&verifier->metrics.watched, now);
}

/* Whether it is time; then also sets the next time. */
static bool is_due(int64_t *next, int64_t every_ms)
{
    int64_t now = clock_ms();
    if (now < *next)
        return false;
    *next = now + every_ms;
    return true;
}

/* Whoever receives it can tell a silent fleet from a dead verifier. */
static void beat(struct watch *watch, int64_t now, int64_t every)
{
    /* An interval that was made shorter counts from now on. */
    if (watch->heartbeat > clock_ms() + every * 1000)
        watch->heartbeat = clock_ms() + every * 1000;
    if (every == 0 || !is_due(&watch->heartbeat, every * 1000))
        return;
    notifier_push(watch->verifier->notifier, json_pack("{s:s, s:I, s:I}", "event", "heartbeat", "at", (json_int_t)now,
                                                       "every_s", (json_int_t)every), NULL);
}

struct prune {
    int64_t now, history_days;
    uint64_t removed;
};

static bool prune(struct db *db, void *context)
{
    struct prune *limits = context;
    return join_prune(db, limits->now) &&
           history_prune(db, limits->now - limits->history_days * 86400, &limits->removed);
}

static void reload_releases(struct verifier *verifier)
{
    if (!release_book_is_out_of_date(verifier->book))
        return;
    struct db *db = store_borrow(verifier->store);
    (void)release_book_load(verifier->book, db);
    store_return(verifier->store, db);
}

static void look(struct watch *watch)
{
    int64_t now = verifier_now();
    struct settings settings = verifier_settings(watch->verifier);
    look_for_overdue(watch->verifier, now, settings.grace_s);
    reload_releases(watch->verifier);
    beat(watch, now, settings.heartbeat_s);
    if (is_due(&watch->checkpoint, CHECKPOINT_EVERY_MS))
        checkpoint_renew(watch->verifier);
    if (is_due(&watch->prune, PRUNE_EVERY_MS)) {
        struct prune limits = {now, settings.history_days, 0};
        /* What is left over goes at the next look. */
        if (store_write(watch->verifier->store, prune, &limits) && limits.removed == HISTORY_PRUNE_MAX)
            watch->prune = 0;
    }
}

static void *watch_forever(void *argument)
{
    struct watch *watch = argument;
    pthread_mutex_lock(&watch->lock);
    while (!watch->stopping) {
        pthread_mutex_unlock(&watch->lock);
        look(watch);
        pthread_mutex_lock(&watch->lock);
        if (!watch->stopping)
            (void)clock_wait(&watch->stop, &watch->lock, clock_ms() + LOOK_EVERY_MS);
    }
    pthread_mutex_unlock(&watch->lock);
    checkpoint_renew(watch->verifier);
    return NULL;
}

struct watch *watch_start(struct verifier *verifier)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        return NULL;
    watch->verifier = verifier;
    pthread_mutex_init(&watch->lock, NULL);
    clock_condition_init(&watch->stop);
    if (pthread_create(&watch->thread, NULL, watch_forever, watch) == 0)
        return watch;
    free(watch);
    return NULL;
}

void watch_stop(struct watch *watch)
{
    pthread_mutex_lock(&watch->lock);
    watch->stopping = true;
    pthread_cond_signal(&watch->stop);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    free(watch);
}
