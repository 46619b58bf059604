/* SPDX-License-Identifier: Apache-2.0 */
/* From evidence to a verdict on a host: chooses the releases, appraises, and says what that makes of the host. */
#ifndef ATTEST_VERIFIER_JUDGE_H
#define ATTEST_VERIFIER_JUDGE_H

#include "attest/lib/appraise.h"
#include "attest/verifier/host.h"
#include "attest/verifier/memory.h"
#include "attest/verifier/verifier.h"

struct judgement {
    struct appraise_result result;
    char release[HOST_NAME_MAX + 1];  /* what it was compared with; "": none */
    enum host_state state;            /* trusted or failed */
    char summary[HOST_REASON_MAX + 1]; /* the first reason that counts, in words */
    char *reasons;                    /* JSON array; judge_free() */
};

/* Judges and moves `state` on. `input` lacks only the releases. NULL: no memory. */
struct judgement *judge(struct verifier *verifier, const char *group, struct appraise_input *input,
                        struct appraise_state *state);
void judge_free(struct judgement *judgement);

/* The same against given releases, for `bulkhead-verifier appraise`. */
struct judgement *judge_against(const struct release *const *releases, const enum release_state *states, uint32_t count,
                                struct appraise_input *input, struct appraise_state *state);

/* The evidence as a file that can be appraised again: {"format", "host", "nonce", "channel", "evidence"}, with the log from
 * its start where the quote accounted for it. On the heap; NULL: no memory. */
char *judge_keep_evidence(const struct appraise_input *input, const json_t *evidence, const struct judgement *judgement,
                          const struct appraise_state *state);

#endif
