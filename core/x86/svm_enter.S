/* SPDX-License-Identifier: Apache-2.0 */
/* Entering and leaving a guest, and taking signals, on AMD-V (AMD64 APM vol. 2, 15.5). */

/* Offsets into guest_state.reg, by enum guest_register. */
#define REG(n) (8 * (n))

    .section .text.svm_enter, "ax"
    .globl svm_enter
/* void svm_enter(uint64_t *registers /rdi/, uint64_t vmcb /rsi/, uint64_t host_state /rdx/)
 * RAX, RSP and RIP travel in the VMCB. VMRUN leaves GIF = 0 on exit, as it was on entry. */
svm_enter:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    push %rdx
    push %rdi
    mov %rsi, %rax
    mov REG(1)(%rdi), %rcx
    mov REG(2)(%rdi), %rdx
    mov REG(3)(%rdi), %rbx
    mov REG(5)(%rdi), %rbp
    mov REG(6)(%rdi), %rsi
    mov REG(8)(%rdi), %r8
    mov REG(9)(%rdi), %r9
    mov REG(10)(%rdi), %r10
    mov REG(11)(%rdi), %r11
    mov REG(12)(%rdi), %r12
    mov REG(13)(%rdi), %r13
    mov REG(14)(%rdi), %r14
    mov REG(15)(%rdi), %r15
    mov REG(7)(%rdi), %rdi
    vmload %rax
    vmrun %rax
    vmsave %rax
    mov %rdi, %rax
    pop %rdi
    mov %rcx, REG(1)(%rdi)
    mov %rdx, REG(2)(%rdi)
    mov %rbx, REG(3)(%rdi)
    mov %rbp, REG(5)(%rdi)
    mov %rsi, REG(6)(%rdi)
    mov %rax, REG(7)(%rdi)
    mov %r8, REG(8)(%rdi)
    mov %r9, REG(9)(%rdi)
    mov %r10, REG(10)(%rdi)
    mov %r11, REG(11)(%rdi)
    mov %r12, REG(12)(%rdi)
    mov %r13, REG(13)(%rdi)
    mov %r14, REG(14)(%rdi)
    mov %r15, REG(15)(%rdi)
    pop %rax
    vmload %rax
    /* Nothing of the guest stays in registers the monitor does not set itself. */
    xor %ecx, %ecx
    xor %edx, %edx
    xor %esi, %esi
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    cld
    ret

    .globl svm_take_signals
svm_take_signals:
    stgi
    nop
    clgi
    ret

/* An NMI that was held back strikes between STGI and HLT; the handler then steps over the HLT (entry.S), or the
 * signal would be slept through. */
    .globl svm_wait, signal_halt, signal_halt_end
svm_wait:
    stgi
signal_halt:
    hlt
signal_halt_end:
    clgi
    ret

/* An interrupt is taken at drain_open at the earliest (STI holds it back for one instruction) and at drain_close at the
 * latest; what was held back by GIF, a machine check for one, strikes before. */
    .globl svm_drain, drain_open, drain_close
svm_drain:
    stgi
    sti
    nop
drain_open:
    nop
    nop
drain_close:
    cli
    clgi
    ret
    .section .note.GNU-stack, "", @progbits
