/* SPDX-License-Identifier: Apache-2.0 */
/* Opens the database once for the writer and once for each reader. */
#include "attest/verifier/store.h"

#include "attest/verifier/schema.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

struct store {
    struct db *writing;
    struct writer *writer;
    sem_t free;           /* how many readers are: who waits for one holds no lock */
    pthread_mutex_t lock; /* over which ones */
    struct db *readers[STORE_READERS];
    size_t free_readers; /* the first so many of `readers` */
};

static bool open_readers(struct store *store, const char *where, char *error, size_t error_size)
{
    while (store->free_readers < STORE_READERS) {
        struct db *db = db_open(where, error, error_size);
        if (db == NULL)
            return false;
        store->readers[store->free_readers++] = db;
        sem_post(&store->free);
    }
    return true;
}

struct store *store_open(const char *where, writer_seal *seal, void *seal_context, char *error, size_t error_size)
{
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return NULL;
    pthread_mutex_init(&store->lock, NULL);
    sem_init(&store->free, 0, 0);
    store->writing = db_open(where, error, error_size);
    bool good = store->writing != NULL;
    if (good && !schema_migrate(store->writing)) {
        snprintf(error, error_size, "%s", store->writing->error);
        good = false;
    }
    good = good && open_readers(store, where, error, error_size);
    if (good)
        store->writer = writer_start(store->writing, seal, seal_context);
    if (store->writer != NULL)
        return store;
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    if (store->writer != NULL)
        writer_stop(store->writer);
    for (size_t i = 0; i < store->free_readers; i++)
        db_close(store->readers[i]);
    db_close(store->writing);
    sem_destroy(&store->free);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

bool store_write(struct store *store, writer_job *job, void *context)
{
    return writer_run(store->writer, job, context);
}

struct db *store_borrow(struct store *store)
{
    while (sem_wait(&store->free) != 0) /* a signal */
        continue;
    pthread_mutex_lock(&store->lock);
    struct db *db = store->readers[--store->free_readers];
    pthread_mutex_unlock(&store->lock);
    return db;
}

void store_return(struct store *store, struct db *db)
{
    pthread_mutex_lock(&store->lock);
    store->readers[store->free_readers++] = db;
    pthread_mutex_unlock(&store->lock);
    sem_post(&store->free);
}

struct writer_counts store_counts(struct store *store)
{
    return writer_counts(store->writer);
}
