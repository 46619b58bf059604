/* SPDX-License-Identifier: Apache-2.0 */
/* Raising the floor of rollback protection once the running configuration has proved healthy: the TPM's counter is incremented
 * at locality 2. The attestation partition asks for it; how far is not its choice. */
#ifndef CORE_MONITOR_ROLLBACK_H
#define CORE_MONITOR_ROLLBACK_H

#include <stdbool.h>
#include <stdint.h>

/* Raises the floor by one, up to the running configuration's security version, and gives what it is then. False: this partition
 * may not ask, there is no counter, or the TPM did not do it; nothing has changed. Takes a bounded time. */
bool rollback_raise(uint32_t *floor);

#endif
