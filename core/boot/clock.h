/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring the clocks that partitions live by. */
#ifndef CORE_BOOT_CLOCK_H
#define CORE_BOOT_CLOCK_H

#include <stdint.h>

/* Rates of the time stamp counter and of the local APIC timer (undivided), in Hz: two samples of 27 ms in a row that agree.
 * Refuses to go on when a clock stands still. Works in xAPIC and x2APIC mode. */
void clock_measure(uint64_t *tsc_hz, uint64_t *apic_timer_hz);

/* Waits at least this long. */
void clock_wait_microseconds(uint64_t microseconds);

#endif
