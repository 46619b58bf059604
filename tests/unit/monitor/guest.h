/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest does, as the tests say it: sets its registers, exits, looks at what became of it. */
#ifndef TESTS_UNIT_MONITOR_GUEST_H
#define TESTS_UNIT_MONITOR_GUEST_H

#include "core/monitor/exit.h"
#include "tests/unit/monitor/machine.h"

#define GUEST_RIP 0x1000u
#define GUEST_NEXT_RIP 0x1002u
#define EVENT_GP (VMCB_EVENT_VALID | VMCB_EVENT_EXCEPTION | VMCB_EVENT_ERROR_CODE | EXCEPTION_GP)
#define EVENT_UD (VMCB_EVENT_VALID | VMCB_EVENT_EXCEPTION | EXCEPTION_UD)

static inline uint64_t *guest_register(enum guest_register reg)
{
    return &this_core()->vcpu.guest.reg[reg];
}

/* The guest stands at an instruction that exits for this reason. */
static inline struct guest_exit *guest_exits(enum exit_reason reason)
{
    this_core()->vcpu.guest.rip = GUEST_RIP;
    machine_vmcb()->event_injection = 0;
    this_core()->vcpu.exit = (struct guest_exit){.reason = reason, .next_rip = GUEST_NEXT_RIP};
    return &this_core()->vcpu.exit;
}

static inline uint64_t refused_so_far(void)
{
    return monitor_shared()->refused[this_core()->index];
}

static inline void assert_skipped(void)
{
    assert_int_equal(machine_vmcb()->event_injection, 0);
    assert_int_equal(this_core()->vcpu.guest.rip, GUEST_NEXT_RIP);
}

/* The instruction faulted: the guest's RIP still names it. */
static inline void assert_raised(uint64_t event)
{
    assert_int_equal(machine_vmcb()->event_injection, event);
    assert_int_equal(this_core()->vcpu.guest.rip, GUEST_RIP);
}

#endif
