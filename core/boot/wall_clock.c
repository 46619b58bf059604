/* SPDX-License-Identifier: Apache-2.0 */
/* The time of day, read once from the machine's real-time clock; the monitor goes on counting from it. */
#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/boot/steps.h"
#include "core/lib/calendar.h"
#include "core/lib/cmos.h"
#include "core/x86/cpu.h"

#include <string.h>

#define UPDATE_POLLS 100000u /* an update takes 2 ms; a port access about 1 us */
#define READ_TRIES 5u
#define CENTURY 2000u        /* registers hold two digits */

static uint8_t cmos_read(uint8_t index)
{
    cpu_out8(CMOS_PORT_INDEX, index);
    return cpu_in8(CMOS_PORT_DATA);
}

static uint32_t number(uint8_t value, uint8_t status_b)
{
    return status_b & CMOS_B_BINARY ? value : (value >> 4) * 10u + (value & 0xfu);
}

static uint32_t hours(uint8_t value, uint8_t status_b)
{
    if (status_b & CMOS_B_24_HOURS)
        return number(value, status_b);
    uint32_t hour = number(value & (uint8_t)~CMOS_HOUR_PM, status_b) % 12;
    return value & CMOS_HOUR_PM ? hour + 12 : hour;
}

static struct calendar read_once(void)
{
    for (unsigned i = 0; i < UPDATE_POLLS && cmos_read(CMOS_STATUS_A) & CMOS_A_UPDATING; i++)
        cpu_pause();
    uint8_t b = cmos_read(CMOS_STATUS_B);
    return (struct calendar){
        .year = CENTURY + number(cmos_read(CMOS_YEAR), b),
        .month = number(cmos_read(CMOS_MONTH), b),
        .day = number(cmos_read(CMOS_DAY), b),
        .hour = hours(cmos_read(CMOS_HOUR), b),
        .minute = number(cmos_read(CMOS_MINUTE), b),
        .second = number(cmos_read(CMOS_SECOND), b),
    };
}

static bool plausible(const struct calendar *time)
{
    return time->month >= 1 && time->month <= 12 && time->day >= 1 && time->day <= 31 && time->hour < 24 &&
           time->minute < 60 && time->second < 60;
}

/* Two readings alike, so that none was taken in the middle of an update. A machine without a clock starts in 2000. */
void wall_clock_survey(struct boot *boot)
{
    struct calendar last = read_once(), time = last;
    for (unsigned i = 0; i < READ_TRIES; i++) {
        time = read_once();
        if (memcmp(&time, &last, sizeof time) == 0)
            break;
        last = time;
    }
    if (!plausible(&time)) {
        log_line("the real-time clock holds no time: the partitions' clocks start in 2000");
        time = (struct calendar){.year = CENTURY, .month = 1, .day = 1};
    }
    boot->wall_clock_tsc = cpu_rdtsc();
    boot->wall_clock = calendar_to_seconds(&time);
    log_line("time of day %u-%02u-%02u %02u:%02u:%02u", time.year, time.month, time.day, time.hour, time.minute,
             time.second);
}
