/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar arithmetic: years are counted from March, so that the leap day is the last day of a year. */
#include "core/lib/calendar.h"

#define DAYS_TO_1970 719468u /* from 0000-03-01 */
#define DAYS_IN_ERA 146097u  /* 400 years */
#define SECONDS_IN_DAY 86400u

/* Days from 1 March to the first of the month that is `month` months later. */
static uint32_t days_before_month(uint32_t month)
{
    return (153 * month + 2) / 5;
}

uint64_t calendar_to_seconds(const struct calendar *calendar)
{
    uint32_t year = calendar->year - (calendar->month <= 2);
    uint32_t month = calendar->month + (calendar->month <= 2 ? 9 : 0) - (calendar->month <= 2 ? 0 : 3);
    uint32_t era = year / 400, of_era = year % 400;
    uint64_t days = (uint64_t)era * DAYS_IN_ERA + of_era * 365 + of_era / 4 - of_era / 100 + days_before_month(month) +
                    calendar->day - 1 - DAYS_TO_1970;
    return days * SECONDS_IN_DAY + calendar->hour * 3600 + calendar->minute * 60 + calendar->second;
}

struct calendar calendar_from_seconds(uint64_t seconds)
{
    uint64_t days = seconds / SECONDS_IN_DAY + DAYS_TO_1970;
    uint32_t rest = (uint32_t)(seconds % SECONDS_IN_DAY);
    uint32_t era = (uint32_t)(days / DAYS_IN_ERA), of_era = (uint32_t)(days % DAYS_IN_ERA);
    uint32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (DAYS_IN_ERA - 1)) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153;
    return (struct calendar){
        .year = era * 400 + year + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - days_before_month(month) + 1,
        .hour = rest / 3600,
        .minute = rest / 60 % 60,
        .second = rest % 60,
    };
}
