/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O ports a partition's firmware tables name and the monitor answers (docs/guest-view.md). */
#ifndef CORE_LIB_GUEST_PORTS_H
#define CORE_LIB_GUEST_PORTS_H

#define GUEST_PORT_UART 0x3f8u          /* 16550, polled */
#define GUEST_PORT_UART_COUNT 8u
#define GUEST_PORT_PIT_COUNTER 0x42u    /* answers 0, which ends calibration loops */
#define GUEST_PORT_PCI_ADDRESS 0xcf8u
#define GUEST_PORT_RESET 0xcf9u         /* FADT reset register; lies inside the PCI address register's span */
#define GUEST_RESET_VALUE 0x06u
#define GUEST_PORT_PCI_DATA 0xcfcu
#define GUEST_PORT_SLEEP_CONTROL 0x604u /* FADT sleep control register (ACPI 6.5, 4.8.3.7) */
#define GUEST_PORT_SLEEP_STATUS 0x605u
#define GUEST_SLEEP_TYPE_S5 5u          /* what _S5_ names and the sleep control register's SLP_TYP then holds */

#endif
