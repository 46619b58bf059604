/* SPDX-License-Identifier: Apache-2.0 */
/* The one address of core/handoff.h that assembly needs; core_init.c asserts that the two agree. */
#ifndef CORE_MONITOR_STACK_H
#define CORE_MONITOR_STACK_H

#include "core/monitor_base.h"

#define MONITOR_STACK_TOP_ASM (MONITOR_BASE + 0x10d000)

#endif
