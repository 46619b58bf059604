/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's virtual machine control block (AMD64 APM vol. 2, appendix B). */
#ifndef CORE_X86_VMCB_H
#define CORE_X86_VMCB_H

#include <stddef.h>
#include <stdint.h>

struct vmcb_segment {
    uint16_t selector, attributes;
    uint32_t limit;
    uint64_t base;
};

struct vmcb {
    uint16_t intercept_cr_read, intercept_cr_write;
    uint16_t intercept_dr_read, intercept_dr_write;
    uint32_t intercept_exceptions;
    uint32_t intercept1, intercept2, intercept3;
    uint8_t reserved1[0x40 - 0x18];
    uint64_t iopm_base, msrpm_base, tsc_offset;
    uint32_t asid;
    uint8_t tlb_control, reserved2[3];
    uint64_t vintr, interrupt_shadow;
    uint64_t exit_code, exit_info1, exit_info2, exit_int_info;
    uint64_t nested_control;
    uint8_t reserved3[0xa8 - 0x98];
    uint64_t event_injection, nested_cr3, lbr_control;
    uint32_t clean_bits, reserved4;
    uint64_t next_rip;
    uint8_t bytes_fetched, instruction_bytes[15];
    uint8_t reserved5[0x400 - 0xe0];
    struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
    uint8_t reserved6[0x4cb - 0x4a0];
    uint8_t cpl;
    uint32_t reserved7;
    uint64_t efer;
    uint8_t reserved8[0x548 - 0x4d8];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
    uint8_t reserved9[0x5d8 - 0x580];
    uint64_t rsp;
    uint8_t reserved10[0x5f8 - 0x5e0];
    uint64_t rax, star, lstar, cstar, sfmask, kernel_gs_base, sysenter_cs, sysenter_esp, sysenter_eip, cr2;
    uint8_t reserved11[0x668 - 0x648];
    uint64_t g_pat;
    uint8_t reserved12[0x1000 - 0x670];
};

_Static_assert(offsetof(struct vmcb, exit_code) == 0x70, "APM vol. 2, table B-1");
_Static_assert(offsetof(struct vmcb, event_injection) == 0xa8, "APM vol. 2, table B-1");
_Static_assert(offsetof(struct vmcb, next_rip) == 0xc8, "APM vol. 2, table B-1");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0, "APM vol. 2, table B-2");
_Static_assert(offsetof(struct vmcb, rip) == 0x578, "APM vol. 2, table B-2");
_Static_assert(offsetof(struct vmcb, rax) == 0x5f8, "APM vol. 2, table B-2");
_Static_assert(offsetof(struct vmcb, g_pat) == 0x668, "APM vol. 2, table B-2");
_Static_assert(sizeof(struct vmcb) == 4096, "one page");

#define VMCB_INTERCEPT1_NMI (1u << 1)
#define VMCB_INTERCEPT1_RDPMC (1u << 15)
#define VMCB_INTERCEPT1_CPUID (1u << 18)
#define VMCB_INTERCEPT1_INVD (1u << 22)
#define VMCB_INTERCEPT1_INVLPGA (1u << 26)
#define VMCB_INTERCEPT1_IOIO (1u << 27)
#define VMCB_INTERCEPT1_MSR (1u << 28)
#define VMCB_INTERCEPT1_TASK_SWITCH (1u << 29)
#define VMCB_INTERCEPT1_SHUTDOWN (1u << 31)
#define VMCB_INTERCEPT2_VMRUN (1u << 0)
#define VMCB_INTERCEPT2_VMMCALL (1u << 1)
#define VMCB_INTERCEPT2_VMLOAD (1u << 2)
#define VMCB_INTERCEPT2_VMSAVE (1u << 3)
#define VMCB_INTERCEPT2_STGI (1u << 4)
#define VMCB_INTERCEPT2_CLGI (1u << 5)
#define VMCB_INTERCEPT2_SKINIT (1u << 6)
#define VMCB_INTERCEPT2_WBINVD (1u << 9)
#define VMCB_INTERCEPT2_MONITOR (1u << 10)
#define VMCB_INTERCEPT2_MWAIT (1u << 11)
#define VMCB_INTERCEPT2_MWAIT_ARMED (1u << 12)
#define VMCB_INTERCEPT2_RDPRU (1u << 14)
#define VMCB_INTERCEPT3_INVLPGB (1u << 0)
#define VMCB_INTERCEPT3_INVLPGB_ILLEGAL (1u << 1)
#define VMCB_INTERCEPT3_MCOMMIT (1u << 3)
#define VMCB_INTERCEPT3_TLBSYNC (1u << 4)

#define VMCB_TLB_FLUSH_ALL 1
#define VMCB_NESTED_PAGING 1ull
#define VMCB_EVENT_NMI (2ull << 8 | 2)
#define VMCB_EVENT_EXCEPTION (3ull << 8)
#define VMCB_EVENT_ERROR_CODE (1ull << 11)
#define VMCB_EVENT_VALID (1ull << 31)
#define VMCB_EVENT_VECTOR(event) ((event) & 0xffu)
#define VMCB_EVENT_TYPE(event) ((event) >> 8 & 7u)
#define VMCB_EVENT_TYPE_EXCEPTION 3u
#define VMCB_EVENT_TYPE_SOFTWARE 4u
#define VMCB_INTERRUPT_SHADOW 1ull

#define VMEXIT_EXCEPTION_FIRST 0x40ull
#define VMEXIT_EXCEPTION_LAST 0x5full
#define VMEXIT_NMI 0x61ull
#define VMEXIT_RDPMC 0x6full
#define VMEXIT_CPUID 0x72ull
#define VMEXIT_INVD 0x76ull
#define VMEXIT_INVLPGA 0x7aull
#define VMEXIT_IOIO 0x7bull
#define VMEXIT_MSR 0x7cull
#define VMEXIT_TASK_SWITCH 0x7dull
#define VMEXIT_SHUTDOWN 0x7full
#define VMEXIT_VMRUN 0x80ull
#define VMEXIT_VMMCALL 0x81ull
#define VMEXIT_SKINIT 0x86ull
#define VMEXIT_WBINVD 0x89ull
#define VMEXIT_MONITOR 0x8aull
#define VMEXIT_MWAIT_ARMED 0x8cull
#define VMEXIT_RDPRU 0x8eull
#define VMEXIT_INVLPGB 0xa0ull
#define VMEXIT_TLBSYNC 0xa4ull
#define VMEXIT_NPF 0x400ull
#define VMEXIT_INVALID 0xffffffffffffffffull

#define VMEXIT_IO_IN (1ull << 0)
#define VMEXIT_IO_STRING (1ull << 2)
#define VMEXIT_IO_WIDTH(info) ((uint8_t)((info) >> 4) & 7u)
#define VMEXIT_NPF_WRITE (1ull << 1)
#define VMEXIT_NPF_FETCH (1ull << 4)
#define VMEXIT_NPF_TABLE_WALK (1ull << 33)

#endif
