/* SPDX-License-Identifier: Apache-2.0 */
/* Exit dispatch. */
#include "core/monitor/exit.h"

#include "core/monitor/lifecycle.h"
#include "core/x86/registers.h"

/* INVD would throw away others' unwritten cache lines, WBINVD empties caches that others share, for milliseconds. Neither has
 * anything to do here: memory is coherent, for devices too (AMDVI_PTE_FC). */
static void exit_cache(struct core *core)
{
    exit_skip(core);
}

static void exit_forbidden(struct core *core)
{
    exit_count_refused(core);
    core->backend->inject_exception(&core->vcpu, EXCEPTION_UD, false, 0);
}

static void exit_reflect(struct core *core)
{
    const struct guest_exit *exit = &core->vcpu.exit;
    core->backend->inject_exception(&core->vcpu, exit->vector, exit->has_error_code, exit->error_code);
}

static void exit_stop(const struct core *core, enum stop_reason reason)
{
    const struct guest_exit *exit = &core->vcpu.exit;
    lifecycle_stop(reason, "exit 0x%lx info 0x%lx 0x%lx rip 0x%lx", exit->raw[0], exit->raw[1], exit->raw[2],
                   core->vcpu.guest.rip);
}

/* With MCG_STATUS.MCIP left set, the core's next machine check would shut the processor down (APM vol. 2, 9.3.1). */
static void exit_machine_check(const struct core *core)
{
    exit_stop(core, STOP_MACHINE_CHECK);
    cpu_wrmsr(MSR_MCG_STATUS, 0);
}

void exit_handle(struct core *core)
{
    enum exit_reason reason = core->vcpu.exit.reason;
    monitor_shared()->exits[core->index][reason]++;
    switch (reason) {
    case EXIT_NMI:
        return; /* main.c looks at the mailbox */
    case EXIT_CPUID:
        return exit_cpuid(core);
    case EXIT_MSR_READ:
        return exit_msr_read(core);
    case EXIT_MSR_WRITE:
        return exit_msr_write(core);
    case EXIT_IO:
        return exit_io(core);
    case EXIT_STAGE2_FAULT:
        return exit_stage2_fault(core);
    case EXIT_HYPERCALL:
        return exit_hypercall(core);
    case EXIT_CACHE:
        return exit_cache(core);
    case EXIT_FORBIDDEN:
        return exit_forbidden(core);
    case EXIT_REFLECT:
        return exit_reflect(core);
    case EXIT_SHUTDOWN:
        return exit_stop(core, STOP_TRIPLE_FAULT);
    case EXIT_MACHINE_CHECK:
        return exit_machine_check(core);
    case EXIT_INVALID:
        return exit_stop(core, STOP_INVALID_STATE);
    default:
        return exit_stop(core, STOP_UNKNOWN_EXIT);
    }
}
