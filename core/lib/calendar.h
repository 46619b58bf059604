/* SPDX-License-Identifier: Apache-2.0 */
/* Days and seconds since 1970 and what a calendar says (proleptic Gregorian, UTC, no leap seconds). */
#ifndef CORE_LIB_CALENDAR_H
#define CORE_LIB_CALENDAR_H

#include <stdint.h>

struct calendar {
    uint32_t year;                 /* 1970 to 9999 */
    uint32_t month, day;           /* 1 to 12, 1 to 31 */
    uint32_t hour, minute, second; /* 0 to 23, 0 to 59, 0 to 59 */
};

/* Seconds since 1970-01-01 00:00:00. Fields beyond their range give the time they add up to. */
uint64_t calendar_to_seconds(const struct calendar *calendar);

struct calendar calendar_from_seconds(uint64_t seconds);

#endif
