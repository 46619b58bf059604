/* SPDX-License-Identifier: Apache-2.0 */
/* Names of control-register bits, model-specific registers and page-table bits (AMD64 APM vol. 2, chapters 3, 5, 15, 16). */
#ifndef CORE_X86_REGISTERS_H
#define CORE_X86_REGISTERS_H

#define CR0_PE (1ull << 0)
#define CR0_MP (1ull << 1)
#define CR0_ET (1ull << 4)
#define CR0_NE (1ull << 5)
#define CR0_WP (1ull << 16)
#define CR0_NW (1ull << 29)
#define CR0_CD (1ull << 30)
#define CR0_PG (1ull << 31)

#define CR4_PAE (1ull << 5)
#define CR4_MCE (1ull << 6)
#define CR4_UMIP (1ull << 11)
#define CR4_LA57 (1ull << 12)
#define CR4_OSXSAVE (1ull << 18)
#define CR4_SMEP (1ull << 20)
#define CR4_SMAP (1ull << 21)
#define CR4_PKE (1ull << 22)

#define EFER_SCE (1ull << 0)
#define EFER_LME (1ull << 8)
#define EFER_LMA (1ull << 10)
#define EFER_NXE (1ull << 11)
#define EFER_SVME (1ull << 12)
#define EFER_FFXSR (1ull << 14)
#define EFER_TCE (1ull << 15)

#define RFLAGS_FIXED (1ull << 1)

#define PAT_RESET 0x0007040600070406ull /* APM vol. 2, 7.8.2 */

#define PTE_PRESENT (1ull << 0)
#define PTE_WRITE (1ull << 1)
#define PTE_WRITE_THROUGH (1ull << 3)
#define PTE_CACHE_DISABLE (1ull << 4)
#define PTE_LARGE (1ull << 7)
#define PTE_NO_EXECUTE (1ull << 63)
#define PTE_UNCACHED (PTE_WRITE_THROUGH | PTE_CACHE_DISABLE)
#define PTE_ADDRESS 0x000ffffffffff000ull

#define MSR_TSC 0x10u
#define MSR_APIC_BASE 0x1bu
#define MSR_PATCH_LEVEL 0x8bu
#define MSR_MTRR_CAP 0xfeu
#define MSR_MCG_CAP 0x179u
#define MSR_MCG_STATUS 0x17au
#define MSR_DEBUGCTL 0x1d9u
#define MSR_MTRR_PHYS_FIRST 0x200u
#define MSR_MTRR_PHYS_LAST 0x20fu
#define MSR_MTRR_FIXED_FIRST 0x250u
#define MSR_MTRR_FIXED_LAST 0x26fu
#define MSR_PAT 0x277u
#define MSR_MTRR_DEF_TYPE 0x2ffu
#define MSR_EFER 0xc0000080u
#define MSR_K7_EVENT_FIRST 0xc0010000u
#define MSR_K7_COUNTER_LAST 0xc0010007u
#define MSR_SYSCFG 0xc0010010u
#define MSR_HWCR 0xc0010015u
#define MSR_NB_CFG 0xc001001fu
#define MSR_VM_CR 0xc0010114u
#define MSR_VM_HSAVE_PA 0xc0010117u
#define MSR_LS_CFG 0xc0011020u
#define MSR_IC_CFG 0xc0011021u
#define MSR_BU_CFG2 0xc001102au
#define MSR_FP_CFG 0xc0011028u
#define MSR_DE_CFG 0xc0011029u

#define VM_CR_SVMDIS (1ull << 4)
#define HWCR_TSC_FREQ_SEL (1ull << 24)
#define DE_CFG_LFENCE_SERIALIZE (1ull << 1)

#define APIC_BASE_BSP (1ull << 8)
#define APIC_BASE_X2APIC (1ull << 10)
#define APIC_BASE_ENABLE (1ull << 11)

#define MSR_X2APIC_ID 0x802u
#define MSR_X2APIC_TPR 0x808u
#define MSR_X2APIC_EOI 0x80bu
#define MSR_X2APIC_SPURIOUS 0x80fu
#define MSR_X2APIC_ICR 0x830u
#define MSR_X2APIC_LVT_TIMER 0x832u
#define MSR_X2APIC_LVT_THERMAL 0x833u
#define MSR_X2APIC_LVT_PERFORMANCE 0x834u
#define MSR_X2APIC_LVT_LINT0 0x835u
#define MSR_X2APIC_LVT_LINT1 0x836u
#define MSR_X2APIC_LVT_ERROR 0x837u
#define MSR_X2APIC_TIMER_INITIAL 0x838u
#define MSR_X2APIC_TIMER_CURRENT 0x839u
#define MSR_X2APIC_TIMER_DIVIDE 0x83eu

#endif
