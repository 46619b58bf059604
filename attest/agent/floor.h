/* SPDX-License-Identifier: Apache-2.0 */
/* Raising the floor of rollback protection: the monitor does it when the attestation partition asks (docs/container.md). */
#ifndef ATTEST_AGENT_FLOOR_H
#define ATTEST_AGENT_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

enum floor_result {
    FLOOR_NOT_HERE, /* Bulkhead does not run this machine */
    FLOOR_REFUSED,  /* this partition may not ask, there is no counter, or the TPM did not count */
    FLOOR_STOPPED,  /* the agent is to stop; the floor may be higher than it was */
    FLOOR_RAISED,   /* the floor is the running configuration's security version */
};

/* Asks until the floor is as high as it may be. */
enum floor_result floor_raise(uint32_t *floor);

/* When to ask: until it is settled, and after a refusal (the TPM may have been busy) an hour later. All zero at first. */
struct floor_watch {
    bool settled;
    bool refused; /* before; said once */
    uint64_t again_ms;
};
bool floor_is_due(const struct floor_watch *watch, uint64_t now_ms);

/* Notes what asking gave. True: this is worth a line in the journal. */
bool floor_note(struct floor_watch *watch, enum floor_result result, uint64_t now_ms);

#endif
