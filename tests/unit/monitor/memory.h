/* SPDX-License-Identifier: Apache-2.0 */
/* Physical memory of the tests' machine, and the pages at MONITOR_BASE through which the monitor sees it. */
#ifndef TESTS_UNIT_MONITOR_MEMORY_H
#define TESTS_UNIT_MONITOR_MEMORY_H

#include <stdint.h>

#define MEMORY_SIZE (4ull << 30)

/* Zeroes all of it; closes the windows. */
void memory_reset(void);

void *memory_at(uint64_t hpa);

/* INVLPG of this address. */
void memory_invalidate(const volatile void *address);

#endif
