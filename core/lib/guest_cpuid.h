/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor CPUID leaves a partition sees (docs/guest-view.md). */
#ifndef CORE_LIB_GUEST_CPUID_H
#define CORE_LIB_GUEST_CPUID_H

#define GUEST_CPUID_SIGNATURE 0x40000000u
#define GUEST_CPUID_TIMING 0x40000010u   /* EAX TSC kHz, EBX APIC timer kHz, ECX bit 0: hypercalls by VMMCALL */
#define GUEST_CPUID_BULKHEAD 0x40000100u /* EAX last leaf, EBX ECX "Bulkhead", EDX interface revision */
#define GUEST_CPUID_EXITS 0x40000101u    /* by ECX = exit reason: EBX:EAX exits of the own partition, ECX reasons */

#define GUEST_HYPERCALL_MAGIC 0x564d5868u
#define GUEST_HYPERCALL_GET_HZ 45u
#define GUEST_HYPERCALL_GET_VCPU_INFO 68u
#define GUEST_VCPU_INFO_X2APIC (1u << 3)
#define GUEST_HYPERCALL_RAISE_FLOOR 0x4248u /* Bulkhead's own, for the attestation partition: docs/guest-view.md */

#endif
