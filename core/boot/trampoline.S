/* SPDX-License-Identifier: Apache-2.0 */
/* Where the other cores begin: copied to a page below 1 MiB, entered in real mode by a start-up IPI (AMD64 APM vol. 2,
 * 14.8). The fields at its end are filled in by smp.c. */

    .section .rodata.trampoline, "a"
    .balign 16
    .globl trampoline_start, trampoline_end, trampoline_fields
    .code16
trampoline_start:
    cli
    cld
    mov %cs, %ax
    mov %ax, %ds
    xor %ebx, %ebx
    mov %ax, %bx
    shl $4, %ebx                   /* physical address of this page */
    lidtl trampoline_no_idt - trampoline_start
    lgdtl trampoline_gdt_pointer - trampoline_start
    mov trampoline_fields - trampoline_start, %eax
    mov %eax, %cr3
    mov $0x20, %eax                /* PAE */
    mov %eax, %cr4
    mov $0xc0000080, %ecx
    rdmsr
    or $0x900, %eax                /* LME, NXE */
    wrmsr
    mov %cr0, %eax
    and $0x9fffffff, %eax          /* caches on */
    or $0x80010001, %eax           /* PG, WP, PE: straight into long mode */
    mov %eax, %cr0
    ljmpl *(trampoline_far - trampoline_start)

    .code64
trampoline_64:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %ebx, %ebx
    mov trampoline_fields + 16 - trampoline_start(%rbx), %rsp
    mov (%rsp), %rsp
    mov trampoline_fields + 8 - trampoline_start(%rbx), %rax
    xor %ebp, %ebp
    call *%rax
1:  hlt
    jmp 1b

    .balign 8
trampoline_gdt:
    .quad 0
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
trampoline_gdt_pointer:
    .word 23
    .globl trampoline_gdt_base
trampoline_gdt_base:
    .long trampoline_gdt - trampoline_start /* + the page's address */
trampoline_no_idt:
    .word 0
    .long 0
    .balign 4
    .globl trampoline_far
trampoline_far:
    .long trampoline_64 - trampoline_start  /* + the page's address */
    .word 0x08
    .balign 8
trampoline_fields:
    .quad 0                        /* page tables, below 4 GiB */
    .quad 0                        /* void (*entry)(void) */
    .quad 0                        /* where the stack's top is kept */
trampoline_end:
    .section .note.GNU-stack, "", @progbits
