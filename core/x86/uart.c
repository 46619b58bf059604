/* SPDX-License-Identifier: Apache-2.0 */
/* Polled 16550 output (National Semiconductor PC16550D data sheet, section 8). */
#include "core/x86/uart.h"

#include "core/x86/cpu.h"

#define UART_DATA 0
#define UART_IER 1
#define UART_FCR 2
#define UART_LCR 3
#define UART_MCR 4
#define UART_LSR 5
#define LCR_8N1 0x03
#define LCR_DIVISOR_LATCH 0x80
#define LSR_TRANSMIT_EMPTY 0x20
#define UART_PATIENCE 200000u /* polls of the line status; a byte at 115,200 baud takes about 100 of them */

void uart_init(uint16_t port)
{
    cpu_out8((uint16_t)(port + UART_IER), 0);
    cpu_out8((uint16_t)(port + UART_LCR), LCR_DIVISOR_LATCH);
    cpu_out8((uint16_t)(port + UART_DATA), 1);
    cpu_out8((uint16_t)(port + UART_IER), 0);
    cpu_out8((uint16_t)(port + UART_LCR), LCR_8N1);
    cpu_out8((uint16_t)(port + UART_FCR), 0x07);
    cpu_out8((uint16_t)(port + UART_MCR), 0x03);
}

void uart_put(uint16_t port, char c)
{
    for (uint32_t i = 0; i < UART_PATIENCE; i++) {
        if (cpu_in8((uint16_t)(port + UART_LSR)) & LSR_TRANSMIT_EMPTY) {
            cpu_out8((uint16_t)(port + UART_DATA), (uint8_t)c);
            return;
        }
    }
}
