/* SPDX-License-Identifier: Apache-2.0 */
/* The linked monitor, carried as read-only data. */
    .section .rodata.monitor_image, "a"
    .balign 4096
    .globl monitor_image, monitor_image_end
monitor_image:
    .incbin "monitor.bin"
monitor_image_end:
    .section .note.GNU-stack, "", @progbits
