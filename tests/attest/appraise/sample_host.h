/* SPDX-License-Identifier: Apache-2.0 */
/* A host without a TPM: its quotes are made and signed in software, as a TPM would. For what needs many of them, or none that
 * a TPM would make: benchmark and fuzzers. The tests of the appraisal itself use a TPM. */
#ifndef TESTS_ATTEST_APPRAISE_SAMPLE_HOST_H
#define TESTS_ATTEST_APPRAISE_SAMPLE_HOST_H

#include "attest/lib/appraise.h"
#include "tests/attest/appraise/sample_boot.h"

struct sample_host {
    struct public_key ak;
    uint8_t secret[48]; /* of `ak->size` bytes */
    struct public_name signer;
    char id[33];
    uint8_t channel[32];
    uint64_t clock;
    struct sample_boot boot;
    uint32_t log_size;
    uint8_t log[MEASURE_SAMPLE_LOG_MAX];
};

/* A host that booted the sample; `kind` is PUBLIC_P256 or PUBLIC_P384. */
void sample_host_boot(struct sample_host *host, enum public_kind kind, const struct sample_boot *boot);

/* Answers a challenge: *evidence has its log on the heap (evidence_free()). The registers are what `log` replays to. */
void sample_host_answer(struct sample_host *host, const uint8_t nonce[32], uint64_t log_offset, struct evidence *evidence);

/* The registers after a log, as a TPM would have them that was extended record by record; stops where it is no log. */
void sample_replay(const uint8_t *log, uint64_t size, struct pcr_banks *banks);

/* release.json of what the log measured, on the heap (free()). */
char *sample_release_text(const uint8_t *log, uint32_t size);

#endif
