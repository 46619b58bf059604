/* SPDX-License-Identifier: Apache-2.0 */
/* The two questions unmodified kernels ask by VMMCALL: clock rates, and whether x2APIC may stay on. And the attestation
 * partition's one request. */
#include "core/lib/guest_cpuid.h"
#include "core/monitor/exit.h"
#include "core/monitor/rollback.h"

void exit_hypercall(struct core *core)
{
    const struct handoff *handoff = monitor_handoff();
    uint32_t service = guest_get32(core, REG_RCX) & 0xffffu;
    uint32_t floor;
    bool known = guest_get32(core, REG_RAX) == GUEST_HYPERCALL_MAGIC;
    if (known && service == GUEST_HYPERCALL_GET_HZ) {
        guest_set32(core, REG_RAX, (uint32_t)handoff->tsc_hz);
        guest_set32(core, REG_RBX, (uint32_t)(handoff->tsc_hz >> 32));
        guest_set32(core, REG_RCX, (uint32_t)handoff->apic_timer_hz);
        guest_set32(core, REG_RDX, 0);
    } else if (known && service == GUEST_HYPERCALL_GET_VCPU_INFO) {
        guest_set32(core, REG_RAX, GUEST_VCPU_INFO_X2APIC);
    } else if (known && service == GUEST_HYPERCALL_RAISE_FLOOR && rollback_raise(&floor)) {
        guest_set32(core, REG_RAX, floor);
        guest_set32(core, REG_RBX, handoff->rollback.security_version);
    } else {
        exit_count_refused(core);
        guest_set32(core, REG_RAX, 0xffffffffu);
    }
    exit_skip(core);
}
