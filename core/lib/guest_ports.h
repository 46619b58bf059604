/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O ports a partition may use: written into its ACPI tables, answered by the monitor. docs/guest-view.md */
#ifndef CORE_LIB_GUEST_PORTS_H
#define CORE_LIB_GUEST_PORTS_H

#define GUEST_PORT_UART 0x3f8u       /* a polled 16550, 8 ports */
#define GUEST_PORT_UART_COUNT 8u
#define GUEST_PORT_PCI_ADDRESS 0xcf8u /* 4 ports; configuration mechanism #1 */
#define GUEST_PORT_PCI_DATA 0xcfcu    /* 4 ports */
#define GUEST_PORT_RESET 0xcf9u       /* FADT RESET_REG, one byte; shares a place with PCI_ADDRESS: only 32-bit accesses
                                         at 0xcf8 are configuration addresses */
#define GUEST_RESET_VALUE 0x06u
#define GUEST_PORT_SLEEP_CONTROL 0x604u /* FADT SLEEP_CONTROL_REG, one byte (ACPI 6.4 4.8.3.7) */
#define GUEST_PORT_SLEEP_STATUS 0x605u  /* FADT SLEEP_STATUS_REG, one byte: reads 0 */
#define GUEST_SLEEP_ENABLE 0x20u        /* SLP_EN, bit 5 */
#define GUEST_SLEEP_TYPE_SHIFT 2u       /* SLP_TYP, bits 4:2 */
#define GUEST_SLEEP_TYPE_S5 5u          /* first element of \_S5_ in the DSDT: power off */

#endif
