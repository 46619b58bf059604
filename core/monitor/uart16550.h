/* SPDX-License-Identifier: Apache-2.0 */
/* The partition's console as it sees it: a 16550 that sends at once, never receives, and has no interrupt. */
#ifndef CORE_MONITOR_UART16550_H
#define CORE_MONITOR_UART16550_H

#include <stdint.h>

/* The registers that can be read back. */
struct uart16550 {
    uint8_t interrupt_enable, line_control, modem_control, scratch;
    uint8_t divisor[2];
};

/* Register 0..7. A byte for the line goes to console_put_guest(). */
uint8_t uart16550_read(const struct uart16550 *uart, unsigned reg);
void uart16550_write(struct uart16550 *uart, unsigned reg, uint8_t value);

#endif
