/* SPDX-License-Identifier: Apache-2.0 */
/* The appraisal: evidence against challenge, host and releases, in the order of docs/attestation.md. Pure but for the heap. */
#ifndef ATTEST_LIB_APPRAISE_H
#define ATTEST_LIB_APPRAISE_H

#include "attest/lib/evidence.h"
#include "attest/lib/release.h"
#include "attest/lib/state.h"

/* The registers that a challenge asks for, in both banks: 0 to 9, 11, 12, 21, 22. */
#define APPRAISE_PCRS 0x00601bffu

enum appraise_verdict { VERDICT_NONE, VERDICT_AFFIRMING, VERDICT_WARNING, VERDICT_CONTRAINDICATED };

/* "none", "affirming", "warning", "contraindicated". */
const char *appraise_verdict_name(enum appraise_verdict verdict);

/* What a reason does to the verdict. */
enum appraise_level {
    APPRAISE_NOTE,    /* nothing: worth knowing */
    APPRAISE_WARNING, /* at best a warning */
    APPRAISE_FATAL,   /* contraindicated */
};

#define APPRAISE_REASONS_MAX 48u
#define APPRAISE_TEXT_MAX 640u
struct appraise_reason {
    const struct rule *rule;
    enum appraise_level level;
    char partition[EVENTLOG_NAME_MAX + 1]; /* "": not about a partition */
    char item[EVENTLOG_NAME_MAX + 1];      /* "": not about an item */
    char expected[APPRAISE_TEXT_MAX];
    char found[APPRAISE_TEXT_MAX];
};

struct appraise_result {
    enum appraise_verdict verdict;
    int32_t release; /* index of the release it was compared with; -1: none */
    bool accepted;   /* the quote is genuine and its log replays: `state` moved on, whatever the verdict. False is said
                      * of this message, not of the host: anybody could have sent it */
    struct quote quote;
    char boot[33];
    uint32_t security_version;
    bool debug, locality_2, rollback_counter;
    uint32_t reason_count, reasons_dropped;
    struct appraise_reason reasons[APPRAISE_REASONS_MAX]; /* the first reason_count; the others hold nothing */
};

/* What the evidence is held against. All pointers are the caller's and only read. */
struct appraise_input {
    const struct evidence *evidence;
    const char *host;               /* 32 hex digits */
    const struct public_key *ak;    /* as enrolled */
    const uint8_t *nonce;           /* 32 bytes */
    const uint8_t *channel;         /* SHA-256 of the agent's certificate (or request) in DER */
    struct pcr_selection selection; /* as in the challenge */
    uint64_t log_offset;            /* as in the challenge */
    uint64_t now;                   /* seconds since 1970; 0: unknown, and nobody looks at the key manifest's validity */
    const struct release *const *releases; /* the active ones, the newest first; */
    uint32_t release_count;                /* 0: the verdict is at most `none` */
    const enum release_state *release_states; /* what was said of each; NULL: nothing, all are active */
};

/* Appraises; moves `state` on when the evidence is genuine (result->accepted). */
void appraise(const struct appraise_input *input, struct appraise_state *state, struct appraise_result *result);

/* An operator approves the host's firmware as the last accepted quote showed it: the baseline, and everything that only
 * grows, start anew from there. False: there was no accepted quote. */
bool appraise_approve(struct appraise_state *state);

/* The reason in one line: "partition web, command-line: expected ..., found ..."; what is wrong stands in front where it is
 * about neither. The code is the caller's to add. */
size_t appraise_reason_print(const struct appraise_reason *reason, char *text, size_t size);

/* `reasons` of the protocol. The caller owns the reference. */
json_t *appraise_reasons_json(const struct appraise_result *result);

#endif
