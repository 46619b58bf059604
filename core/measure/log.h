/* SPDX-License-Identifier: Apache-2.0 */
/* The TCG event log, crypto-agile format (TCG PC Client Platform Firmware Profile 1.06, 10.2): records are only ever appended.
 * The boot stage writes its part, then the monitor. */
#ifndef CORE_MEASURE_LOG_H
#define CORE_MEASURE_LOG_H

#include <stdbool.h>
#include <stdint.h>

/* TPM_ALG_ID (TPM 2.0 Library part 2, 6.3). */
#define TPM_ALG_SHA1 0x0004u
#define TPM_ALG_SHA256 0x000bu
#define TPM_ALG_SHA384 0x000cu
#define TPM_ALG_SHA512 0x000du
#define TPM_ALG_SM3_256 0x0012u

#define MEASURE_LOG_SIZE 0x40000u /* room for the log of one boot: firmware's part, ours, and what happens later */
#define MEASURE_MAX_BANKS 5u
#define MEASURE_MAX_DIGEST 64u

/* One event's digest in every bank that the TPM has switched on. */
struct measure_digest {
    uint16_t algorithm;
    uint8_t bytes[MEASURE_MAX_DIGEST];
};
struct measure_digests {
    uint32_t count; /* 1 to MEASURE_MAX_BANKS */
    struct measure_digest banks[MEASURE_MAX_BANKS];
};

/* Bytes of a digest; 0 for an algorithm that is not known here. */
uint32_t measure_digest_size(uint16_t algorithm);

struct measure_log {
    uint8_t *bytes;
    uint32_t size; /* room */
    uint32_t used;
};

/* Starts a log that no firmware has begun, with the Spec ID event (10.4.5.1) that names the banks. False: no room. */
bool measure_log_begin(struct measure_log *log, const uint16_t *algorithms, uint32_t count);

/* Appends one TCG_PCR_EVENT2. False, and nothing changed, when there is no room. */
bool measure_log_append(struct measure_log *log, uint32_t pcr, uint32_t type, const struct measure_digests *digests,
                        const uint8_t *data, uint32_t size);

#endif
