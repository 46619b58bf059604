/* SPDX-License-Identifier: Apache-2.0 */
/* The watch looks once a second. Whether a host is stale does not depend on it: host_state_now(). */
#include "attest/verifier/watch.h"

#include "attest/verifier/audit.h"
#include "attest/verifier/change.h"
#include "attest/verifier/join.h"
#include "attest/verifier/memory.h"
#include "tools/common/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHECKPOINT_EVERY_S 60
#define PRUNE_EVERY_S 3600
#define OVERDUE_REASON "evidence is overdue"

struct watch {
    struct verifier *verifier;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stop;
    bool stopping;
    int64_t heartbeat, pruned, checkpointed; /* when last */
    int64_t checkpoint_seq;
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

/* Whoever receives it can tell a silent fleet from a dead verifier. */
static void beat(struct watch *watch, int64_t now, int64_t every)
{
    if (every == 0 || now - watch->heartbeat < every)
        return;
    watch->heartbeat = now;
    notifier_push(watch->verifier->notifier, json_pack("{s:s, s:I, s:I}", "event", "heartbeat", "at", (json_int_t)now,
                                                       "every_s", (json_int_t)every), NULL);
}

struct prune {
    int64_t now, history_days;
};

static bool prune(struct db *db, void *context)
{
    const struct prune *limits = context;
    return join_prune(db, limits->now) && memory_prune(db, limits->now - limits->history_days * 86400);
}

/* The head as a file: `audit verify` holds the database against it. */
static void write_checkpoint(struct watch *watch)
{
    struct audit_head head;
    struct report report;
    char path[4096];
    report_init(&report);
    struct db *db = store_borrow(watch->verifier->store);
    bool good = audit_read_head(db, &head) && head.seq > watch->checkpoint_seq;
    store_return(watch->verifier->store, db);
    json_t *json = good ? audit_head_json(&head) : NULL;
    char *text = json != NULL ? json_dumps(json, JSON_INDENT(1)) : NULL;
    snprintf(path, sizeof path, "%s/checkpoint.json", watch->verifier->data);
    if (text != NULL && file_write(path, text, strlen(text), 0644, FILE_REPLACE, &report))
        watch->checkpoint_seq = head.seq;
    free(text);
    json_decref(json);
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
    if (now - watch->checkpointed >= CHECKPOINT_EVERY_S) {
        watch->checkpointed = now;
        write_checkpoint(watch);
    }
    if (now - watch->pruned >= PRUNE_EVERY_S) {
        struct prune limits = {now, settings.history_days};
        watch->pruned = now;
        (void)store_write(watch->verifier->store, prune, &limits);
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
        struct timespec wake;
        clock_gettime(CLOCK_REALTIME, &wake);
        wake.tv_sec += 1;
        if (!watch->stopping)
            pthread_cond_timedwait(&watch->stop, &watch->lock, &wake);
    }
    pthread_mutex_unlock(&watch->lock);
    write_checkpoint(watch);
    return NULL;
}

struct watch *watch_start(struct verifier *verifier)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        return NULL;
    watch->verifier = verifier;
    pthread_mutex_init(&watch->lock, NULL);
    pthread_cond_init(&watch->stop, NULL);
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
