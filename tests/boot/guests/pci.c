/* SPDX-License-Identifier: Apache-2.0 */
/* Driving devices: MSI-X tables, and QEMU's `edu` (QEMU documentation, specs/edu), which copies memory and sends
 * messages where it is told. */
#include "core/lib/guest_ports.h"
#include "core/lib/pci_regs.h"
#include "core/x86/apic.h"
#include "core/x86/cpu.h"
#include "tests/boot/guests/prober.h"

#include <stddef.h>

#define EDU_ID 0x11e81234u
#define EDU_RAISE 0x60u
#define EDU_ACKNOWLEDGE 0x64u
#define EDU_DMA_SOURCE 0x80u
#define EDU_DMA_TARGET 0x88u
#define EDU_DMA_COUNT 0x90u
#define EDU_DMA_COMMAND 0x98u
#define EDU_DMA_START 1u
#define EDU_DMA_TO_MEMORY 2u
#define EDU_BUFFER 0x40000u
#define DEVICES 32u
#define COPY_SIZE 64u
#define MESSAGE_DATA 0x0cu
#define MESSAGE_UPPER 0x08u
#define MESSAGE_ADDRESS 0xfee00000u

static void select_register(unsigned slot, unsigned reg)
{
    cpu_out32(GUEST_PORT_PCI_ADDRESS, PCI_CONFIG_ADDRESS_ENABLE | slot << 11 | reg);
}

static uint32_t read_config(unsigned slot, unsigned reg)
{
    select_register(slot, reg);
    return cpu_in32(GUEST_PORT_PCI_DATA);
}

static void write_config(unsigned slot, unsigned reg, uint32_t value)
{
    select_register(slot, reg);
    cpu_out32(GUEST_PORT_PCI_DATA, value);
}

void pci_list(struct arguments a)
{
    (void)a;
    unsigned count = 0;
    for (unsigned slot = 0; slot < DEVICES; slot++) {
        uint32_t id = read_config(slot, PCI_VENDOR_ID);
        if (id == 0xffffffff)
            continue;
        say("pci 00:%02x.0 %04x:%04x", slot, id & 0xffff, id >> 16);
        count++;
    }
    say("pci: %u functions", count);
}

/* Offset of a capability in a function's list; 0 when it has none. */
static unsigned find_capability(unsigned slot, unsigned id)
{
    unsigned at = read_config(slot, PCI_CAPABILITY_LIST) & 0xff;
    while (at != 0 && (read_config(slot, at) & 0xff) != id)
        at = read_config(slot, at) >> 8 & 0xff;
    return at;
}

/* Entry 0 of the first MSI-X table, or NULL. */
static volatile uint8_t *msix_entry(void)
{
    for (unsigned slot = 0; slot < DEVICES; slot++) {
        if (read_config(slot, PCI_VENDOR_ID) == 0xffffffff)
            continue;
        unsigned capability = find_capability(slot, PCI_CAP_ID_MSIX);
        if (capability == 0)
            continue;
        write_config(slot, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
        uint32_t table = read_config(slot, capability + PCI_MSIX_TABLE);
        uint32_t bar = read_config(slot, PCI_BAR0 + 4 * (table & PCI_MSIX_BIR));
        return (volatile uint8_t *)(uint64_t)((bar & PCI_BAR_MEMORY_MASK) + (table & ~PCI_MSIX_BIR));
    }
    say("msix: not found");
    return NULL;
}

void msix_set(struct arguments a)
{
    volatile uint8_t *entry = msix_entry();
    if (entry == NULL)
        return;
    mmio_write32(entry, MESSAGE_ADDRESS | (uint32_t)a.second << 12);
    mmio_write32(entry + 4, 0);
    mmio_write32(entry + 8, (uint32_t)a.first);
    say("msix: entry 0 at 0x%lx reads 0x%x 0x%x 0x%x", (uint64_t)entry, mmio_read32(entry), mmio_read32(entry + 4),
        mmio_read32(entry + 8));
}

void msix_read_wide(struct arguments a)
{
    (void)a;
    volatile uint8_t *entry = msix_entry();
    if (entry != NULL)
        say("NOT STOPPED: 0x%lx", mmio_read64(entry));
}

/* The slot of the edu device, switched on; DEVICES when there is none. */
static unsigned find_edu(void)
{
    for (unsigned slot = 0; slot < DEVICES; slot++) {
        if (read_config(slot, PCI_VENDOR_ID) != EDU_ID)
            continue;
        write_config(slot, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
        return slot;
    }
    say("edu: not found");
    return DEVICES;
}

static volatile uint8_t *registers_of(unsigned slot)
{
    return (volatile uint8_t *)(uint64_t)(read_config(slot, PCI_BAR0) & PCI_BAR_MEMORY_MASK);
}

/* One transfer; the device takes a tenth of a second for it. */
static void transfer(volatile uint8_t *edu, uint64_t source, uint64_t target, uint32_t direction)
{
    mmio_write64(edu + EDU_DMA_SOURCE, source);
    mmio_write64(edu + EDU_DMA_TARGET, target);
    mmio_write64(edu + EDU_DMA_COUNT, COPY_SIZE);
    mmio_write64(edu + EDU_DMA_COMMAND, EDU_DMA_START | direction);
    while (mmio_read64(edu + EDU_DMA_COMMAND) & EDU_DMA_START)
        cpu_pause();
}

void edu_copy(struct arguments a)
{
    unsigned slot = find_edu();
    if (slot == DEVICES)
        return;
    volatile uint64_t *source = (volatile uint64_t *)a.first, *target = (volatile uint64_t *)a.second;
    *source = 0x0123456789abcdef;
    *target = 0;
    volatile uint8_t *edu = registers_of(slot);
    transfer(edu, a.first, EDU_BUFFER, 0);
    transfer(edu, EDU_BUFFER, a.second, EDU_DMA_TO_MEMORY);
    say("edu: copied from 0x%lx to 0x%lx: %s", a.first, a.second, *target == *source ? "arrived" : "did not arrive");
}

void edu_message(struct arguments a)
{
    unsigned slot = find_edu();
    unsigned capability = slot == DEVICES ? 0 : find_capability(slot, PCI_CAP_ID_MSI);
    if (capability == 0) {
        say("edu: no message capability");
        return;
    }
    uint64_t before = trap_count((unsigned)a.first);
    write_config(slot, capability + PCI_MSI_ADDRESS, MESSAGE_ADDRESS | (uint32_t)a.second << 12);
    write_config(slot, capability + MESSAGE_UPPER, 0);
    write_config(slot, capability + MESSAGE_DATA, (uint32_t)a.first);
    write_config(slot, capability, (uint32_t)PCI_MSI_ENABLE << 16);
    volatile uint8_t *edu = registers_of(slot);
    mmio_write32(edu + EDU_RAISE, 1);
    wait_milliseconds(200);
    mmio_write32(edu + EDU_ACKNOWLEDGE, 1);
    say("edu: vector 0x%lx for core %lu: %lu arrived here", a.first, a.second, trap_count((unsigned)a.first) - before);
}
