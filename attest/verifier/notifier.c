/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of events, and the thread that posts them in order. */
#include "attest/verifier/notifier.h"

#include "attest/lib/hash.h"
#include "attest/verifier/webhook.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

struct entry {
    char *body;
    struct entry *next;
};

struct notifier {
    struct webhook *webhook; /* NULL: syslog only */
    pthread_t thread;
    pthread_mutex_t lock; /* over everything below */
    pthread_cond_t changed;
    struct entry *first, *last;
    bool stopping;
    struct notifier_counts counts;
};

/* Sleeps unless told to stop. Holds the lock. */
static void pause_for(struct notifier *notifier, unsigned seconds)
{
    struct timespec wake;
    clock_gettime(CLOCK_REALTIME, &wake);
    wake.tv_sec += seconds;
    while (!notifier->stopping && pthread_cond_timedwait(&notifier->changed, &notifier->lock, &wake) == 0)
        ;
}

/* Posts one event, again and again with growing pauses. Holds the lock, but not while it posts. */
static bool post(struct notifier *notifier, const char *body)
{
    for (unsigned try = 0; try < NOTIFIER_TRIES; try++) {
        pthread_mutex_unlock(&notifier->lock);
        bool sent = webhook_post(notifier->webhook, body);
        pthread_mutex_lock(&notifier->lock);
        if (sent || notifier->stopping)
            return sent;
        pause_for(notifier, 1u << try);
    }
    return false;
}

static void *send_forever(void *argument)
{
    struct notifier *notifier = argument;
    pthread_mutex_lock(&notifier->lock);
    while (!notifier->stopping || notifier->first != NULL) {
        struct entry *entry = notifier->first;
        if (entry == NULL) {
            pthread_cond_wait(&notifier->changed, &notifier->lock);
            continue;
        }
        notifier->first = entry->next;
        if (notifier->first == NULL)
            notifier->last = NULL;
        bool sent = post(notifier, entry->body);
        notifier->counts.waiting--;
        notifier->counts.sent += sent;
        notifier->counts.failed += !sent;
        free(entry->body);
        free(entry);
    }
    pthread_mutex_unlock(&notifier->lock);
    return NULL;
}

struct notifier *notifier_start(const struct notifier_options *options)
{
    struct notifier *notifier = calloc(1, sizeof *notifier);
    if (notifier == NULL)
        return NULL;
    openlog("bulkhead-verifier", LOG_PID | (options->echo ? LOG_PERROR : 0), LOG_AUTHPRIV);
    pthread_mutex_init(&notifier->lock, NULL);
    pthread_cond_init(&notifier->changed, NULL);
    notifier->webhook = options->url != NULL ? webhook_open(options->url, options->ca, options->key, options->key_size) : NULL;
    if ((options->url == NULL || notifier->webhook != NULL) &&
        pthread_create(&notifier->thread, NULL, send_forever, notifier) == 0)
        return notifier;
    webhook_close(notifier->webhook);
    free(notifier);
    return NULL;
}

void notifier_push(struct notifier *notifier, json_t *event, const char *text)
{
    if (text != NULL)
        syslog(LOG_NOTICE, "%s", text);
    struct entry *entry = notifier->webhook != NULL ? calloc(1, sizeof *entry) : NULL;
    char *body = entry != NULL ? json_dumps(event, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(event);
    pthread_mutex_lock(&notifier->lock);
    if (body != NULL && notifier->counts.waiting < NOTIFIER_QUEUE_MAX) {
        entry->body = body;
        if (notifier->last != NULL)
            notifier->last->next = entry;
        else
            notifier->first = entry;
        notifier->last = entry;
        notifier->counts.waiting++;
        entry = NULL;
        pthread_cond_signal(&notifier->changed);
    } else if (notifier->webhook != NULL) {
        notifier->counts.dropped++;
        free(body);
    }
    pthread_mutex_unlock(&notifier->lock);
    free(entry);
}

void notifier_stop(struct notifier *notifier)
{
    pthread_mutex_lock(&notifier->lock);
    notifier->stopping = true;
    pthread_cond_signal(&notifier->changed);
    pthread_mutex_unlock(&notifier->lock);
    pthread_join(notifier->thread, NULL);
    webhook_close(notifier->webhook);
    closelog();
    free(notifier);
}

struct notifier_counts notifier_counts(struct notifier *notifier)
{
    pthread_mutex_lock(&notifier->lock);
    struct notifier_counts counts = notifier->counts;
    pthread_mutex_unlock(&notifier->lock);
    return counts;
}
