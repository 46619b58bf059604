/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps editions of the parsed releases, counted by their readers. */
#include "attest/verifier/release_book.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct entry {
    struct release release;
    enum release_state state;
};

struct assignment {
    char scope[HOST_NAME_MAX + 8];
    const struct entry *entry;
};

struct release_edition {
    uint32_t holders; /* the book is one of them */
    size_t count, assigned;
    struct entry *entries;
    struct assignment *assignments;
};

struct release_book {
    pthread_mutex_t loading; /* from before the database is read to after the edition is replaced */
    atomic_bool out_of_date;
    pthread_mutex_t lock; /* over the pointer, and every edition's holders */
    struct release_edition *current;
};

static void edition_free(struct release_edition *edition)
{
    for (size_t i = 0; i < edition->count; i++)
        release_free(&edition->entries[i].release);
    free(edition->entries);
    free(edition->assignments);
    free(edition);
}

struct release_book *release_book_create(void)
{
    struct release_book *book = calloc(1, sizeof *book);
    struct release_edition *empty = calloc(1, sizeof *empty);
    if (book == NULL || empty == NULL) {
        free(book);
        free(empty);
        return NULL;
    }
    pthread_mutex_init(&book->loading, NULL);
    pthread_mutex_init(&book->lock, NULL);
    empty->holders = 1;
    book->current = empty;
    return book;
}

void release_book_return(struct release_book *book, struct release_edition *edition)
{
    pthread_mutex_lock(&book->lock);
    bool last = --edition->holders == 0;
    pthread_mutex_unlock(&book->lock);
    if (last)
        edition_free(edition);
}

struct release_edition *release_book_borrow(struct release_book *book)
{
    pthread_mutex_lock(&book->lock);
    struct release_edition *edition = book->current;
    edition->holders++;
    pthread_mutex_unlock(&book->lock);
    return edition;
}

void release_book_free(struct release_book *book)
{
    if (book == NULL)
        return;
    release_book_return(book, book->current);
    pthread_mutex_destroy(&book->lock);
    pthread_mutex_destroy(&book->loading);
    free(book);
}

static bool load_entries(struct release_edition *edition, struct db *db)
{
    struct db_rows rows;
    bool good = db_run(db, "SELECT name, state, file FROM releases WHERE state <> 'imported' ORDER BY serial DESC, name", NULL,
                       0, &rows);
    edition->entries = good ? calloc(rows.count + 1, sizeof *edition->entries) : NULL;
    good = edition->entries != NULL;
    for (size_t i = 0; good && i < rows.count; i++) {
        struct entry *entry = &edition->entries[edition->count];
        struct report report;
        report_init(&report);
        good = release_parse(db_cell(&rows, i, 2)->bytes, db_cell(&rows, i, 2)->size, &entry->release, &report);
        edition->count += good;
        good = good && release_state_read(db_cell_text(&rows, i, 1), &entry->state);
        if (!good)
            fprintf(stderr, "bulkhead-verifier: stored release %s is damaged\n", db_cell_text(&rows, i, 0));
    }
    db_rows_free(&rows);
    return good;
}

static bool load_assignments(struct release_edition *edition, struct db *db)
{
    struct db_rows rows;
    bool good = db_run(db, "SELECT scope, release_name FROM assignments", NULL, 0, &rows);
    edition->assignments = good ? calloc(rows.count + 1, sizeof *edition->assignments) : NULL;
    good = edition->assignments != NULL;
    for (size_t i = 0; good && i < rows.count; i++)
        for (size_t j = 0; j < edition->count; j++)
            if (strcmp(edition->entries[j].release.name, db_cell_text(&rows, i, 1)) == 0) {
                struct assignment *assignment = &edition->assignments[edition->assigned++];
                snprintf(assignment->scope, sizeof assignment->scope, "%s", db_cell_text(&rows, i, 0));
                assignment->entry = &edition->entries[j];
            }
    db_rows_free(&rows);
    return good;
}

/* An edition of one state of the database: an assignment names no release that was activated after the entries were read. */
static struct release_edition *load_edition(struct db *db)
{
    struct release_edition *edition = calloc(1, sizeof *edition);
    bool begun = edition != NULL && db_begin_reading(db);
    bool good = begun && load_entries(edition, db) && load_assignments(edition, db);
    if (begun)
        db_rollback(db);
    if (good) {
        edition->holders = 1;
        return edition;
    }
    if (edition != NULL)
        edition_free(edition);
    return NULL;
}

bool release_book_load(struct release_book *book, struct db *db)
{
    pthread_mutex_lock(&book->loading);
    struct release_edition *edition = load_edition(db);
    atomic_store(&book->out_of_date, edition == NULL);
    if (edition != NULL) {
        pthread_mutex_lock(&book->lock);
        struct release_edition *old = book->current;
        book->current = edition;
        pthread_mutex_unlock(&book->lock);
        release_book_return(book, old);
    }
    pthread_mutex_unlock(&book->loading);
    return edition != NULL;
}

bool release_book_is_out_of_date(struct release_book *book)
{
    return atomic_load(&book->out_of_date);
}

static const struct entry *find_assigned(const struct release_edition *edition, const char *kind, const char *name)
{
    char scope[HOST_NAME_MAX + 8];
    snprintf(scope, sizeof scope, "%s%s", kind, name);
    for (size_t i = 0; i < edition->assigned; i++)
        if (strcmp(edition->assignments[i].scope, scope) == 0)
            return edition->assignments[i].entry;
    return NULL;
}

uint32_t release_edition_choose(const struct release_edition *edition, const char *host, const char *group,
                                const struct release *choices[RELEASE_BOOK_CHOICES],
                                enum release_state states[RELEASE_BOOK_CHOICES])
{
    uint32_t count = 0;
    const struct entry *meant = find_assigned(edition, "host:", host);
    if (meant == NULL && group[0] != '\0')
        meant = find_assigned(edition, "group:", group);
    if (meant == NULL)
        meant = find_assigned(edition, "all", "");
    if (meant != NULL) {
        choices[count] = &meant->release;
        states[count++] = meant->state;
    }
    for (size_t i = 0; i < edition->count && count < RELEASE_BOOK_CHOICES; i++) {
        const struct entry *entry = &edition->entries[i];
        if (entry == meant || entry->state == RELEASE_ACTIVE)
            continue;
        choices[count] = &entry->release;
        states[count++] = entry->state;
    }
    return count;
}
