/* SPDX-License-Identifier: Apache-2.0 */
/* A search tree of the hosts that were given a challenge: at most one entry for each host that was ever approved. */
#include "attest/verifier/challenge.h"

#include <pthread.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct outstanding {
    char host[HOST_ID_DIGITS + 1];
    bool open;
    int64_t spent_until; /* clock_ms() up to which the host has used up its pace */
    struct challenge challenge;
};

struct challenges {
    pthread_mutex_t lock;
    void *tree;
};

static int compare(const void *a, const void *b)
{
    const struct outstanding *x = a, *y = b;
    return strcmp(x->host, y->host);
}

static bool name_entry(struct outstanding *entry, const char *host)
{
    size_t length = strlen(host);
    if (length >= sizeof entry->host)
        return false;
    memcpy(entry->host, host, length + 1);
    return true;
}

struct challenges *challenges_make(void)
{
    struct challenges *challenges = calloc(1, sizeof *challenges);
    if (challenges != NULL)
        pthread_mutex_init(&challenges->lock, NULL);
    return challenges;
}

void challenges_free(struct challenges *challenges)
{
    if (challenges == NULL)
        return;
    while (challenges->tree != NULL) {
        struct outstanding *first = *(struct outstanding **)challenges->tree;
        tdelete(first, &challenges->tree, compare);
        free(first);
    }
    pthread_mutex_destroy(&challenges->lock);
    free(challenges);
}

/* The host's entry, made when it is missing. NULL: no memory. The lock is held. */
static struct outstanding *find_or_make(struct challenges *challenges, const char *host)
{
    struct outstanding *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL || !name_entry(fresh, host)) {
        free(fresh);
        return NULL;
    }
    struct outstanding **place = tsearch(fresh, &challenges->tree, compare);
    struct outstanding *entry = place != NULL ? *place : NULL;
    if (entry != fresh)
        free(fresh);
    return entry;
}

/* A bucket of `burst` tokens, one more each `every_ms`, kept as the time at which it would be full again: how long until it
 * holds one. */
static int64_t missing_ms(struct outstanding *entry, const struct challenge_pace *pace, int64_t now_ms)
{
    int64_t from = entry->spent_until > now_ms ? entry->spent_until : now_ms;
    int64_t early = from + pace->every_ms - (now_ms + pace->burst * pace->every_ms);
    if (early <= 0)
        entry->spent_until = from + pace->every_ms;
    return early;
}

enum challenge_put challenges_put(struct challenges *challenges, const char *host, const struct challenge *challenge,
                                  const struct challenge_pace *pace, int64_t now_ms, int64_t *wait_ms)
{
    enum challenge_put outcome = CHALLENGE_NO_MEMORY;
    pthread_mutex_lock(&challenges->lock);
    struct outstanding *entry = find_or_make(challenges, host);
    if (entry != NULL) {
        *wait_ms = pace->every_ms > 0 ? missing_ms(entry, pace, now_ms) : 0;
        outcome = *wait_ms > 0 ? CHALLENGE_TOO_SOON : CHALLENGE_PUT;
    }
    if (outcome == CHALLENGE_PUT) {
        entry->challenge = *challenge;
        entry->open = true;
    }
    pthread_mutex_unlock(&challenges->lock);
    return outcome;
}

bool challenges_take(struct challenges *challenges, const char *host, const char *id, int64_t now,
                     struct challenge *challenge)
{
    struct outstanding key = {0};
    if (!name_entry(&key, host))
        return false;
    pthread_mutex_lock(&challenges->lock);
    struct outstanding **place = tfind(&key, &challenges->tree, compare);
    struct outstanding *entry = place != NULL ? *place : NULL;
    bool good = entry != NULL && entry->open && strcmp(entry->challenge.id, id) == 0 && entry->challenge.expires > now;
    if (good) {
        *challenge = entry->challenge;
        entry->open = false;
    }
    pthread_mutex_unlock(&challenges->lock);
    return good;
}
