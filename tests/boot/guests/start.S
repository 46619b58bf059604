/* SPDX-License-Identifier: Apache-2.0 */
/* The prober's first instructions: from the flat and PVH entry (docs/guest-view.md) to C in 64-bit mode, the same for
 * its second core from real mode, and the stubs of its interrupt vectors. */

#define GUEST_PAGE_TABLES 0xe1000
#define GUEST_GDT 0xe7000
#define GUEST_GDT_SIZE 0x20
#define GUEST_CODE32 0x08
#define GUEST_CODE64 0x10
#define GUEST_DATA 0x18
#define CR0_PE 0x1
#define CR4_PAE 0x20
#define CR0_PG 0x80000000
#define MSR_EFER 0xc0000080
#define EFER_LME 0x100

    .section .start, "ax"
    .code32
    .global start
start:
    mov $stack_top, %esp
    mov $prober_main, %esi

enter_long_mode: /* goes on in the function in ESI, on the stack in ESP, with EBX as its argument */
    mov %cr4, %eax
    or $CR4_PAE, %eax
    mov %eax, %cr4
    mov $GUEST_PAGE_TABLES, %eax
    mov %eax, %cr3
    mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_LME, %eax
    wrmsr
    mov %cr0, %eax
    or $CR0_PG, %eax
    mov %eax, %cr0
    ljmp $GUEST_CODE64, $start64

    .code64
start64:
    mov %ebx, %edi
    mov %esi, %esi /* clears the upper half */
    xor %ebp, %ebp
    call *%rsi
1:  hlt
    jmp 1b

/* The second core starts here, in a copy at TRAMPOLINE: CS is the copy's segment, all offsets count from it. */
    .code16
    .global trampoline, trampoline_end
trampoline:
    cli
    mov %cs, %ax
    mov %ax, %ds
    lgdtl trampoline_gdt - trampoline
    mov %cr0, %eax
    or $CR0_PE, %eax
    mov %eax, %cr0
    ljmpl $GUEST_CODE32, $second32
trampoline_gdt:
    .word GUEST_GDT_SIZE - 1
    .long GUEST_GDT
trampoline_end:

    .code32
second32:
    mov $GUEST_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $second_stack_top, %esp
    mov $second_main, %esi
    jmp enter_long_mode
    .code64

/* One stub of 16 bytes a vector: vector and error code on the stack, as the processor pushes it for some exceptions. */
    .text
    .balign 16
    .global trap_stubs
trap_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    .if vector != 8 && vector != 17 && (vector < 10 || vector > 14)
    push $0
    .endif
    push $vector
    jmp trap_common
    .set vector, vector + 1
    .endr

trap_common:
    push %rax
    push %rbx
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %rbp
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, %rdi
    cld
    call trap_handle
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rbp
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rbx
    pop %rax
    add $16, %rsp
    iretq

/* Makes the program a PVH kernel as well (xen/include/public/elfnote.h, XEN_ELFNOTE_PHYS32_ENTRY). */
    .section .note.pvh, "a", @note
    .long 4, 4, 18
    .asciz "Xen"
    .long start

    .bss
    .balign 16
    .skip 0x4000
stack_top:
    .skip 0x4000
second_stack_top:

    .section .note.GNU-stack, "", @progbits
