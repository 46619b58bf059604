/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the instruction that faulted. */
#ifndef CORE_MONITOR_GUEST_CODE_H
#define CORE_MONITOR_GUEST_CODE_H

#include "core/x86/backend.h"

/* Fills vcpu->exit.instruction from guest memory, unless the processor supplied the bytes. In 64-bit mode only; leaves the
 * length 0 when the guest's own page tables do not lead to its memory. */
void guest_code_read(struct vcpu *vcpu);

#endif
