/* SPDX-License-Identifier: Apache-2.0 */
/* Where the monitor's address space begins; for C and assembly, hence without a suffix. monitor.ld says the same. The unit
 * tests put a header of their own in its place, with an address that a program can have. */
#ifndef CORE_MONITOR_BASE_H
#define CORE_MONITOR_BASE_H

#define MONITOR_BASE 0xffffffff80000000

#endif
