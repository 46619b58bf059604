/* SPDX-License-Identifier: Apache-2.0 */
/* Looking around: what processor, model-specific registers, ports and instructions answer, and where interrupts go. */
#include "core/lib/guest_cpuid.h"
#include "core/x86/apic.h"
#include "core/x86/cpu.h"
#include "core/x86/registers.h"
#include "tests/boot/guests/attempt.h"

#include <stddef.h>
#include <string.h>

static void say_outcome(const char *what, uint64_t where, unsigned vector, uint64_t value)
{
    if (vector == VECTOR_NONE)
        say("%s 0x%lx: 0x%lx", what, where, value);
    else
        say("%s 0x%lx: exception %u", what, where, vector);
}

void probe_cpuid(struct arguments a)
{
    (void)a;
    struct cpuid_result hypervisor = cpu_cpuid(GUEST_CPUID_SIGNATURE, 0), own = cpu_cpuid(GUEST_CPUID_BULKHEAD, 0);
    char signature[13] = {0}, name[9] = {0};
    memcpy(signature, &hypervisor.ebx, 4);
    memcpy(signature + 4, &hypervisor.ecx, 4);
    memcpy(signature + 8, &hypervisor.edx, 4);
    memcpy(name, &own.ebx, 4);
    memcpy(name + 4, &own.ecx, 4);
    uint32_t features = cpu_cpuid(1, 0).ecx, extended = cpu_cpuid(0x80000001, 0).ecx;
    say("cpuid: signature %s, name %s, hypervisor %u, x2apic %u, svm %u", signature, name, features >> 31,
        features >> 21 & 1u, extended >> 2 & 1u);
}

static void read_msr(uint32_t msr)
{
    uint64_t value;
    unsigned vector = attempt_rdmsr(msr, &value);
    say_outcome("rdmsr", msr, vector, value);
}

static void write_msr(uint32_t msr, uint64_t value)
{
    say_outcome("wrmsr", msr, attempt_wrmsr(msr, value), value);
}

void probe_msrs(struct arguments a)
{
    (void)a;
    static const uint32_t hidden[] = {0x3a, 0x12345, 0xc0010111, MSR_VM_CR, MSR_VM_HSAVE_PA, 0xdeadbeef};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        read_msr(hidden[i]);
        write_msr(hidden[i], 0);
    }
    read_msr(MSR_MTRR_DEF_TYPE);
    write_msr(MSR_EFER, cpu_rdmsr(MSR_EFER) | EFER_SVME);
    write_msr(MSR_APIC_BASE, 0xfee00000);
}

void probe_ports(struct arguments a)
{
    (void)a;
    /* DMA and interrupt controllers, keyboard, CMOS index, SMI command, second serial port, PM block, debug port */
    static const uint16_t ports[] = {0x00, 0x20, 0xa1, 0x60, 0x64, 0x70, 0x92, 0xb2, 0x2f8, 0x402, 0x608, 0xcd6};
    unsigned ones = 0, count = sizeof ports / sizeof ports[0];
    for (unsigned i = 0; i < count; i++) {
        cpu_out8(ports[i], 0xff);
        cpu_out32(ports[i], 0);
        ones += cpu_in8(ports[i]) == 0xff && cpu_in16(ports[i]) == 0xffff && cpu_in32(ports[i]) == 0xffffffff;
    }
    say("ports: %u of %u read all ones", ones, count);
    uint32_t bytes = 1;
    const char *from = "x";
    ATTEMPT("rep outsb", OUTPUTS("+c"(bytes), "+S"(from)), "d"(0x3f8));
    say_outcome("outsb", 0x3f8, trap_taken(), 0);
}

#define ATTEMPT_INSTRUCTION(text)                                                                                      \
    do {                                                                                                               \
        ATTEMPT(text, OUTPUTS(), "a"(0), "c"(0), "d"(0));                                                              \
        say_outcome(text, 0, trap_taken(), 0);                                                                         \
    } while (0)

void probe_instructions(struct arguments a)
{
    (void)a;
    ATTEMPT_INSTRUCTION("vmrun");
    ATTEMPT_INSTRUCTION("vmload");
    ATTEMPT_INSTRUCTION("vmsave");
    ATTEMPT_INSTRUCTION("stgi");
    ATTEMPT_INSTRUCTION("clgi");
    ATTEMPT_INSTRUCTION("skinit");
    ATTEMPT_INSTRUCTION("invlpga");
    ATTEMPT_INSTRUCTION("monitor");
    ATTEMPT_INSTRUCTION("invd");
    ATTEMPT_INSTRUCTION("vmmcall");
}

void probe_own_interrupts(struct arguments a)
{
    (void)a;
    uint32_t self = apic_id_self();
    apic_send(self, ICR_MODE_FIXED, VECTOR_OWN);
    cpu_wrmsr(MSR_X2APIC_ICR, (uint64_t)ICR_SHORTHAND_SELF << 18 | VECTOR_OWN);
    cpu_wrmsr(MSR_X2APIC_ICR, (uint64_t)ICR_BROADCAST << 32 | ICR_ASSERT | VECTOR_OWN);
    wait_milliseconds(100);
    uint64_t fixed = trap_count(VECTOR_OWN), nmis = trap_count(VECTOR_NMI);
    apic_send(self, ICR_MODE_NMI, 0);
    wait_milliseconds(200);
    say("own interrupts: core %u, fixed %s, NMIs %lu", self, fixed > 0 ? "arrive" : "are lost",
        trap_count(VECTOR_NMI) - nmis);
}

void probe_foreign_interrupts(struct arguments a)
{
    static const unsigned modes[] = {ICR_MODE_FIXED, ICR_MODE_LOWEST, ICR_MODE_SMI,    3,
                                     ICR_MODE_NMI,   ICR_MODE_INIT,   ICR_MODE_STARTUP, 7};
    uint64_t destinations[] = {a.first << 32, (uint64_t)apic_logical_id((uint32_t)a.first) << 32 | ICR_LOGICAL,
                               (uint64_t)ICR_SHORTHAND_OTHERS << 18};
    uint64_t before = trap_strays();
    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++)
        for (size_t d = 0; d < sizeof destinations / sizeof destinations[0]; d++)
            cpu_wrmsr(MSR_X2APIC_ICR, destinations[d] | ICR_ASSERT | modes[m] << 8 | VECTOR_STRAY);
    cpu_wrmsr(MSR_X2APIC_ICR, (uint64_t)ICR_SHORTHAND_ALL << 18 | ICR_ASSERT | ICR_MODE_SMI << 8);
    wait_milliseconds(100);
    say("foreign interrupts: sent to core %lu, %lu came back", a.first, trap_strays() - before);
}
