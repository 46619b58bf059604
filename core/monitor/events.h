/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to partitions after launch, measured: each event becomes a record of PCR 12 and, the same again, of PCR 22 in
 * the event log (docs/attestation.md). The TPM is used at locality 2, which no partition has. Nothing here can fail for the
 * caller: what cannot be measured is said, counted and, as soon as something can be measured again, recorded as lost. */
#ifndef CORE_MONITOR_EVENTS_H
#define CORE_MONITOR_EVENTS_H

#include "core/measure/log.h"
#include "core/monitor/lock.h"
#include "core/x86/tpm.h"

#define EVENTS_COMMAND_MS 2000u /* the TPM may take so long for one command */
#define EVENTS_SILENCES_MAX 3u  /* so many in a row without a sound answer, and the TPM is left alone for good */

enum events_state {
    EVENTS_NEW,  /* nothing was measured yet */
    EVENTS_OPEN,
    EVENTS_SHUT, /* nothing is measured any more: no TPM, locality 2 is closed, the log is full, or the TPM is silent */
};

/* Shared by all cores. Everything but `lost` belongs to who has the lock. */
struct events {
    struct lock lock;
    enum events_state state;
    uint32_t lost;     /* events since the last record that are in no record */
    uint32_t silences; /* how often in a row the TPM gave no sound answer */
    struct measure_log log;
    uint32_t floor_raised; /* rollback.c: how often since launch */
    struct tpm tpm;        /* ready once something was recorded, which is before the first guest instruction */
};

/* Measures one event of this core's partition: "start", "stop" with its code, "stays-stopped"; `number` is the number of starts
 * so far. `text` may be NULL. Returns when it is measured, or cannot be, after a bounded time. */
void events_record(const char *item, const char *text, uint64_t number);

#endif
