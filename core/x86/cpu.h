/* SPDX-License-Identifier: Apache-2.0 */
/* The processor's instructions that C has no words for. The one place a host build replaces to mock the hardware. */
#ifndef CORE_X86_CPU_H
#define CORE_X86_CPU_H

#include <stdint.h>

struct cpuid_result {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_result cpu_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r;
    __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t cpu_rdmsr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void cpu_wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint64_t cpu_rdtsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static inline uint8_t cpu_in8(uint16_t port)
{
    uint8_t v;
    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline void cpu_out8(uint16_t port, uint8_t v)
{
    __asm__ volatile("outb %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint16_t cpu_in16(uint16_t port)
{
    uint16_t v;
    __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline void cpu_out16(uint16_t port, uint16_t v)
{
    __asm__ volatile("outw %0, %1" : : "a"(v), "Nd"(port));
}

static inline uint32_t cpu_in32(uint16_t port)
{
    uint32_t v;
    __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

static inline void cpu_out32(uint16_t port, uint32_t v)
{
    __asm__ volatile("outl %0, %1" : : "a"(v), "Nd"(port));
}

static inline void cpu_pause(void)
{
    __asm__ volatile("pause" : : : "memory");
}

static inline void cpu_halt(void)
{
    __asm__ volatile("hlt" : : : "memory");
}

static inline uint64_t cpu_read_cr0(void)
{
    uint64_t v;
    __asm__ volatile("mov %%cr0, %0" : "=r"(v));
    return v;
}

static inline void cpu_write_cr0(uint64_t v)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(v) : "memory");
}

static inline uint64_t cpu_read_cr2(void)
{
    uint64_t v;
    __asm__ volatile("mov %%cr2, %0" : "=r"(v));
    return v;
}

static inline uint64_t cpu_read_cr3(void)
{
    uint64_t v;
    __asm__ volatile("mov %%cr3, %0" : "=r"(v));
    return v;
}

static inline void cpu_write_cr3(uint64_t v)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(v) : "memory");
}

static inline uint64_t cpu_read_cr4(void)
{
    uint64_t v;
    __asm__ volatile("mov %%cr4, %0" : "=r"(v));
    return v;
}

static inline void cpu_write_cr4(uint64_t v)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(v) : "memory");
}

static inline void cpu_invlpg(const volatile void *address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void cpu_wbinvd(void)
{
    __asm__ volatile("wbinvd" : : : "memory");
}

/* Extended control register 0 (XCR0); needs CR4.OSXSAVE. */
static inline void cpu_write_xcr0(uint64_t v)
{
    __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

/* Fills `count` 64-bit words. */
static inline void cpu_fill64(void *to, uint64_t value, uint64_t count)
{
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(value) : "memory");
}

/* Copies `size` bytes between spans that do not overlap; words first, then the rest. */
static inline void cpu_copy(void *to, const void *from, uint64_t size)
{
    uint64_t words = size / 8, rest = size % 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
}

struct descriptor_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

static inline void cpu_lgdt(const struct descriptor_pointer *p)
{
    __asm__ volatile("lgdt %0" : : "m"(*p));
}

static inline void cpu_lidt(const struct descriptor_pointer *p)
{
    __asm__ volatile("lidt %0" : : "m"(*p));
}

/* Loads CS, the data segments and the task register from the descriptor table just loaded; FS and GS become null. */
static inline void cpu_load_segments(uint16_t code, uint16_t data, uint16_t task)
{
    __asm__ volatile("push %0\n\tlea 1f(%%rip), %%rax\n\tpush %%rax\n\tlretq\n1:\n\t"
                     "mov %1, %%ds\n\tmov %1, %%es\n\tmov %1, %%ss\n\tmov %2, %%fs\n\tmov %2, %%gs\n\tltr %w3"
                     : : "r"((uint64_t)code), "r"((uint32_t)data), "r"(0), "r"(task) : "rax", "memory");
}

/* AMD-V: closes the global interrupt flag, so that NMIs wait too. */
static inline void cpu_clgi(void)
{
    __asm__ volatile("clgi" : : : "memory");
}

/* AMD-V: saves the state that VMRUN leaves alone to the page at this physical address. */
static inline void cpu_vmsave(uint64_t page)
{
    __asm__ volatile("vmsave %%rax" : : "a"(page) : "memory");
}

/* Device registers: one access of exactly this width, never merged or repeated by the compiler. */
static inline uint8_t mmio_read8(const volatile void *at)
{
    return *(const volatile uint8_t *)at;
}

static inline void mmio_write8(volatile void *at, uint8_t v)
{
    *(volatile uint8_t *)at = v;
}

static inline uint32_t mmio_read32(const volatile void *at)
{
    return *(const volatile uint32_t *)at;
}

static inline void mmio_write32(volatile void *at, uint32_t v)
{
    *(volatile uint32_t *)at = v;
}

static inline uint64_t mmio_read64(const volatile void *at)
{
    return *(const volatile uint64_t *)at;
}

static inline void mmio_write64(volatile void *at, uint64_t v)
{
    *(volatile uint64_t *)at = v;
}

#endif
