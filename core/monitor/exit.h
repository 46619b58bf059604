/* SPDX-License-Identifier: Apache-2.0 */
/* Answering exits. Each handler gets the core whose vcpu.exit holds the exit, and leaves the guest ready to run again or its
 * partition stopped. */
#ifndef CORE_MONITOR_EXIT_H
#define CORE_MONITOR_EXIT_H

#include "core/monitor/core.h"

#define EXCEPTION_UD 6
#define EXCEPTION_GP 13

void exit_handle(struct core *core);

void exit_cpuid(struct core *core);      /* cpuid.c */
void exit_msr_read(struct core *core);   /* msr.c */
void exit_msr_write(struct core *core);  /* msr.c */
void exit_io(struct core *core);         /* io.c */
void exit_icr(struct core *core, uint64_t icr); /* ipi.c */
void exit_hypercall(struct core *core);  /* hypercall.c */
void exit_stage2_fault(struct core *core); /* stage2_fault.c */

/* The instruction is done: go on behind it. */
static inline void exit_skip(struct core *core)
{
    core->vcpu.guest.rip = core->vcpu.exit.next_rip;
}

/* Counts an access that absent hardware answers. */
static inline void exit_count_refused(const struct core *core)
{
    monitor_shared()->refused[core->index]++;
}

static inline void exit_raise_gp(struct core *core)
{
    exit_count_refused(core);
    core->backend->inject_exception(&core->vcpu, EXCEPTION_GP, true, 0);
}

/* Writes of 32-bit registers clear the upper halves. */
static inline void guest_set32(struct core *core, enum guest_register reg, uint32_t value)
{
    core->vcpu.guest.reg[reg] = value;
}

static inline uint32_t guest_get32(const struct core *core, enum guest_register reg)
{
    return (uint32_t)core->vcpu.guest.reg[reg];
}

#endif
