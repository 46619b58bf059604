/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing a core's local APIC back to rest after a guest. */
#ifndef CORE_X86_LOCAL_APIC_H
#define CORE_X86_LOCAL_APIC_H

#include "core/x86/backend.h"

/* Masks every local source, stops the timer, takes what is still pending and leaves the APIC software-disabled, as after a
 * reset (AMD64 APM vol. 2, 16.3). Called with interrupts and signals off; opens them for a moment through backend->drain. */
void local_apic_quiesce(const struct cpu_backend *backend);

#endif
