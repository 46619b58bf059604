/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for core/x86/cpu.h in the unit tests: the same instructions, executed by the machine of
 * tests/unit/monitor/machine.h. */
#ifndef CORE_X86_CPU_H
#define CORE_X86_CPU_H

#include <stdint.h>

struct cpuid_result {
    uint32_t eax, ebx, ecx, edx;
};

struct descriptor_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

struct cpuid_result cpu_cpuid(uint32_t leaf, uint32_t subleaf);
uint64_t cpu_rdmsr(uint32_t msr);
void cpu_wrmsr(uint32_t msr, uint64_t value);
uint64_t cpu_rdtsc(void);
uint8_t cpu_in8(uint16_t port);
void cpu_out8(uint16_t port, uint8_t v);
void cpu_pause(void);
void cpu_halt(void);
uint64_t cpu_read_cr2(void);
uint64_t cpu_read_cr3(void);
void cpu_write_cr3(uint64_t v);
void cpu_invlpg(const volatile void *address);
void cpu_wbinvd(void);
void cpu_fill64(void *to, uint64_t value, uint64_t count);
void cpu_copy(void *to, const void *from, uint64_t size);
void cpu_lgdt(const struct descriptor_pointer *p);
void cpu_lidt(const struct descriptor_pointer *p);
void cpu_load_segments(uint16_t code, uint16_t data, uint16_t task);
void cpu_clgi(void);
void cpu_vmsave(uint64_t page);
uint8_t mmio_read8(const volatile void *at);
void mmio_write8(volatile void *at, uint8_t v);
uint32_t mmio_read32(const volatile void *at);
void mmio_write32(volatile void *at, uint32_t v);
uint64_t mmio_read64(const volatile void *at);
void mmio_write64(volatile void *at, uint64_t v);

#endif
