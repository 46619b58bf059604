/* SPDX-License-Identifier: Apache-2.0 */
/* A partition's life: loaded → running → stopped(reason) → running ... (docs/lifecycle.md). */
#ifndef CORE_MONITOR_LIFECYCLE_H
#define CORE_MONITOR_LIFECYCLE_H

#include "core/monitor/core.h"

/* Stops this core's partition: says why in one line, parks this core and tells the partition's first core to take the rest
 * down. The first reason wins. Format as fmt_print: the details behind the reason's own text. */
void lifecycle_stop(enum stop_reason reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Parks this core: it leaves its guest and holds nothing of it. */
void lifecycle_park(struct core *core);

/* On the partition's first core, once: resets the devices, loads memory from the sealed images and starts the partition. */
void lifecycle_start(struct core *core);

/* On the partition's first core, after a stop: parks the other cores, resets the devices, and starts again if the
 * configuration says so. */
void lifecycle_reap(struct core *core);

/* Fills the partition's memory: zero everywhere, then the sealed segments (load.c). */
void load_partition(void);

/* Overwrites a range of memory with zeros (load.c). */
void load_scrub(struct hpa_range range);

#endif
