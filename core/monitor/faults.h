/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of the monitor itself. They cannot happen; if one does, its core stops with a report and takes nobody with it. */
#ifndef CORE_MONITOR_FAULTS_H
#define CORE_MONITOR_FAULTS_H

#include <stdint.h>

#define FAULT_VECTORS 32u
#define FAULT_STUB_SIZE 16u

extern const char fault_stubs[], nmi_stub[], drain_stub[];

/* What entry.S pushed. */
struct fault_frame {
    uint64_t vector, error_code, rip, cs, rflags, rsp, ss;
};

void fault_report(const struct fault_frame *frame) __attribute__((noreturn));

/* Stops this core for good after one line on the console. */
void fault_stop(const char *why) __attribute__((noreturn));

#endif
