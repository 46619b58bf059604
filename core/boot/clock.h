/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring the clocks that partitions live by. */
#ifndef CORE_BOOT_CLOCK_H
#define CORE_BOOT_CLOCK_H

#include <stdint.h>

/* Rates of the time stamp counter and of the local APIC timer (undivided), in Hz, measured against the
 * PIT over 31 ms. */
void clock_measure(uint64_t *tsc_hz, uint64_t *apic_timer_hz);

/* Waits at least this long. */
void clock_wait_microseconds(uint64_t microseconds);

#endif
