/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's first instructions on each core, and its interrupt stubs. */
#include "core/monitor/stack.h"

    .section .text.monitor_entry, "ax"
    .globl monitor_entry
/* void monitor_entry(uint32_t core_index /edi/): entered by the boot stage on this core's page tables. */
monitor_entry:
    movabs $MONITOR_STACK_TOP_ASM, %rsp
    xor %ebp, %ebp
    call monitor_main
1:  hlt
    jmp 1b

    .text
/* Faults of the monitor itself: vectors 0 to 31 but 2. A stub pushes a zero where the processor pushes no error code. The
 * exceptions above 15 that would push one cannot strike here (AC: user mode; CP: no shadow stacks; VC: not a guest; SX: INIT
 * is not redirected), but a guest can leave interrupts with these vectors in its local APIC. */
    .macro fault_stub vector, has_error
    .balign 16
    .if \has_error == 0
    push $0
    .endif
    push $\vector
    jmp fault_common
    .endm

    .balign 16
    .altmacro
    .globl fault_stubs
fault_stubs:
    .set v, 0
    .rept 32
    .if v == 8 || v == 10 || v == 11 || v == 12 || v == 13 || v == 14
    fault_stub %v, 1
    .else
    fault_stub %v, 0
    .endif
    .set v, v + 1
    .endr

/* A vector above 15 while the local APIC is drained is such an interrupt: nothing else strikes there. */
fault_common:
    cmpq $16, (%rsp)
    jb fault_stop_core
    push %rax
    lea drain_open(%rip), %rax
    cmp %rax, 24(%rsp)
    lea drain_close(%rip), %rax
    jb 1f
    cmp %rax, 24(%rsp)
    ja 1f
    pop %rax
    add $16, %rsp
    jmp drain_stub
1:  pop %rax

fault_stop_core:
    mov %rsp, %rdi
    cld
    call fault_report
1:  hlt
    jmp 1b

/* A signal: it has done its work by waking the core. If it struck between STGI and HLT, step over the HLT. */
    .balign 16
    .globl nmi_stub
nmi_stub:
    push %rax
    lea signal_halt(%rip), %rax
    cmp %rax, 8(%rsp)
    jne 1f
    lea signal_halt_end(%rip), %rax
    mov %rax, 8(%rsp)
1:  pop %rax
    iretq

/* An interrupt meant for the guest that is drained while its partition is taken down. */
    .balign 16
    .globl drain_stub
drain_stub:
    push %rax
    push %rcx
    push %rdx
    mov $0x80b, %ecx /* x2APIC end of interrupt */
    xor %eax, %eax
    xor %edx, %edx
    wrmsr
    pop %rdx
    pop %rcx
    pop %rax
    iretq
    .section .note.GNU-stack, "", @progbits
