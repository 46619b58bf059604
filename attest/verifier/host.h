/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts as they are stored: who they are, the state they are in, what the last appraisal said. */
#ifndef ATTEST_VERIFIER_HOST_H
#define ATTEST_VERIFIER_HOST_H

#include "attest/lib/public.h"
#include "attest/verifier/db.h"

#include <jansson.h>

#define HOST_ID_DIGITS 32u
#define HOST_NAME_MAX 64u
#define HOST_REASON_MAX 255u
#define HOST_PEM_MAX 4096u

/* docs/attestation.md, host states. HOST_STALE is stored from approval to the first evidence; later it is computed. */
enum host_state { HOST_PENDING, HOST_TRUSTED, HOST_STALE, HOST_FAILED, HOST_QUARANTINED, HOST_RETIRED, HOST_STATES };

const char *host_state_name(enum host_state state);
bool host_state_read(const char *name, enum host_state *state);

struct host {
    char id[HOST_ID_DIGITS + 1];
    char asset[HOST_NAME_MAX + 1];
    char group[HOST_NAME_MAX + 1];
    enum host_state state; /* as stored: host_state_now() is what to believe */
    char state_reason[HOST_REASON_MAX + 1];
    int64_t state_since;
    uint8_t ek_hash[HASH_SHA256_SIZE]; /* SHA-256 of the EK's TPM2B_PUBLIC */
    char ek_trust[16];                 /* "certificate" or "pin" */
    uint16_t ak_size;
    uint8_t ak_public[PUBLIC_SIZE_MAX];
    uint8_t certificate_hash[HASH_SHA256_SIZE]; /* zero until approved */
    int64_t enrolled, approved;
    char approved_by[HOST_NAME_MAX + 1];
    /* the last appraisal */
    int64_t number; /* how many there were */
    char verdict[16];
    char release[HOST_NAME_MAX + 1];
    char boot[33];
    int64_t appraised, next_due, alarmed;
    int64_t log_size;
    int64_t revision; /* of what is remembered; memory.h */
    uint8_t outcome[HASH_SHA256_SIZE]; /* of the last verdict; history.h */
};

/* The state at `now`: a trusted host is stale as soon as its evidence is `grace` seconds overdue, whether or not anyone has
 * noticed yet. */
enum host_state host_state_now(const struct host *host, int64_t now, int64_t grace);

/* 1: read. 0: there is no such host. -1: the database failed. */
int host_read(struct db *db, const char *id, struct host *host);

/* The host with this id, or else the one of this asset that is not retired. As host_read(). */
int host_find(struct db *db, const char *id_or_asset, struct host *host);

/* Calls `each` for every host, in order of assets. False: the database failed. */
typedef void host_visitor(void *context, const struct host *host);
bool host_visit(struct db *db, host_visitor *each, void *context);

/* Trusted hosts whose evidence is overdue at `before` and whose alarm was not raised yet. */
bool host_visit_overdue(struct db *db, int64_t before, host_visitor *each, void *context);

/* Reasons of the last verdict (an array) and its time; NULL when the database failed. */
json_t *host_reasons(struct db *db, const char *id);

/* Also raises the revision: an appraisal that is under way meanwhile is not stored over it. */
bool host_set_state(struct db *db, const char *id, enum host_state state, const char *reason, int64_t now);
/* The request to certify, DER; 0 bytes when there is none. False: the database failed. */
bool host_read_csr(struct db *db, const char *id, uint8_t *csr, size_t most, size_t *size);

/* A pending host's certificate. *approved is false when it was not pending any more. */
bool host_set_certificate(struct db *db, const char *id, const char *pem, const uint8_t hash[HASH_SHA256_SIZE],
                          const char *approved_by, int64_t now, bool *approved);

/* What whoever polls is told of a host. */
struct host_ticket {
    uint8_t hash[HASH_SHA256_SIZE]; /* SHA-256 of the ticket */
    enum host_state state;          /* as stored */
    char pem[HOST_PEM_MAX];         /* its certificate; "" before approval */
    uint8_t certificate_hash[HASH_SHA256_SIZE];
};
/* As host_read(). */
int host_read_ticket(struct db *db, const char *id, struct host_ticket *ticket);

/* Another certificate for an approved host that is not retired. *renewed is false when the host is no such one any more, or has
 * another certificate than `old` by now. */
bool host_renew_certificate(struct db *db, const char *id, const uint8_t old[HASH_SHA256_SIZE], const char *pem,
                            const uint8_t hash[HASH_SHA256_SIZE], bool *renewed);

bool host_set_reason(struct db *db, const char *id, const char *reason);
bool host_set_group(struct db *db, const char *id, const char *group);

/* The host as the API shows it. */
json_t *host_json(const struct host *host, int64_t now, int64_t grace);

#endif
