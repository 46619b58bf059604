/* SPDX-License-Identifier: Apache-2.0 */
/* The boot stage's page tables: physical = virtual. Memory is writable and never executable, but for the boot stage's own code,
 * which is executable and never writable; page 0 and the stack's guard page are absent. */
#include "core/boot/boot.h"
#include "core/boot/paging.h"
#include "core/boot/steps.h"
#include "core/x86/cpu.h"
#include "core/x86/registers.h"

#define ENTRIES 512u
#define POOL_FRAMES 64u
#define LOW_GIBIBYTES 4u
#define RW (PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE)

static const struct rule rule_paging_pool = {
    "BOOT-465", "memory lies further apart than the boot stage can map", "at most 64 page-table frames",
    "report this machine's memory map: it is legal, but larger than was foreseen"};
static const struct rule rule_large_pages = {
    "BOOT-466", "the processor has no 1 GiB pages", "CPUID 8000_0001 EDX bit 26", "use a processor of 2010 or later"};

struct page_table {
    _Alignas(4096) uint64_t entry[ENTRIES];
};

static struct page_table pool[POOL_FRAMES];
static uint32_t pool_used;

extern const char image_start[], text_start[], text_end[], rodata_start[], trust_end[];
extern const char boot_stack[];

static struct page_table *new_table(void)
{
    if (pool_used == POOL_FRAMES)
        boot_refuse(&rule_paging_pool, "memory map", "%u frames used", pool_used);
    return &pool[pool_used++];
}

static uint64_t level_span(unsigned level)
{
    return 1ull << (12 + 9 * (level - 1));
}

/* The table below `entry` of `level`; a large page is split into equal smaller ones, an absent one gets an empty table. */
static struct page_table *table_below(uint64_t *entry, unsigned level)
{
    if (*entry & PTE_PRESENT && !(*entry & PTE_LARGE))
        return (struct page_table *)(*entry & PTE_ADDRESS);
    struct page_table *table = new_table();
    uint64_t step = level_span(level - 1);
    for (unsigned i = 0; *entry & PTE_PRESENT && i < ENTRIES; i++)
        table->entry[i] = (*entry + i * step) & (level == 2 ? ~PTE_LARGE : ~0ull);
    *entry = (uint64_t)table | PTE_PRESENT | PTE_WRITE;
    return table;
}

/* Maps the page of `size_level` (1: 4 KiB, 2: 2 MiB, 3: 1 GiB) at `address` to itself; bits 0: absent. */
static void map_page(uint64_t address, unsigned size_level, uint64_t bits)
{
    struct page_table *table = &pool[0];
    for (unsigned level = 4; level > size_level; level--)
        table = table_below(&table->entry[address >> (12 + 9 * (level - 1)) & (ENTRIES - 1)], level);
    uint64_t value = bits == 0 ? 0 : address | bits | (size_level > 1 ? PTE_LARGE : 0);
    table->entry[address >> (12 + 9 * (size_level - 1)) & (ENTRIES - 1)] = value;
}

static bool is_mapped(uint64_t address)
{
    uint64_t entry = pool[0].entry[address >> 39 & (ENTRIES - 1)];
    if (!(entry & PTE_PRESENT))
        return false;
    const struct page_table *table = (const struct page_table *)(entry & PTE_ADDRESS);
    return table->entry[address >> 30 & (ENTRIES - 1)] & PTE_PRESENT;
}

void paging_map(struct hpa_range range)
{
    for (uint64_t at = align_down(range.base.v, PAGE_1G); at < range.base.v + range.size; at += PAGE_1G)
        if (!is_mapped(at))
            map_page(at, 3, RW);
    cpu_write_cr3(cpu_read_cr3());
}

static void map_pages(const char *from, const char *to, uint64_t bits)
{
    for (uint64_t at = (uint64_t)from; at < (uint64_t)to; at += PAGE_SIZE)
        map_page(at, 1, bits);
}

static void map_memory(const struct boot_source *source)
{
    for (uint64_t at = 0; at < LOW_GIBIBYTES * PAGE_1G; at += PAGE_2M)
        map_page(at, 2, RW);
    for (uint32_t i = 0; i < source->memory_count; i++) {
        struct hpa_range range = source->memory[i].range;
        for (uint64_t at = align_down(range.base.v, PAGE_1G);
             source->memory[i].kind != BOOT_MEMORY_DEVICE && at < range.base.v + range.size; at += PAGE_1G)
            if (!is_mapped(at))
                map_page(at, 3, RW);
    }
}

void paging_build(const struct boot *boot)
{
    if (!boot->machine.has_1g_pages)
        boot_refuse(&rule_large_pages, "processor", "EDX bit 26 clear");
    new_table();
    map_memory(boot->source);
    map_page(0, 1, 0);
    map_pages(image_start, text_start, PTE_PRESENT | PTE_NO_EXECUTE);
    map_pages(text_start, text_end, PTE_PRESENT);
    map_pages(rodata_start, trust_end, PTE_PRESENT | PTE_NO_EXECUTE);
    map_page((uint64_t)boot_stack - PAGE_SIZE, 1, 0);
    cpu_write_cr3((uint64_t)&pool[0]);
}

uint64_t paging_top_entry(unsigned index)
{
    return pool[0].entry[index];
}

void paging_map_executable(uint64_t page)
{
    map_page(page, 1, PTE_PRESENT);
    cpu_write_cr3(cpu_read_cr3());
}
