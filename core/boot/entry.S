/* SPDX-License-Identifier: Apache-2.0 */
/* The boot stage's two front doors, UEFI and Multiboot2, and the way out into the monitor. */

#define STACK_SIZE 0x10000

    .section .bss.stack, "aw", @nobits
    .balign 4096
    .skip 4096                     /* guard: left out of the page tables */
    .globl boot_stack
boot_stack:
    .skip STACK_SIZE
boot_stack_top:
    .balign 4096
early_tables:                      /* PML4, PDPT, four page directories: the first 4 GiB, for the Multiboot2 door only */
    .skip 6 * 4096

    .section .rodata.early, "a"
    .balign 8
early_gdt:
    .quad 0
    .quad 0x00af9b000000ffff       /* 0x08: 64-bit code */
    .quad 0x00cf93000000ffff       /* 0x10: data */
early_gdt_end:

    .text
    .code64
/* EFI_STATUS entry_efi(EFI_HANDLE image /rcx/, EFI_SYSTEM_TABLE *table /rdx/): the firmware's stack is kept until the boot
 * services are gone. */
    .globl entry_efi
entry_efi:
    push %rbx
    sub $48, %rsp
    mov %rcx, %rbx
    mov %rdx, 40(%rsp)
    call relocate
    mov %rbx, %rdi
    mov 40(%rsp), %rsi
    call efi_main
    add $48, %rsp
    pop %rbx
    ret

/* Applies the image's own relocations: every one is R_X86_64_RELATIVE. */
relocate:
    lea image_start(%rip), %rax
    sub $0x200000, %rax            /* distance from the address the image was linked at */
    lea rela_start(%rip), %rcx
    lea rela_end(%rip), %rdx
1:  cmp %rdx, %rcx
    jae 2f
    mov (%rcx), %r8
    mov 16(%rcx), %r9
    add %rax, %r9
    mov %r9, (%r8, %rax)
    add $24, %rcx
    jmp 1b
2:  ret

/* void boot_continue(struct boot_source *source): from the firmware's stack to our own, for good. */
    .globl boot_continue
boot_continue:
    lea boot_stack_top(%rip), %rsp
    xor %ebp, %ebp
    call boot_main
1:  hlt
    jmp 1b

/* void boot_load_gdt(const struct descriptor_pointer *pointer): loads it and every segment register. */
    .globl boot_load_gdt
boot_load_gdt:
    lgdt (%rdi)
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    pop %rax
    push $0x08
    push %rax
    lretq

/* void boot_enter_monitor(uint64_t page_tables /rdi/, uint32_t core_index /esi/, uint64_t entry /rdx/) */
    .globl boot_enter_monitor
boot_enter_monitor:
    mov %rdi, %cr3
    mov %esi, %edi
    jmp *%rdx

/* Multiboot2 (specification 2.0, 3.3): 32-bit protected mode, flat segments, EAX magic, EBX information, loaded where linked.
 * image.ld puts this section at MULTIBOOT2_CODE; every other address is taken relative to it. */
#define MULTIBOOT2_CODE 0x200800

    .section .multiboot2_code, "ax"
    .code32
    .globl entry_multiboot2
entry_multiboot2:
    cli
    cld
    mov %eax, %ebp
    mov $MULTIBOOT2_CODE, %esi
    lea boot_stack_top - entry_multiboot2(%esi), %esp
    lea early_tables - entry_multiboot2(%esi), %edi
    lea 0x1003(%edi), %eax
    mov %eax, (%edi)               /* PML4[0] → PDPT */
    lea 0x2003(%edi), %eax
    mov $4, %ecx
    lea 0x1000(%edi), %edx
1:  mov %eax, (%edx)               /* PDPT[i] → page directory i */
    add $0x1000, %eax
    add $8, %edx
    loop 1b
    lea 0x2000(%edi), %edx
    mov $0x83, %eax                /* present, writable, 2 MiB */
    mov $2048, %ecx
2:  mov %eax, (%edx)
    add $0x200000, %eax
    add $8, %edx
    loop 2b
    mov %cr4, %eax
    or $0x20, %eax                 /* PAE */
    mov %eax, %cr4
    mov %edi, %cr3
    mov $0xc0000080, %ecx
    rdmsr
    or $0x900, %eax                /* LME, NXE */
    wrmsr
    mov %cr0, %eax
    or $0x80010001, %eax           /* PG, WP, PE */
    mov %eax, %cr0
    sub $16, %esp
    lea early_gdt - entry_multiboot2(%esi), %eax
    movw $early_gdt_end - early_gdt - 1, (%esp)
    mov %eax, 2(%esp)
    lgdt (%esp)
    lea entry_multiboot2_64 - entry_multiboot2(%esi), %eax
    push $0x08
    push %eax
    lret

    .text
    .code64
entry_multiboot2_64:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    lea boot_stack_top(%rip), %rsp
    mov %ebp, %edi
    mov %ebx, %esi
    xor %ebp, %ebp
    call multiboot2_main
1:  hlt
    jmp 1b
    .section .note.GNU-stack, "", @progbits
