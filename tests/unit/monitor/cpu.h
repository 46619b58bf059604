/* SPDX-License-Identifier: Apache-2.0 */
/* The processor of the tests' machine: what its other parts tell it. */
#ifndef TESTS_UNIT_MONITOR_CPU_H
#define TESTS_UNIT_MONITOR_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* One access through the 4 KiB window has been done. */
void cpu_record_access(bool write, uint64_t hpa, uint64_t value, bool device);

#endif
