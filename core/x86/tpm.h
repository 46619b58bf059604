/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM 2.0 commands that boot stage and monitor need (TPM 2.0 Library 1.59, part 3): measuring into registers, and what
 * belongs to it. Shared: no state but the caller's. The locality must have been taken (core/x86/tpm_tis.h). */
#ifndef CORE_X86_TPM_H
#define CORE_X86_TPM_H

#include "core/measure/log.h"
#include "core/x86/tpm_tis.h"

#define TPM_BUFFER_SIZE 1152u /* the longest command: TPM2_PCR_Event with 1,024 bytes */
#define TPM_RANDOM_MAX 32u

struct tpm {
    struct tpm_tis tis;
    uint32_t bank_count; /* what tpm_find_banks() found: the banks whose digests tpm_pcr_event() returns */
    uint16_t banks[MEASURE_MAX_BANKS];
    uint32_t code; /* with TPM_REFUSED: the response code */
    uint8_t buffer[TPM_BUFFER_SIZE];
};

/* Starts a TPM that firmware left off; one that is on already is fine, too. */
enum tpm_result tpm_startup(struct tpm *tpm);

/* Fills tpm->banks with the algorithms of the banks that are switched on, in the TPM's order. A TPM with more than
 * MEASURE_MAX_BANKS, or with one whose digests have no known size, is TPM_GARBLED: it could not be replayed. */
enum tpm_result tpm_find_banks(struct tpm *tpm);

/* Hashes at most 1,024 bytes in every bank and extends the register with the digests; returns those of tpm->banks. TPMs may
 * compute more: for every algorithm they have, on or off. TPM_GARBLED when one of the banks is missing. */
enum tpm_result tpm_pcr_event(struct tpm *tpm, uint32_t pcr, const uint8_t *data, uint32_t size,
                              struct measure_digests *digests);

/* Registers that ask for a secret before they are extended: PCR 20 to 22 share one in the reference implementation (part 3,
 * 22.7, TPM2_PCR_SetAuthValue), and whoever comes first can set it, from any locality. The holder of locality 2 that set none
 * could be locked out of its registers from locality 0. */
struct tpm_secret {
    uint32_t size; /* 0: none is asked for */
    uint8_t bytes[TPM_RANDOM_MAX];
};

/* Gives a register that asks for none yet a random secret, until the next reset of the TPM. On a TPM whose register cannot have
 * one: TPM_DONE and size 0. */
enum tpm_result tpm_pcr_guard(struct tpm *tpm, uint32_t pcr, struct tpm_secret *secret);

/* tpm_pcr_event() with the register's secret. */
enum tpm_result tpm_pcr_event_guarded(struct tpm *tpm, uint32_t pcr, const struct tpm_secret *secret, const uint8_t *data,
                                      uint32_t size, struct measure_digests *digests);

/* Sets a register to zero; the locality must be one that may (16 and 23 anyone, 20 to 22 locality 2). */
enum tpm_result tpm_pcr_reset(struct tpm *tpm, uint32_t pcr);

/* `size` bytes from the TPM's generator, at most TPM_RANDOM_MAX. */
enum tpm_result tpm_random(struct tpm *tpm, uint8_t *bytes, uint32_t size);

/* Closes the platform hierarchy until the next reset: nobody can clear the TPM or change its banks with it. One that is closed
 * already, or that firmware gave a secret of its own, is as good. */
enum tpm_result tpm_close_platform(struct tpm *tpm);

#endif
