/* SPDX-License-Identifier: Apache-2.0 */
/* The consoles: each partition's 16550, and the monitor's own messages; mirrored line by line to the machine's UART with the
 * speaker's name in front, and into the log ring. */
#ifndef CORE_MONITOR_CONSOLE_H
#define CORE_MONITOR_CONSOLE_H

#include <stdint.h>

/* One line of the monitor, "[bulkhead] ...". Format as fmt_print. */
void console_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One byte that this core's partition sent. Whole lines are mirrored. */
void console_put_guest(char c);

/* Mirrors a half-finished line, when its partition stops. */
void console_flush_guest(void);

#endif
