/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an offline appraisal: evidence, the host's record, releases. */
#ifndef ATTEST_VERIFIER_OFFLINE_H
#define ATTEST_VERIFIER_OFFLINE_H

#include "attest/lib/evidence.h"
#include "attest/lib/release.h"
#include "attest/lib/state.h"

#define OFFLINE_RELEASES 16u

/* What `bulkhead-agent collect` writes, or the verifier has kept. */
struct offline_evidence {
    char host[33];
    uint8_t nonce[32], channel[HASH_SHA256_SIZE];
    bool has_ak;
    struct public_key ak;
    struct evidence evidence; /* evidence_free() */
};
bool offline_read_evidence(const char *path, struct offline_evidence *file, struct report *report);

/* What `hosts show --memory` prints. */
struct offline_host {
    char host[33], asset[65];
    uint8_t channel[HASH_SHA256_SIZE];
    struct public_key ak;
    struct appraise_state state; /* state_free() */
};
bool offline_read_host(const char *path, struct offline_host *host, struct report *report);

/* A release and its detached signature beside it, which must be by a key of the folder. */
bool offline_read_release(const char *path, const char *keys, struct release *release, struct report *report);

#endif
