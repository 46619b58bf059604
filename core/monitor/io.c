/* SPDX-License-Identifier: Apache-2.0 */
/* Port I/O: every port exits; a handful is answered, the others read all-ones and swallow writes, as absent devices do. */
#include "core/lib/cmos.h"
#include "core/lib/guest_ports.h"
#include "core/monitor/exit.h"
#include "core/monitor/lifecycle.h"
#include "core/monitor/pci_config.h"

#define RESET_FULL 0x04u     /* reset control register: reset the CPU */
#define SLEEP_ENABLE 0x20u   /* ACPI 6.5, 4.8.3.7: SLP_EN */
#define SLEEP_TYPE(value) ((value) >> 2 & 7u)

static bool in_span(uint16_t port, unsigned width, unsigned first, unsigned count)
{
    return port >= first && port + width <= first + count;
}

static uint32_t read_port(const struct core *core, uint16_t port, unsigned width)
{
    if (in_span(port, width, GUEST_PORT_UART, 8) && width == 1)
        return this_partition()->console ? uart16550_read(&this_partition_shared()->uart, port - GUEST_PORT_UART)
                                         : 0xffu;
    if (port == GUEST_PORT_PIT_COUNTER || port == GUEST_PORT_SLEEP_STATUS ||
        (port == GUEST_PORT_RESET && width == 1))
        return 0;
    if (port == CMOS_PORT_DATA && width == 1)
        return rtc_read(&this_partition_shared()->rtc);
    if (port == GUEST_PORT_PCI_ADDRESS && width == 4)
        return this_partition_shared()->pci_address;
    if (in_span(port, width, GUEST_PORT_PCI_DATA, 4))
        return pci_config_read(port - GUEST_PORT_PCI_DATA, width);
    exit_count_refused(core);
    return 0xffffffffu;
}

static void write_port(const struct core *core, uint16_t port, unsigned width, uint32_t value)
{
    if (in_span(port, width, GUEST_PORT_UART, 8) && width == 1) {
        if (this_partition()->console)
            uart16550_write(&this_partition_shared()->uart, port - GUEST_PORT_UART, (uint8_t)value);
    } else if (port == CMOS_PORT_INDEX && width == 1) {
        this_partition_shared()->rtc.index = (uint8_t)value;
    } else if (port == GUEST_PORT_PCI_ADDRESS && width == 4) {
        this_partition_shared()->pci_address = value;
    } else if (in_span(port, width, GUEST_PORT_PCI_DATA, 4)) {
        pci_config_write(port - GUEST_PORT_PCI_DATA, width, value);
    } else if (port == GUEST_PORT_RESET && width == 1) {
        if (value & RESET_FULL)
            lifecycle_stop(STOP_RESET, "rip 0x%lx", core->vcpu.guest.rip);
    } else if (port == GUEST_PORT_SLEEP_CONTROL && width == 1) {
        if (value & SLEEP_ENABLE && SLEEP_TYPE(value) == GUEST_SLEEP_TYPE_S5)
            lifecycle_stop(STOP_POWER_OFF, "rip 0x%lx", core->vcpu.guest.rip);
    } else {
        exit_count_refused(core);
    }
}

void exit_io(struct core *core)
{
    const struct guest_exit *exit = &core->vcpu.exit;
    if (exit->string) { /* no device a partition has is driven by string instructions */
        exit_raise_gp(core);
        return;
    }
    uint64_t *rax = &core->vcpu.guest.reg[REG_RAX];
    uint64_t mask = exit->width == 4 ? 0xffffffffull : exit->width == 2 ? 0xffffull : 0xffull;
    exit_skip(core);
    if (!exit->in)
        write_port(core, exit->port, exit->width, (uint32_t)(*rax & mask));
    else if (exit->width == 4)
        *rax = read_port(core, exit->port, 4);
    else
        *rax = (*rax & ~mask) | (read_port(core, exit->port, exit->width) & mask);
}
