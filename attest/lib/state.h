/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier remembers of a host from one appraisal to the next. */
#ifndef ATTEST_LIB_STATE_H
#define ATTEST_LIB_STATE_H

#include "attest/lib/eventlog.h"
#include "attest/lib/pcr.h"
#include "attest/lib/public.h"

#include <stdbool.h>
#include <stdint.h>

/* The firmware an operator approved: registers 0 and 2; 4 and 7 count where the release does not predict them. */
struct state_baseline {
    bool approved;
    struct pcr_digests pcr0, pcr2, pcr4, pcr7;
};

struct appraise_state {
    /* over all boots; kept until an operator approves the host anew */
    struct state_baseline baseline;
    struct public_name signer;  /* qualified name in the first good quote; size 0: none yet */
    bool has_quote;             /* the four below are meaningful */
    uint64_t clock;
    uint32_t reset_count, restart_count;
    char boot[33];              /* the boot of the last good quote, hex */
    uint32_t highest_version;   /* of an accepted configuration */
    bool had_counter, had_locality_2;
    uint32_t highest_floor;     /* of the rollback counter */
    /* of this boot */
    uint32_t version, floor;    /* what its configuration and its counter said */
    bool counter, locality_2;
    uint32_t log_size;          /* bytes in `log`, that the quotes accounted for */
    struct pcr_banks values;    /* what they replay to */
    bool sealed_reset[2];       /* registers 21 and 22 had their first event */
    uint8_t *log;               /* on the heap; state_free(). Grows only, within a boot */
};

/* A host that nothing is known of. */
void state_init(struct appraise_state *state);
void state_free(struct appraise_state *state);

/* The offset to ask the agent's log from (`log_offset` of a challenge), for a host that says it runs this boot and has
 * this much log. */
uint64_t state_log_offset(const struct appraise_state *state, const char *boot, uint64_t log_length);

/* The state without its log as bytes for storage, in a fixed little-endian form with a revision number; the log is
 * `state->log`, `state->log_size`, and is stored beside it. */
#define STATE_HEAD_SIZE_MAX 4096u
uint32_t state_write(const struct appraise_state *state, uint8_t head[STATE_HEAD_SIZE_MAX]);

/* Reads them back; copies the log. False: not a state; `state` is as after state_init(). */
bool state_read(const uint8_t *head, size_t head_size, const uint8_t *log, size_t log_size, struct appraise_state *state);

#endif
