/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controllers of old: partitions have none of them, so every one of their inputs is masked. */
#include "core/boot/boot.h"
#include "core/boot/paging.h"
#include "core/boot/steps.h"
#include "core/x86/cpu.h"

#define PIC_MASTER_MASK 0x21
#define PIC_SLAVE_MASK 0xa1
#define IOAPIC_SELECT 0x00u
#define IOAPIC_WINDOW 0x10u
#define IOAPIC_VERSION 0x01u
#define IOAPIC_ENTRY 0x10u
#define IOAPIC_MASKED 0x10000u

/* 82093AA data sheet, 3.2: entry n is register pair 10h + 2n; the mask is in the lower half. */
static void mask_ioapic(uint64_t base)
{
    volatile uint8_t *at = (volatile uint8_t *)base;
    mmio_write32(at + IOAPIC_SELECT, IOAPIC_VERSION);
    uint32_t last = mmio_read32(at + IOAPIC_WINDOW) >> 16 & 0xffu;
    for (uint32_t entry = 0; entry <= last; entry++) {
        mmio_write32(at + IOAPIC_SELECT, IOAPIC_ENTRY + 2 * entry);
        mmio_write32(at + IOAPIC_WINDOW, IOAPIC_MASKED);
    }
}

void legacy_interrupts_off(const struct boot *boot)
{
    cpu_out8(PIC_MASTER_MASK, 0xff);
    cpu_out8(PIC_SLAVE_MASK, 0xff);
    for (uint32_t i = 0; i < boot->machine.ioapic_count; i++) {
        paging_map((struct hpa_range){boot->machine.ioapics[i], PAGE_SIZE});
        mask_ioapic(boot->machine.ioapics[i].v);
    }
}
