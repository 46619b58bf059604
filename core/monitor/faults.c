/* SPDX-License-Identifier: Apache-2.0 */
/* Reports a fault of the monitor itself and stops the core. */
#include "core/monitor/faults.h"

#include "core/monitor/console.h"
#include "core/monitor/core.h"

void fault_stop(const char *why)
{
    console_log("core %u stopped: %s", this_core()->index, why);
    for (;;)
        cpu_halt();
}

void fault_report(const struct fault_frame *frame)
{
    console_log("STOP-699 monitor fault on core %u: vector %lu error 0x%lx rip 0x%lx cr2 0x%lx rsp 0x%lx",
                this_core()->index, frame->vector, frame->error_code, frame->rip, cpu_read_cr2(), frame->rsp);
    fault_stop("a fault inside the monitor; its partition no longer runs on this core");
}
