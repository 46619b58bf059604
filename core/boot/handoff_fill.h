/* SPDX-License-Identifier: Apache-2.0 */
/* The plan and the finished tables, as the monitor needs them (handoff_fill.c). */
#ifndef CORE_BOOT_HANDOFF_FILL_H
#define CORE_BOOT_HANDOFF_FILL_H

#include "core/boot/boot.h"

/* Fills the zeroed handoff. `core_blocks` is where the first core's private block starts. */
void handoff_fill(const struct boot *boot, struct hpa core_blocks, struct handoff *handoff);

#endif
