/* SPDX-License-Identifier: Apache-2.0 */
/* What the routes do. Each takes a request that the table has let in, and fills the answer. routes.c says which is which. */
#ifndef ATTEST_VERIFIER_HANDLERS_H
#define ATTEST_VERIFIER_HANDLERS_H

#include "attest/verifier/join.h"
#include "attest/verifier/route.h"

/* handle_enroll.c */
void handle_enroll(struct request *request, struct answer *answer);
void handle_refuse_join(struct answer *answer, enum join_outcome outcome, const char *asset);
/* handle_poll.c */
void handle_poll(struct request *request, struct answer *answer);
/* handle_activate.c */
void handle_activate(struct request *request, struct answer *answer);
/* handle_agent.c */
void handle_challenge(struct request *request, struct answer *answer);
void handle_evidence(struct request *request, struct answer *answer);
/* handle_hosts.c */
void handle_hosts(struct request *request, struct answer *answer);
void handle_host(struct request *request, struct answer *answer);
void handle_verdicts(struct request *request, struct answer *answer);
void handle_log(struct request *request, struct answer *answer);
/* handle_states.c */
void handle_approve(struct request *request, struct answer *answer);
void handle_quarantine(struct request *request, struct answer *answer);
void handle_unquarantine(struct request *request, struct answer *answer);
void handle_retire(struct request *request, struct answer *answer);
void handle_group(struct request *request, struct answer *answer);
/* handle_join.c */
void handle_token_create(struct request *request, struct answer *answer);
void handle_tokens(struct request *request, struct answer *answer);
void handle_pin(struct request *request, struct answer *answer);
void handle_pins(struct request *request, struct answer *answer);
/* handle_releases.c */
void handle_release_import(struct request *request, struct answer *answer);
void handle_releases(struct request *request, struct answer *answer);
void handle_release(struct request *request, struct answer *answer);
void handle_release_activate(struct request *request, struct answer *answer);
void handle_release_deprecate(struct request *request, struct answer *answer);
void handle_release_revoke(struct request *request, struct answer *answer);
/* handle_service.c */
void handle_policy(struct request *request, struct answer *answer);
void handle_policy_change(struct request *request, struct answer *answer);
void handle_certificates(struct request *request, struct answer *answer);
void handle_audit(struct request *request, struct answer *answer);
void handle_checkpoint(struct request *request, struct answer *answer);
void handle_key(struct request *request, struct answer *answer);
void handle_health(struct request *request, struct answer *answer);
/* handle_metrics.c */
void handle_metrics(struct request *request, struct answer *answer);

/* {"sha256": [...], "sha384": [...]} of APPRAISE_PCRS. */
json_t *handler_pcrs(void);

/* Reads a member in base64 of at most `most` bytes. False: the answer is filled. */
bool handler_base64(const struct request *request, const char *name, uint8_t *bytes, size_t most, size_t *size,
                    struct answer *answer);

/* The host that the path names, by id or asset. False: the answer is filled. */
bool handler_find_host(struct request *request, struct host *host, struct answer *answer);

/* A certificate for the key that a host enrolled with. False: database or GnuTLS failed. */
bool handler_certify(struct request *request, const char *host, struct authority_certificate *certificate);

/* Random bytes as lower-case hex; `text` has room for 2 * size + 1. */
void handler_random_hex(size_t size, char *text);

#endif
