/* SPDX-License-Identifier: Apache-2.0 */
/* The boot stage's log: the first serial port, and the ring that survives a warm reset once its place is known. */
#ifndef CORE_BOOT_LOG_H
#define CORE_BOOT_LOG_H

#include "core/lib/log_ring.h"

void log_init(void);

/* One line, "[bulkhead] ..."; format as fmt_print. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Takes over the ring: what was said so far goes into it first. Says so when an earlier boot's text is in it. */
void log_attach(struct log_ring *ring);

#endif
