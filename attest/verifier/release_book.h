/* SPDX-License-Identifier: Apache-2.0 */
/* The parsed releases, in memory, for appraisals: an unchanging edition that its readers hold while they read, replaced by
 * a new one when a release or an assignment changes. */
#ifndef ATTEST_VERIFIER_RELEASE_BOOK_H
#define ATTEST_VERIFIER_RELEASE_BOOK_H

#include "attest/lib/release.h"
#include "attest/verifier/host.h"
#include "attest/verifier/release_store.h"

#define RELEASE_BOOK_CHOICES 64u

struct release_book;
struct release_edition;

struct release_book *release_book_create(void);
void release_book_free(struct release_book *book);

/* Reads all that is active, deprecated or revoked, as it is at one time; of two threads that load, the later one's edition is
 * the later state. False: the database failed or holds a release that does not parse; the old edition stays, and is out of
 * date until a load succeeds. */
bool release_book_load(struct release_book *book, struct db *db);

/* Whether the last load failed. */
bool release_book_is_out_of_date(struct release_book *book);

struct release_edition *release_book_borrow(struct release_book *book);
void release_book_return(struct release_book *book, struct release_edition *edition);

/* What a host may be compared with: the one meant for it first (its own scope before its group's before everyone's), then
 * those that are deprecated or revoked. Returns how many. */
uint32_t release_edition_choose(const struct release_edition *edition, const char *host, const char *group,
                                const struct release *choices[RELEASE_BOOK_CHOICES],
                                enum release_state states[RELEASE_BOOK_CHOICES]);

#endif
