/* SPDX-License-Identifier: Apache-2.0 */
/* A running verifier: what every request shares. */
#ifndef ATTEST_VERIFIER_VERIFIER_H
#define ATTEST_VERIFIER_VERIFIER_H

#include "attest/lib/ecdsa.h"
#include "attest/verifier/authority.h"
#include "attest/verifier/ek_chain.h"
#include "attest/verifier/metrics.h"
#include "attest/verifier/release_book.h"
#include "attest/verifier/settings.h"
#include "attest/verifier/store.h"

#include <pthread.h>

struct challenges;
struct notifier;

struct verifier {
    const char *data;         /* the data folder */
    const char *developer;    /* the verifier's name, in tokens */
    struct store *store;
    struct authority *authority;
    char ca_pem[AUTHORITY_PEM_MAX];
    struct ek_bundle *ek_bundle;
    struct release_book *book;
    struct ecdsa_secret signing; /* of tokens and of the audit log */
    struct public_key signing_public;
    char key_id[2 * HASH_SHA384_SIZE + 1];
    struct challenges *challenges; /* outstanding */
    struct notifier *notifier;
    struct metrics metrics;
    bool no_tls; /* loopback only: callers say who they are */
    pthread_mutex_t settings_change; /* held from reading the settings to replacing them: one change at a time */
    pthread_rwlock_t settings_lock;  /* over the copy alone, never across a wait */
    struct settings settings;
};

/* Seconds since 1970. */
int64_t verifier_now(void);

/* A copy of the settings as they are now. */
struct settings verifier_settings(struct verifier *verifier);

#endif
