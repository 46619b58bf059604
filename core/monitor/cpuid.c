/* SPDX-License-Identifier: Apache-2.0 */
/* CPUID by allow-list: what a partition may know of its processor (AMD64 APM vol. 3, appendix E). */
#include "core/lib/guest_cpuid.h"
#include "core/monitor/exit.h"
#include "core/x86/registers.h"

/* A leaf that is passed on, and the bits of it that are. Leaves not named here read zero. */
struct cpuid_rule {
    uint32_t leaf;
    uint32_t eax, ebx, ecx, edx;
};

#define ALL 0xffffffffu
/* Leaf 1 ECX: not MONITOR(3), VMX(5), SMX(6), EIST(7), TM2(8), PDCM(15), PCID stays, DCA(18), TSC deadline(24). */
#define LEAF1_ECX 0x76fa3217u
/* Leaf 1 EDX: not MCE(7), MCA(14), DS(21), ACPI(22), TM(29), PBE(31). */
#define LEAF1_EDX 0x1f9fbf7fu
/* Leaf 7 EBX: not TSC_ADJUST(1), SGX(2), RDT-M(12), RDT-A(15), PT(25). */
#define LEAF7_EBX 0xfdff6ff9u
/* Leaf 7 ECX: PREFETCHWT1, UMIP, PKU, VAES..VPOPCNTDQ, RDPID; OSPKE is filled in; no CET, no LA57. */
#define LEAF7_ECX 0x00405f0du
#define LEAF7_EDX (1u << 4) /* fast short REP MOV */
/* 8000_0001 ECX: LAHF, CmpLegacy, AltMovCr8, ABM, SSE4A, MisAlignSse, 3DNowPrefetch, FMA4, TBM, TOPOEXT. Not SVM. */
#define LEAF8_1_ECX 0x006101fbu
#define LEAF8_1_ECX_SVM (1u << 2)
/* 8000_0001 EDX: as leaf 1, with SYSCALL, NX, MmxExt, FFXSR, Page1GB, RDTSCP, LM. */
#define LEAF8_1_EDX 0x2fdfbb7fu
#define LEAF8_8_EBX (1u << 0 | 1u << 2) /* CLZERO, XSAVEERPTR; not WBNOINVD, which exits as WBINVD does */

static const struct cpuid_rule rules[] = {
    {0x00000000, ALL, ALL, ALL, ALL},
    {0x00000001, ALL, ALL, LEAF1_ECX, LEAF1_EDX},
    {0x00000002, ALL, ALL, ALL, ALL},
    {0x00000004, ALL, ALL, ALL, ALL},
    {0x00000006, 1u << 2, 0, 0, 0}, /* the APIC timer runs in every power state */
    {0x00000007, ALL, LEAF7_EBX, LEAF7_ECX, LEAF7_EDX},
    {0x0000000b, ALL, ALL, ALL, ALL},
    {0x0000000d, ALL, ALL, ALL, ALL},
    {0x80000000, ALL, ALL, ALL, ALL},
    {0x80000001, ALL, ALL, LEAF8_1_ECX & ~LEAF8_1_ECX_SVM, LEAF8_1_EDX},
    {0x80000002, ALL, ALL, ALL, ALL},
    {0x80000003, ALL, ALL, ALL, ALL},
    {0x80000004, ALL, ALL, ALL, ALL},
    {0x80000005, ALL, ALL, ALL, ALL},
    {0x80000006, ALL, ALL, ALL, ALL},
    {0x80000007, 0, 0, 0, 1u << 8}, /* invariant TSC; no power states to change */
    {0x80000008, ALL, LEAF8_8_EBX, ALL, 0},
    {0x80000019, ALL, ALL, 0, 0},
    {0x8000001a, ALL, 0, 0, 0},
    {0x8000001d, ALL, ALL, ALL, ALL},
    {0x8000001e, ALL, ALL, ALL, ALL},
};

#define LEAF1_ECX_OSXSAVE (1u << 27)
#define LEAF1_ECX_HYPERVISOR (1u << 31)
#define LEAF7_ECX_OSPKE (1u << 4)
#define LEAF8_7_EDX_INVARIANT_TSC (1u << 8)
#define LEAFD_1_EAX 0x7u /* XSAVEOPT, XSAVEC, XGETBV of 1; not XSAVES, whose register XSS a partition does not have */
#define MAX_BASIC_LEAF 0x0du

static struct cpuid_result filtered(uint32_t leaf, uint32_t subleaf)
{
    for (unsigned i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].leaf != leaf)
            continue;
        struct cpuid_result r = cpu_cpuid(leaf, subleaf);
        r.eax &= rules[i].eax;
        r.ebx &= rules[i].ebx;
        r.ecx &= rules[i].ecx;
        r.edx &= rules[i].edx;
        return r;
    }
    return (struct cpuid_result){0, 0, 0, 0};
}

/* Bits that mirror the guest's own control registers, which are not the ones loaded now; and what the machine is known for. */
static struct cpuid_result adjusted(const struct guest_state *guest, uint32_t leaf, uint32_t subleaf, struct cpuid_result r)
{
    if (leaf == 0 && r.eax > MAX_BASIC_LEAF)
        r.eax = MAX_BASIC_LEAF;
    if (leaf == 1)
        r.ecx = (r.ecx & ~LEAF1_ECX_OSXSAVE) | LEAF1_ECX_HYPERVISOR |
                (guest->cr4 & CR4_OSXSAVE ? LEAF1_ECX_OSXSAVE : 0);
    if (leaf == 7)
        r.ecx = (r.ecx & ~LEAF7_ECX_OSPKE) | (guest->cr4 & CR4_PKE ? LEAF7_ECX_OSPKE : 0);
    if (leaf == 0xd && subleaf == 1)
        r = (struct cpuid_result){r.eax & LEAFD_1_EAX, r.ebx, 0, 0};
    if (leaf == 0x80000007)
        r.edx |= LEAF8_7_EDX_INVARIANT_TSC; /* cores are never throttled or migrated by Bulkhead */
    return r;
}

/* Exits of this partition so far, by reason: the sum over its cores. */
static uint64_t exits_of_partition(uint32_t reason)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; reason < EXIT_REASONS && i < this_partition()->core_count; i++)
        sum += __atomic_load_n(&monitor_shared()->exits[this_partition()->core_index[i]][reason], __ATOMIC_RELAXED);
    return sum;
}

static struct cpuid_result hypervisor_leaf(uint32_t leaf, uint32_t subleaf)
{
    const struct handoff *handoff = monitor_handoff();
    uint64_t count;
    switch (leaf) {
    case GUEST_CPUID_SIGNATURE: /* the interface under which unmodified kernels take clock rates and keep x2APIC */
        return (struct cpuid_result){GUEST_CPUID_TIMING, 0x61774d56, 0x4d566572, 0x65726177}; /* "VMwareVMware" */
    case GUEST_CPUID_TIMING:
        return (struct cpuid_result){(uint32_t)(handoff->tsc_hz / 1000), (uint32_t)(handoff->apic_timer_hz / 1000), 1, 0};
    case GUEST_CPUID_BULKHEAD:
        return (struct cpuid_result){GUEST_CPUID_EXITS, 0x6b6c7542, 0x64616568, HANDOFF_REVISION}; /* "Bulkhead" */
    case GUEST_CPUID_EXITS:
        count = exits_of_partition(subleaf);
        return (struct cpuid_result){(uint32_t)count, (uint32_t)(count >> 32), EXIT_REASONS, 0};
    default:
        return (struct cpuid_result){0, 0, 0, 0};
    }
}

void exit_cpuid(struct core *core)
{
    uint32_t leaf = guest_get32(core, REG_RAX);
    uint32_t subleaf = guest_get32(core, REG_RCX);
    struct cpuid_result r = leaf >> 28 == 4 ? hypervisor_leaf(leaf, subleaf)
                                            : adjusted(&core->vcpu.guest, leaf, subleaf, filtered(leaf, subleaf));
    guest_set32(core, REG_RAX, r.eax);
    guest_set32(core, REG_RBX, r.ebx);
    guest_set32(core, REG_RCX, r.ecx);
    guest_set32(core, REG_RDX, r.edx);
    exit_skip(core);
}
