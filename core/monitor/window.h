/* SPDX-License-Identifier: Apache-2.0 */
/* The only ways the monitor reaches memory outside itself: one page for one access, or 2 MiB while a partition is loaded. */
#ifndef CORE_MONITOR_WINDOW_H
#define CORE_MONITOR_WINDOW_H

#include "core/lib/address.h"

#include <stdbool.h>
#include <stdint.h>

enum window_kind { WINDOW_MEMORY, WINDOW_DEVICE };

/* Maps the 4 KiB page around `address` on this core and returns where `address` now is. One page at a time. */
void *window_open(struct hpa address, enum window_kind kind);
void window_close(void);

/* Maps the 2 MiB page around `address` for scrubbing and loading. */
void *window_open_large(struct hpa address);
void window_close_large(void);

/* Makes one of this core's private pages read-only for good. */
void window_seal_page(void *page);

/* One access of 1, 2 or 4 bytes to a device register. */
uint32_t device_read(struct hpa address, unsigned width);
void device_write(struct hpa address, unsigned width, uint32_t value);

#endif
