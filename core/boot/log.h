/* SPDX-License-Identifier: Apache-2.0 */
/* The boot stage's log: the first serial port, and the ring that survives a warm reset once its place is known. */
#ifndef CORE_BOOT_LOG_H
#define CORE_BOOT_LOG_H

#include "core/lib/log_ring.h"

void log_init(void);

/* One line, "[bulkhead] ..."; format as fmt_print. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* While the firmware is there, a refusal is shown on its screen as well: `print` takes one line without its end; NULL when the
 * firmware is gone. */
void log_set_screen(void (*print)(const char *line));

/* From here on every line goes to the screen too. */
void log_refusing(void);

/* Takes over the ring: what was said so far goes into it first. Says so when an earlier boot's text is in it. */
void log_attach(struct log_ring *ring);

#endif
