/* SPDX-License-Identifier: Apache-2.0 */
/* Taking over the event log that firmware has kept: where it ends, and which of the events that were written after it was
 * copied are still missing. Pure; firmware's bytes are bounded like a stranger's. */
#ifndef CORE_BOOT_FIRMWARE_LOG_H
#define CORE_BOOT_FIRMWARE_LOG_H

#include "core/measure/log.h"

#include <stdbool.h>
#include <stdint.h>

/* The sizes of the digests in a log, from its first event (TCG PC Client Platform Firmware Profile 1.06, 10.4.5.1). */
struct firmware_log_banks {
    uint32_t count; /* 1 to MEASURE_MAX_BANKS */
    uint16_t algorithms[MEASURE_MAX_BANKS];
    uint16_t sizes[MEASURE_MAX_BANKS];
};

/* Bytes of a crypto-agile log whose last event begins at `last`; at most `room` bytes may be read. 0: it is none, its events do
 * not lead to the last one, or it is longer. */
uint32_t firmware_log_size(const uint8_t *bytes, uint32_t room, uint32_t last, struct firmware_log_banks *banks);

/* Where event number `skip` of a row of `count` TCG_PCR_EVENT2 begins (*from), and where the row ends (*to). False: there are
 * fewer than `skip`, or the row leaves the `room` bytes. */
bool firmware_log_rest(const uint8_t *bytes, uint32_t room, const struct firmware_log_banks *banks, uint64_t skip,
                       uint64_t count, uint32_t *from, uint32_t *to);

#endif
