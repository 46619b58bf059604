/* SPDX-License-Identifier: Apache-2.0 */
/* The partitions' real-time clock: the boot stage's reading, carried on by the time stamp counter. */
#include "core/monitor/rtc.h"

#include "core/handoff.h"
#include "core/lib/calendar.h"
#include "core/lib/cmos.h"
#include "core/monitor/shared.h"
#include "core/x86/cpu.h"

static uint8_t digits(uint32_t value)
{
    return (uint8_t)(value / 10 << 4 | value % 10);
}

static uint64_t seconds_now(void)
{
    const struct handoff *handoff = monitor_handoff();
    return handoff->wall_clock + (cpu_rdtsc() - handoff->wall_clock_tsc) / handoff->tsc_hz;
}

uint8_t rtc_read(struct rtc *rtc)
{
    uint8_t index = rtc->index & CMOS_INDEX_MASK;
    if (index == CMOS_STATUS_A)
        rtc->seconds = seconds_now();
    struct calendar now = calendar_from_seconds(rtc->seconds);
    switch (index) {
    case CMOS_SECOND:
        return digits(now.second);
    case CMOS_MINUTE:
        return digits(now.minute);
    case CMOS_HOUR:
        return digits(now.hour);
    case CMOS_DAY:
        return digits(now.day);
    case CMOS_MONTH:
        return digits(now.month);
    case CMOS_YEAR:
        return digits(now.year % 100);
    case CMOS_CENTURY:
        return digits(now.year / 100);
    case CMOS_STATUS_A: /* never "update in progress" */
        return CMOS_A_32KHZ;
    case CMOS_STATUS_B:
        return CMOS_B_24_HOURS;
    case CMOS_STATUS_D:
        return CMOS_D_VALID;
    default:
        return 0;
    }
}
