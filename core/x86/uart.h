/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's first serial port, output only, polled. */
#ifndef CORE_X86_UART_H
#define CORE_X86_UART_H

#include <stdint.h>

#define UART_COM1 0x3f8

/* Sets 115,200 baud, 8 data bits, no parity, one stop bit, FIFO on, interrupts off. */
void uart_init(uint16_t port);

/* Sends one byte. Waits for the transmitter for a bounded time, then drops the byte: a dead port must not stop a core. */
void uart_put(uint16_t port, char c);

#endif
