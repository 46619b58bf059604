/* SPDX-License-Identifier: Apache-2.0 */
/* One stub for each processor exception; all end in a report. */
    .text
    .altmacro
    .macro boot_fault_stub vector, has_error
    .balign 16
    .if \has_error == 0
    push $0
    .endif
    push $\vector
    jmp boot_fault_common
    .endm

    .balign 16
    .globl boot_fault_stubs
boot_fault_stubs:
    .set v, 0
    .rept 32
    .if v == 8 || v == 10 || v == 11 || v == 12 || v == 13 || v == 14 || v == 17 || v == 21 || v == 29 || v == 30
    boot_fault_stub %v, 1
    .else
    boot_fault_stub %v, 0
    .endif
    .set v, v + 1
    .endr

boot_fault_common:
    mov %rsp, %rdi
    cld
    and $-16, %rsp
    call boot_fault_report
1:  hlt
    jmp 1b
    .section .note.GNU-stack, "", @progbits
