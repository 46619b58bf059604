/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for core/monitor_base.h in the unit tests: an address that a program can map. */
#ifndef CORE_MONITOR_BASE_H
#define CORE_MONITOR_BASE_H

#define MONITOR_BASE 0x200000000000

#endif
