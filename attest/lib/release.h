/* SPDX-License-Identifier: Apache-2.0 */
/* release.json (docs/attestation.md): what a host of this release must have measured, and which machines are good enough. */
#ifndef ATTEST_LIB_RELEASE_H
#define ATTEST_LIB_RELEASE_H

#include "attest/lib/pcr.h"
#include "attest/lib/public.h"
#include "core/lib/report.h"
#include "core/measure/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RELEASE_JSON_MAX (8u << 20)
#define RELEASE_SIGNATURE_SIZE 96u
#define RELEASE_NAME_MAX 64u
#define RELEASE_EVENTS_MAX 2048u
#define RELEASE_FACTS_MAX 16u
#define RELEASE_VALUES_MAX 32u
#define RELEASE_VALUE_MAX 64u

/* An expected event. Without data (firmware events): the digests alone. */
struct release_event {
    uint32_t pcr, type;
    uint32_t size;
    const uint8_t *data; /* NULL: only the digests are known */
    struct pcr_digests digests;
};

struct release_events {
    uint32_t count;
    struct release_event *events;
};

/* An allow-list: the fact's text must be one of these words. A fact that is a number is compared in decimal. */
struct release_fact {
    char item[RELEASE_NAME_MAX + 1];
    uint32_t count;
    char values[RELEASE_VALUES_MAX][RELEASE_VALUE_MAX + 1];
};

struct release_policy {
    bool present; /* there is one, and it allows something: else the verdict is `none` */
    uint32_t fact_count;
    struct release_fact facts[RELEASE_FACTS_MAX];
    bool allow_debug, require_locality_2, require_rollback_protection;
};

/* What an operator has said of a release. Imported ones are not compared with until they are active: meant for some host.
 * Hosts with a deprecated one get a warning, with a revoked one `contraindicated`. */
enum release_state { RELEASE_IMPORTED, RELEASE_ACTIVE, RELEASE_DEPRECATED, RELEASE_REVOKED, RELEASE_STATES };

struct release {
    char name[RELEASE_NAME_MAX + 1];
    char build[RELEASE_NAME_MAX + 1];
    uint64_t serial;
    uint32_t security_version;
    uint8_t image_sha384[HASH_SHA384_SIZE], configuration_sha384[HASH_SHA384_SIZE];
    uint32_t predicted;     /* bit n: `values` holds register n in both banks */
    struct pcr_banks values;
    struct release_events events;   /* PCR 8, 9, 21 */
    struct release_events firmware; /* PCR 4, 7 */
    bool has_machine;
    char machine[RELEASE_NAME_MAX + 1];
    struct release_events platform; /* PCR 11, with has_machine */
    struct release_policy policy;
    void *memory[3]; /* what the pointers lead into; release_free() */
};

/* Reads release.json. Checks every limit, that the digests of events with data are their hashes, and that the events
 * replay to `pcrs`. False with findings, and nothing to free. A release is only read afterwards: threads may share it. */
bool release_parse(const char *text, size_t size, struct release *release, struct report *report);

void release_free(struct release *release);

/* Checks the detached signature: ECDSA P-384 over the SHA-384 of the file's bytes. `key` is a P-384 key. */
bool release_verify(const char *text, size_t size, const uint8_t *signature, size_t signature_size,
                    const struct public_key *key, struct report *report);

#endif
