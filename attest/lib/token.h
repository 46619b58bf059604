/* SPDX-License-Identifier: Apache-2.0 */
/* An appraisal's result as a token: EAR claims (draft-ietf-rats-ear, JSON) in a JWT signed with ES384 (RFC 7515, 7518). */
#ifndef ATTEST_LIB_TOKEN_H
#define ATTEST_LIB_TOKEN_H

#include "attest/lib/appraise.h"
#include "attest/lib/ecdsa.h"

#define TOKEN_SIZE_MAX (256u << 10)

struct token_facts {
    const char *host;          /* 32 hex digits: the name of the one submodule */
    const char *asset;         /* NULL: unknown */
    const char *release;       /* name of the release it was compared with; NULL: none */
    const char *policy;        /* ear.appraisal-policy-id: what was held against the evidence, as URI or name; NULL: none */
    const uint8_t *nonce;      /* 32 bytes */
    uint64_t issued_at;        /* seconds since 1970 */
    uint64_t expires_at;       /* likewise: `exp`, from when on nobody should act on it; 0: it does not say */
    const char *state;         /* bulkhead.state: what the verifier holds of the host by now; NULL: it does not say */
    bool distrusted;           /* by an operator, whatever the evidence showed: the status is contraindicated */
    const char *verifier_build;
    const char *verifier_developer;
    const char *key_id;        /* the header's `kid` */
};

/* The token in compact form, on the heap (free()); NULL when there is no memory or no randomness. */
char *token_make(const struct appraise_result *result, const struct token_facts *facts, const struct ecdsa_secret *secret);

/* Checks form, algorithm (ES384 and nothing else) and signature, and gives the claims (the caller owns the reference);
 * NULL with a finding otherwise. */
json_t *token_check(const char *token, size_t size, const struct public_key *key, struct report *report);

#endif
