/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's windows: page-table entries of this core that are filled for one access and emptied again. */
#include "core/monitor/window.h"

#include "core/handoff.h"
#include "core/x86/cpu.h"
#include "core/x86/registers.h"

#define LARGE_ENTRY ((MONITOR_SCRUB >> 21) & 511u)

static volatile uint64_t *page_entry(uint64_t address)
{
    volatile uint64_t *table = (uint64_t *)(MONITOR_CORE + CORE_PAGE_PT * PAGE_SIZE);
    return &table[(address >> 12) & 511u];
}

static volatile uint64_t *large_entry(void)
{
    volatile uint64_t *directory = (uint64_t *)(MONITOR_CORE + CORE_PAGE_PD * PAGE_SIZE);
    return &directory[LARGE_ENTRY];
}

void *window_open(struct hpa address, enum window_kind kind)
{
    uint64_t bits = PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE | (kind == WINDOW_DEVICE ? PTE_UNCACHED : 0);
    *page_entry(MONITOR_WINDOW) = align_down(address.v, PAGE_SIZE) | bits;
    return (void *)(MONITOR_WINDOW + (address.v & (PAGE_SIZE - 1)));
}

void window_close(void)
{
    *page_entry(MONITOR_WINDOW) = 0;
    cpu_invlpg((void *)MONITOR_WINDOW);
}

void *window_open_large(struct hpa address)
{
    *large_entry() = align_down(address.v, PAGE_2M) | PTE_PRESENT | PTE_WRITE | PTE_LARGE | PTE_NO_EXECUTE;
    return (void *)(MONITOR_SCRUB + (address.v & (PAGE_2M - 1)));
}

void window_close_large(void)
{
    *large_entry() = 0;
    cpu_invlpg((void *)MONITOR_SCRUB);
}

void window_seal_page(void *page)
{
    *page_entry((uint64_t)page) &= ~PTE_WRITE;
    cpu_invlpg(page);
}

uint32_t device_read(struct hpa address, unsigned width)
{
    volatile void *at = window_open(address, WINDOW_DEVICE);
    uint32_t value = width == 4   ? *(volatile uint32_t *)at
                     : width == 2 ? *(volatile uint16_t *)at
                                  : *(volatile uint8_t *)at;
    window_close();
    return value;
}

void device_write(struct hpa address, unsigned width, uint32_t value)
{
    volatile void *at = window_open(address, WINDOW_DEVICE);
    if (width == 4)
        *(volatile uint32_t *)at = value;
    else if (width == 2)
        *(volatile uint16_t *)at = (uint16_t)value;
    else
        *(volatile uint8_t *)at = (uint8_t)value;
    window_close();
}
