/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of the appraisal share. */
#ifndef ATTEST_LIB_APPRAISE_PARTS_H
#define ATTEST_LIB_APPRAISE_PARTS_H

#include "attest/lib/appraise.h"

/* One appraisal under way. */
struct appraisal {
    const struct appraise_input *input;
    const struct appraise_state *state; /* as before this appraisal */
    struct appraise_result *result;
    const struct release *release; /* NULL: none */
    /* from the log step on */
    uint8_t *log; /* prefix and what came now, up to where it agrees with the quote */
    uint32_t log_size;
    struct pcr_banks values; /* what the log replays to */
    bool sealed_reset[2];
    uint32_t record_count;
    struct eventlog_record *records; /* of the whole log, but those that extend nothing */
    /* from the platform step on */
    uint32_t floor;
};

/* One check each, in the order of docs/attestation.md. False: the appraisal ends here. */
bool appraise_sizes(struct appraisal *appraisal);
bool appraise_signature(struct appraisal *appraisal);
bool appraise_structure(struct appraisal *appraisal);
bool appraise_signer(struct appraisal *appraisal);
bool appraise_binding(struct appraisal *appraisal);
bool appraise_selection(struct appraisal *appraisal);
bool appraise_digest(struct appraisal *appraisal);
bool appraise_clock(struct appraisal *appraisal);
bool appraise_log(struct appraisal *appraisal);
bool appraise_release(struct appraisal *appraisal);  /* what was started: PCR 8, 9, 21 */
bool appraise_platform(struct appraisal *appraisal); /* the machine: PCR 11 */
bool appraise_runtime(struct appraisal *appraisal);  /* what happened since: PCR 12, 22 */
bool appraise_version(struct appraisal *appraisal);
bool appraise_firmware(struct appraisal *appraisal); /* PCR 0, 2, 4, 7 */
bool appraise_standing(struct appraisal *appraisal); /* what an operator has said of the release */

/* Adds a reason and returns it, to be filled further; never NULL: beyond APPRAISE_REASONS_MAX it is counted and the last
 * one is overwritten. `partition` and `item` may be NULL. Formats are those of fmt_print. */
struct appraise_reason *appraise_add(struct appraisal *appraisal, const struct rule *rule, enum appraise_level level,
                                     const char *partition, const char *item);
void appraise_expect(struct appraise_reason *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));
void appraise_find(struct appraise_reason *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Turns the findings of a report into fatal reasons. */
void appraise_add_report(struct appraisal *appraisal, const struct report *report);

/* The records of one register, in order: the first one at or after *index, which moves behind it; NULL: no more. */
const struct eventlog_record *appraise_next(const struct appraisal *appraisal, uint32_t pcr, uint32_t *index);

/* The one tagged event of this register and item that stands first; false: none. */
bool appraise_find_tagged(const struct appraisal *appraisal, uint32_t pcr, const char *item,
                          struct eventlog_tagged *event);

/* Compares the register's records with the expected ones and names each difference. Data decides where it is known,
 * else type and digests. */
void appraise_compare(struct appraisal *appraisal, uint32_t pcr, const struct release_events *expected);

#endif
