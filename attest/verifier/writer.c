/* SPDX-License-Identifier: Apache-2.0 */
/* Group commit: takes what waits, runs it in one transaction, commits, wakes the callers. */
#include "attest/verifier/writer.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

/* Lives on its caller's stack while the caller waits. */
struct entry {
    writer_job *job;
    void *context;
    bool good;
    sem_t finished; /* each caller has its own: a hundred that wake need no lock one after the other */
    struct entry *next;
};

struct writer {
    struct db *db;
    writer_seal *seal;
    void *seal_context;
    pthread_t thread;
    pthread_mutex_t lock; /* over everything below */
    pthread_cond_t arrived;
    struct entry *first, *last;
    bool stopping;
    struct writer_counts counts;
};

static bool seal_if_audited(struct db *db, writer_seal *seal, void *context)
{
    return !db->audited || seal == NULL || seal(db, context);
}

bool writer_once(struct db *db, writer_job *job, void *context, writer_seal *seal, void *seal_context)
{
    if (!db_begin(db))
        return false;
    if (job(db, context) && seal_if_audited(db, seal, seal_context) && db_commit(db))
        return true;
    db_rollback(db);
    return false;
}

/* All of a batch in one transaction. False: nothing of it was kept. */
static bool run_together(struct writer *writer, struct entry *const *batch, size_t count)
{
    if (!db_begin(writer->db))
        return false;
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = batch[i]->job(writer->db, batch[i]->context);
    good = good && seal_if_audited(writer->db, writer->seal, writer->seal_context) && db_commit(writer->db);
    if (!good)
        db_rollback(writer->db);
    return good;
}

/* One job that the database refuses must not take its neighbours with it: after a failure each has its own transaction. Not
 * after a COMMIT without an answer: the jobs may be kept already. */
static void run_batch(struct writer *writer, struct entry *const *batch, bool *good, size_t count)
{
    bool together = run_together(writer, batch, count);
    char error[sizeof writer->db->error];
    memcpy(error, writer->db->error, sizeof error); /* of the batch, not of its last job */
    bool alone = !together && count > 1 && !writer->db->commit_unknown;
    for (size_t i = 0; i < count; i++)
        good[i] = together || (alone && writer_once(writer->db, batch[i]->job, batch[i]->context, writer->seal,
                                                        writer->seal_context));
    if (!together)
        fprintf(stderr, "bulkhead-verifier: database: %s\n", error);
}

/* Waits for work; moves up to WRITER_MAX_BATCH entries to `batch`. 0: stop. Holds the lock. */
static size_t take_batch(struct writer *writer, struct entry **batch)
{
    while (writer->first == NULL && !writer->stopping)
        pthread_cond_wait(&writer->arrived, &writer->lock);
    size_t count = 0;
    while (writer->first != NULL && count < WRITER_MAX_BATCH) {
        batch[count++] = writer->first;
        writer->first = writer->first->next;
    }
    if (writer->first == NULL)
        writer->last = NULL;
    writer->counts.waiting -= (uint32_t)count;
    return count;
}

/* An entry is gone as soon as its caller knows. */
static void wake(struct entry *const *batch, const bool *good, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        batch[i]->good = good[i];
        sem_post(&batch[i]->finished);
    }
}

static void count_batch(struct writer_counts *counts, const bool *good, size_t count)
{
    counts->commits++;
    counts->jobs += count;
    for (size_t i = 0; i < count; i++)
        counts->failures += !good[i];
}

static void *write_forever(void *argument)
{
    struct writer *writer = argument;
    struct entry *batch[WRITER_MAX_BATCH];
    bool good[WRITER_MAX_BATCH];
    pthread_mutex_lock(&writer->lock);
    for (size_t count; (count = take_batch(writer, batch)) > 0;) {
        pthread_mutex_unlock(&writer->lock);
        run_batch(writer, batch, good, count);
        wake(batch, good, count);
        pthread_mutex_lock(&writer->lock);
        count_batch(&writer->counts, good, count);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

struct writer *writer_start(struct db *db, writer_seal *seal, void *seal_context)
{
    struct writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return NULL;
    writer->db = db;
    writer->seal = seal;
    writer->seal_context = seal_context;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->arrived, NULL);
    if (pthread_create(&writer->thread, NULL, write_forever, writer) == 0)
        return writer;
    free(writer);
    return NULL;
}

bool writer_run(struct writer *writer, writer_job *job, void *context)
{
    struct entry entry = {.job = job, .context = context};
    pthread_mutex_lock(&writer->lock);
    if (writer->stopping || writer->counts.waiting >= WRITER_MAX_WAITING) {
        writer->counts.refused++;
        pthread_mutex_unlock(&writer->lock);
        return false;
    }
    sem_init(&entry.finished, 0, 0);
    if (writer->last != NULL)
        writer->last->next = &entry;
    else
        writer->first = &entry;
    writer->last = &entry;
    writer->counts.waiting++;
    pthread_cond_signal(&writer->arrived);
    pthread_mutex_unlock(&writer->lock);
    while (sem_wait(&entry.finished) != 0) /* a signal */
        continue;
    sem_destroy(&entry.finished);
    return entry.good;
}

void writer_stop(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->arrived);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->arrived);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}

struct writer_counts writer_counts(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    struct writer_counts counts = writer->counts;
    pthread_mutex_unlock(&writer->lock);
    return counts;
}
