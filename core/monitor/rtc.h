/* SPDX-License-Identifier: Apache-2.0 */
/* The real-time clock a partition sees: it tells the time and cannot be set. */
#ifndef CORE_MONITOR_RTC_H
#define CORE_MONITOR_RTC_H

#include <stdint.h>

struct rtc {
    uint8_t index;    /* the last value of port 0x70 */
    uint64_t seconds; /* since 1970; what the registers tell */
};

/* The register that rtc->index selects. Status register A, which software reads first, brings the others up to date, so that
 * they belong together. Registers that are not a clock's read zero. */
uint8_t rtc_read(struct rtc *rtc);

#endif
