/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the outside that a host's state has changed: syslog, and a webhook with a signed body. Outside the requests' way: they
 * put an event into a queue and go on. */
#ifndef ATTEST_VERIFIER_NOTIFIER_H
#define ATTEST_VERIFIER_NOTIFIER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define NOTIFIER_QUEUE_MAX 4096u
#define NOTIFIER_KEY_MAX 128u
/* Tries of one event: at once, and 1, 2, 4, ... 32 seconds after the one before. */
#define NOTIFIER_TRIES 7u
/* A stop gives up what is left after this. */
#define NOTIFIER_STOP_MS 5000

struct notifier;

struct notifier_options {
    const char *url;    /* NULL: no webhook */
    const char *ca;     /* file of the CA to check its server by; NULL: the system's */
    const char *key;    /* what HMAC-SHA-256 signs the body with */
    size_t key_size;
    bool echo;          /* syslog's lines on stderr, too */
};

struct notifier_counts {
    uint64_t sent, failed, dropped; /* dropped: the queue was full */
    uint32_t waiting;
};

/* Starts the threads that send. NULL: no memory or thread. */
struct notifier *notifier_start(const struct notifier_options *options);

/* Sends an event: takes the reference. `text` is the line for syslog, NULL: none. Waits for nobody. */
void notifier_push(struct notifier *notifier, json_t *event, const char *text);

/* Sends what is left, each once, until NOTIFIER_STOP_MS have passed; the rest counts as failed. A post that is under way may
 * take its WEBHOOK_TIMEOUT_MS. */
void notifier_stop(struct notifier *notifier);

/* Of the webhook, and of syslog. */
struct notifier_counts notifier_counts(struct notifier *notifier);
struct notifier_counts notifier_line_counts(struct notifier *notifier);

#endif
