/* SPDX-License-Identifier: Apache-2.0 */
/* Two queues, each with a thread that empties it in order: lines for syslog, bodies for the webhook. Neither waits for the
 * other, and no request waits for either. */
#include "attest/verifier/notifier.h"

#include "attest/verifier/clock.h"
#include "attest/verifier/webhook.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

struct entry {
    char *text;
    struct entry *next;
};

struct queue;

/* Brings one text out. Holds the queue's lock when it is called and when it returns, not while it waits. */
typedef bool queue_deliver(struct queue *queue, const char *text);

struct queue {
    queue_deliver *deliver;
    struct webhook *webhook;
    pthread_t thread;
    pthread_mutex_t lock; /* over everything below */
    pthread_cond_t changed;
    struct entry *first, *last;
    bool running, stopping;
    int64_t until; /* of a stop: clock_ms() when what is left is given up */
    struct notifier_counts counts;
};

struct notifier {
    struct queue lines, bodies;
    struct webhook *webhook; /* NULL: syslog only */
};

static bool deliver_line(struct queue *queue, const char *text)
{
    pthread_mutex_unlock(&queue->lock);
    syslog(LOG_NOTICE, "%s", text); /* waits for as long as the daemon does not read */
    pthread_mutex_lock(&queue->lock);
    return true;
}

/* How long a post may take. Holds the lock. */
static long post_ms(const struct queue *queue)
{
    int64_t left = queue->stopping ? queue->until - clock_ms() : WEBHOOK_TIMEOUT_MS;
    return left < WEBHOOK_TIMEOUT_MS ? (long)left : WEBHOOK_TIMEOUT_MS;
}

/* Posts one event, again and again with growing pauses; once when the notifier is to stop. */
static bool deliver_body(struct queue *queue, const char *text)
{
    for (unsigned try = 0; try < NOTIFIER_TRIES; try++) {
        long most = post_ms(queue);
        if (most <= 0)
            return false;
        pthread_mutex_unlock(&queue->lock);
        bool sent = webhook_post(queue->webhook, text, most);
        pthread_mutex_lock(&queue->lock);
        if (sent || queue->stopping || try + 1 == NOTIFIER_TRIES)
            return sent;
        int64_t until = clock_ms() + (1000 << try);
        while (!queue->stopping && clock_wait(&queue->changed, &queue->lock, until))
            ;
    }
    return false;
}

/* Takes the oldest entry; NULL: the queue is empty. Holds the lock. */
static struct entry *take(struct queue *queue)
{
    struct entry *entry = queue->first;
    if (entry == NULL)
        return NULL;
    queue->first = entry->next;
    if (queue->first == NULL)
        queue->last = NULL;
    return entry;
}

static void *empty_forever(void *argument)
{
    struct queue *queue = argument;
    pthread_mutex_lock(&queue->lock);
    while (!queue->stopping || queue->first != NULL) {
        struct entry *entry = take(queue);
        if (entry == NULL) {
            pthread_cond_wait(&queue->changed, &queue->lock);
            continue;
        }
        bool late = queue->stopping && clock_ms() >= queue->until;
        bool sent = !late && queue->deliver(queue, entry->text);
        queue->counts.waiting--;
        queue->counts.sent += sent;
        queue->counts.failed += !sent;
        free(entry->text);
        free(entry);
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

static bool queue_start(struct queue *queue, queue_deliver *deliver, struct webhook *webhook)
{
    queue->deliver = deliver;
    queue->webhook = webhook;
    pthread_mutex_init(&queue->lock, NULL);
    clock_condition_init(&queue->changed);
    queue->running = pthread_create(&queue->thread, NULL, empty_forever, queue) == 0;
    return queue->running;
}

/* Takes the text. */
static void queue_push(struct queue *queue, char *text)
{
    struct entry *entry = text != NULL ? malloc(sizeof *entry) : NULL;
    pthread_mutex_lock(&queue->lock);
    if (entry != NULL && queue->counts.waiting < NOTIFIER_QUEUE_MAX) {
        *entry = (struct entry){.text = text};
        if (queue->last != NULL)
            queue->last->next = entry;
        else
            queue->first = entry;
        queue->last = entry;
        queue->counts.waiting++;
        pthread_cond_signal(&queue->changed);
        entry = NULL;
        text = NULL;
    } else {
        queue->counts.dropped++;
    }
    pthread_mutex_unlock(&queue->lock);
    free(entry);
    free(text);
}

static void queue_tell_to_stop(struct queue *queue, int64_t until)
{
    pthread_mutex_lock(&queue->lock);
    queue->stopping = true;
    queue->until = until;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

struct notifier *notifier_start(const struct notifier_options *options)
{
    struct notifier *notifier = calloc(1, sizeof *notifier);
    if (notifier == NULL)
        return NULL;
    openlog("bulkhead-verifier", LOG_PID | (options->echo ? LOG_PERROR : 0), LOG_AUTHPRIV);
    notifier->webhook = options->url != NULL ? webhook_open(options->url, options->ca, options->key, options->key_size) : NULL;
    if ((options->url == NULL || notifier->webhook != NULL) && queue_start(&notifier->lines, deliver_line, NULL) &&
        (options->url == NULL || queue_start(&notifier->bodies, deliver_body, notifier->webhook)))
        return notifier;
    notifier_stop(notifier);
    return NULL;
}

void notifier_push(struct notifier *notifier, json_t *event, const char *text)
{
    if (text != NULL)
        queue_push(&notifier->lines, strdup(text));
    if (notifier->webhook != NULL)
        queue_push(&notifier->bodies, event != NULL ? json_dumps(event, JSON_COMPACT | JSON_SORT_KEYS) : NULL);
    json_decref(event);
}

void notifier_stop(struct notifier *notifier)
{
    struct queue *queues[] = {&notifier->lines, &notifier->bodies};
    int64_t until = clock_ms() + NOTIFIER_STOP_MS;
    for (unsigned i = 0; i < 2; i++)
        if (queues[i]->running)
            queue_tell_to_stop(queues[i], until);
    for (unsigned i = 0; i < 2; i++)
        if (queues[i]->running)
            pthread_join(queues[i]->thread, NULL);
    webhook_close(notifier->webhook);
    closelog();
    free(notifier);
}

static struct notifier_counts queue_counts(struct queue *queue)
{
    if (!queue->running)
        return (struct notifier_counts){0};
    pthread_mutex_lock(&queue->lock);
    struct notifier_counts counts = queue->counts;
    pthread_mutex_unlock(&queue->lock);
    return counts;
}

struct notifier_counts notifier_counts(struct notifier *notifier)
{
    return queue_counts(&notifier->bodies);
}

struct notifier_counts notifier_line_counts(struct notifier *notifier)
{
    return queue_counts(&notifier->lines);
}
