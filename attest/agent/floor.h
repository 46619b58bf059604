/* SPDX-License-Identifier: Apache-2.0 */
/* Raising the floor of rollback protection: the monitor does it when the attestation partition asks (docs/container.md). */
#ifndef ATTEST_AGENT_FLOOR_H
#define ATTEST_AGENT_FLOOR_H

#include <stdint.h>

enum floor_result {
    FLOOR_NOT_HERE, /* Bulkhead does not run this machine */
    FLOOR_REFUSED,  /* this partition may not ask, there is no counter, or the TPM did not count */
    FLOOR_RAISED,   /* the floor is the running configuration's security version */
};

/* Asks until the floor is as high as it may be. */
enum floor_result floor_raise(uint32_t *floor);

#endif
