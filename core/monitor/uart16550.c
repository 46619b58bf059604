/* SPDX-License-Identifier: Apache-2.0 */
/* A 16550's registers (PC16550D data sheet, section 8), enough for drivers that probe it and then poll. */
#include "core/monitor/uart16550.h"

#include "core/monitor/console.h"

#include <stdbool.h>

enum { UART_DATA, UART_IER, UART_IIR, UART_LCR, UART_MCR, UART_LSR, UART_MSR, UART_SCRATCH };

#define IIR_NONE_FIFO 0xc1u /* no interrupt pending, FIFOs on */
#define LCR_DIVISOR_LATCH 0x80u
#define LSR_IDLE 0x60u
#define MCR_LOOP 0x10u
#define MSR_CONNECTED 0xb0u /* carrier, data set ready, clear to send */

static bool latch_open(const struct uart16550 *uart)
{
    return uart->line_control & LCR_DIVISOR_LATCH;
}

/* In loop-back the modem outputs appear on the inputs: DTR-DSR, RTS-CTS, OUT1-RI, OUT2-DCD. */
static uint8_t modem_status(const struct uart16550 *uart)
{
    unsigned mcr = uart->modem_control;
    if (!(mcr & MCR_LOOP))
        return MSR_CONNECTED;
    return (uint8_t)((mcr & 1u) << 5 | (mcr & 2u) << 3 | (mcr & 4u) << 4 | (mcr & 8u) << 4);
}

uint8_t uart16550_read(const struct uart16550 *uart, unsigned reg)
{
    switch (reg) {
    case UART_DATA:
        return latch_open(uart) ? uart->divisor[0] : 0;
    case UART_IER:
        return latch_open(uart) ? uart->divisor[1] : uart->interrupt_enable;
    case UART_IIR:
        return IIR_NONE_FIFO;
    case UART_LCR:
        return uart->line_control;
    case UART_MCR:
        return uart->modem_control;
    case UART_LSR:
        return LSR_IDLE;
    case UART_MSR:
        return modem_status(uart);
    default:
        return uart->scratch;
    }
}

void uart16550_write(struct uart16550 *uart, unsigned reg, uint8_t value)
{
    switch (reg) {
    case UART_DATA:
        if (latch_open(uart))
            uart->divisor[0] = value;
        else if (!(uart->modem_control & MCR_LOOP))
            console_put_guest((char)value);
        return;
    case UART_IER:
        if (latch_open(uart))
            uart->divisor[1] = value;
        else
            uart->interrupt_enable = value & 0x0fu;
        return;
    case UART_LCR:
        uart->line_control = value;
        return;
    case UART_MCR:
        uart->modem_control = value & 0x1fu;
        return;
    case UART_SCRATCH:
        uart->scratch = value;
        return;
    default:
        return;
    }
}
