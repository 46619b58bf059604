/* SPDX-License-Identifier: Apache-2.0 */
/* The prober's interrupt vectors. */
#include "core/x86/cpu.h"
#include "core/x86/registers.h"
#include "tests/boot/guests/prober.h"

#define VECTORS 256u
#define EXCEPTIONS 32u
#define STUB_SIZE 16u
#define CODE_SELECTOR 0x10u
#define PRESENT_INTERRUPT_GATE 0x8eu
#define SPURIOUS_ENABLE_APIC 0x100u
#define VECTOR_SPURIOUS 0xffu

struct trap_frame {
    uint64_t registers[15];
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, attributes;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

extern const char trap_stubs[];
void trap_handle(struct trap_frame *frame);

uint64_t trap_recover;
static unsigned taken = VECTOR_NONE;
static volatile uint64_t counts[VECTORS];
static struct gate idt[VECTORS];

void trap_init(void)
{
    for (unsigned i = 0; i < VECTORS; i++) {
        uint64_t stub = (uint64_t)trap_stubs + i * STUB_SIZE;
        idt[i] = (struct gate){(uint16_t)stub, CODE_SELECTOR, 0, PRESENT_INTERRUPT_GATE, (uint16_t)(stub >> 16),
                               (uint32_t)(stub >> 32), 0};
    }
    struct descriptor_pointer pointer = {sizeof idt - 1, (uint64_t)idt};
    cpu_lidt(&pointer);
    cpu_wrmsr(MSR_X2APIC_SPURIOUS, SPURIOUS_ENABLE_APIC | VECTOR_SPURIOUS);
    cpu_wrmsr(MSR_X2APIC_TPR, 0);
    __asm__ volatile("sti");
}

void trap_handle(struct trap_frame *frame)
{
    counts[frame->vector]++;
    if (frame->vector >= EXCEPTIONS) {
        cpu_wrmsr(MSR_X2APIC_EOI, 0);
        return;
    }
    if (frame->vector == VECTOR_NMI)
        return;
    if (trap_recover == 0) {
        say("unexpected exception %lu error 0x%lx rip 0x%lx", frame->vector, frame->error, frame->rip);
        for (;;)
            cpu_halt();
    }
    taken = (unsigned)frame->vector;
    frame->rip = trap_recover;
    trap_recover = 0;
}

unsigned trap_taken(void)
{
    unsigned vector = taken;
    taken = VECTOR_NONE;
    trap_recover = 0;
    return vector;
}

uint64_t trap_count(unsigned vector)
{
    return counts[vector];
}

uint64_t trap_strays(void)
{
    uint64_t sum = counts[VECTOR_NMI];
    for (unsigned i = EXCEPTIONS; i < VECTORS; i++)
        if (i != VECTOR_TIMER && i != VECTOR_OWN)
            sum += counts[i];
    return sum;
}
