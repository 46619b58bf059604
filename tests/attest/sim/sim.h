/* SPDX-License-Identifier: Apache-2.0 */
/* Simulated hosts for tests and benchmarks of the verifier: keys in software instead of a TPM, but real signatures,
 * structures and logs, made by core/measure and attest/lib. One that misbehaves does so because a test asked for it. */
#ifndef TESTS_ATTEST_SIM_SIM_H
#define TESTS_ATTEST_SIM_SIM_H

#include "attest/lib/credential.h"
#include "attest/lib/pcr.h"
#include "attest/lib/public.h"
#include "core/measure/log.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define SIM_LOG_MAX 32768u

/* What the machine was booted with; the same makes the same release. */
struct sim_config {
    char release[64];
    uint64_t serial;
    uint32_t security_version;
    char command_line[256]; /* of the partition `web` */
};

/* A booted machine: its registers and its log. */
struct sim_machine {
    struct pcr_banks pcrs;
    uint8_t log_bytes[SIM_LOG_MAX];
    struct measure_log log;
    bool was_reset[2]; /* registers 21 and 22 */
    char boot[33];
};

/* Boots: firmware's events, Bulkhead's list, the first run-time record, the start of each partition. */
void sim_machine_boot(struct sim_machine *machine, const struct sim_config *config, const char *boot);

/* One more run-time event: the partition `web` stops and starts again, for the `count`-th time. */
void sim_machine_restart_web(struct sim_machine *machine, uint32_t count);

/* release.json of a configuration, on the heap. */
char *sim_release(const struct sim_config *config);

/* A key on P-256 in software. */
struct sim_key {
    uint8_t secret[32];
    uint8_t x[32], y[32];
};

struct sim_tpm {
    struct sim_key ek, ak;
    uint64_t clock;
    uint32_t reset_count, restart_count;
};

#define SIM_PUBLIC_MAX 160u
void sim_key_make(struct sim_key *key);
uint16_t sim_ek_public(const struct sim_tpm *tpm, uint8_t bytes[SIM_PUBLIC_MAX]); /* TPM2B_PUBLIC, template L-2 */
uint16_t sim_ak_public(const struct sim_tpm *tpm, uint8_t bytes[SIM_PUBLIC_MAX]);

/* TPM2_ActivateCredential: false when the blob is not for this TPM or this key. */
bool sim_activate(const struct sim_tpm *tpm, const uint8_t *blob, size_t blob_size, const uint8_t *seed, size_t seed_size,
                  uint8_t secret[CREDENTIAL_SECRET_SIZE]);

/* What a test may want to be wrong. */
enum sim_tamper {
    SIM_HONEST, SIM_BAD_SIGNATURE, SIM_BAD_NONCE, SIM_BAD_HOST, SIM_BAD_CHANNEL, SIM_BAD_LOG, SIM_BAD_PCR, SIM_BAD_MAGIC,
    SIM_TAMPERS
};
bool sim_tamper_read(const char *name, enum sim_tamper *tamper);

/* `pcrs` of the last evidence: from quote to quote they mostly stay the same. All zero at first; free() the text in the end. */
struct sim_told {
    struct pcr_banks pcrs;
    char *text;
};

/* The `evidence` object over APPRAISE_PCRS, on the heap. Written as text: a fleet shares the processors with the verifier that
 * it measures. */
char *sim_evidence(struct sim_tpm *tpm, const struct sim_machine *machine, struct sim_told *told, const uint8_t nonce[32],
                   const char *host, const uint8_t channel[32], uint64_t log_offset, enum sim_tamper tamper);

#endif
