/* SPDX-License-Identifier: Apache-2.0 */
/* The processor in the boot stage's hands: descriptor tables, control registers, x2APIC, and a report for every exception. */
#include "core/boot/log.h"
#include "core/boot/steps.h"
#include "core/x86/apic.h"
#include "core/x86/cpu.h"

#define SELECTOR_CODE 0x08
#define VECTORS 32u
#define STUB_SIZE 16u
#define CPUID1_ECX_XSAVE (1u << 26)
#define CPUID7_EBX_SMEP (1u << 7)
#define CPUID7_EBX_SMAP (1u << 20)
#define CPUID7_ECX_UMIP (1u << 2)

void boot_load_gdt(const struct descriptor_pointer *pointer);
extern const char boot_fault_stubs[];

/* What boot_faults.S pushed. */
struct boot_fault {
    uint64_t vector, error_code, rip, cs, rflags, rsp, ss;
};
void boot_fault_report(const struct boot_fault *fault);

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, attributes;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

static const uint64_t gdt[] = {0, 0x00af9b000000ffffull, 0x00cf93000000ffffull};
static struct gate idt[VECTORS];
static const struct rule rule_exception = {
    "BOOT-464", "the boot stage met a processor exception", "none",
    "report this line: it is a defect of Bulkhead or of the machine"};

void boot_fault_report(const struct boot_fault *fault)
{
    boot_refuse(&rule_exception, "boot stage", "vector %lu error 0x%lx rip 0x%lx cr2 0x%lx rsp 0x%lx", fault->vector,
                fault->error_code, fault->rip, cpu_read_cr2(), fault->rsp);
}

void processor_load_idt(void)
{
    struct descriptor_pointer pointer = {sizeof idt - 1, (uint64_t)idt};
    cpu_lidt(&pointer);
}

void processor_take_over(void)
{
    __asm__ volatile("cli");
    struct descriptor_pointer pointer = {sizeof gdt - 1, (uint64_t)gdt};
    boot_load_gdt(&pointer);
    for (unsigned v = 0; v < VECTORS; v++) {
        uint64_t stub = (uint64_t)boot_fault_stubs + v * STUB_SIZE;
        idt[v] = (struct gate){(uint16_t)stub, SELECTOR_CODE, 0, 0x8e, (uint16_t)(stub >> 16), (uint32_t)(stub >> 32), 0};
    }
    processor_load_idt();
}

static uint64_t supported_protections(void)
{
    struct cpuid_result leaf7 = cpu_cpuid(7, 0);
    uint64_t cr4 = 0;
    if (leaf7.ebx & CPUID7_EBX_SMEP)
        cr4 |= CR4_SMEP;
    if (leaf7.ebx & CPUID7_EBX_SMAP)
        cr4 |= CR4_SMAP;
    if (leaf7.ecx & CPUID7_ECX_UMIP)
        cr4 |= CR4_UMIP;
    if (cpu_cpuid(1, 0).ecx & CPUID1_ECX_XSAVE)
        cr4 |= CR4_OSXSAVE;
    return cr4;
}

/* Page tables, nested ones too, count on the reset values: PWT and PCD together are uncached. */
static void set_memory_types(void)
{
    cpu_wbinvd();
    cpu_wrmsr(MSR_PAT, PAT_RESET);
    cpu_write_cr3(cpu_read_cr3());
}

void processor_set_up(void)
{
    cpu_write_cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG);
    cpu_write_cr4(CR4_PAE | CR4_MCE | supported_protections());
    cpu_wrmsr(MSR_EFER, cpu_rdmsr(MSR_EFER) | EFER_NXE);
    set_memory_types();
    cpu_wrmsr(MSR_APIC_BASE, cpu_rdmsr(MSR_APIC_BASE) | APIC_BASE_ENABLE);
    cpu_wrmsr(MSR_APIC_BASE, cpu_rdmsr(MSR_APIC_BASE) | APIC_BASE_X2APIC);
}
