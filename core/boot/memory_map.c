/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's memory map → the machine's free RAM. Maps are unsorted, full of seams, and at times contradict
 * themselves. */
#include "core/boot/memory_map.h"

#include "core/plan/spans.h"

#define BIOS_TOP 0x100000ull

static uint64_t end_of(struct hpa_range range)
{
    return range.size > UINT64_MAX - range.base.v ? UINT64_MAX : range.base.v + range.size;
}

/* Joins neighbours. */
static void merge(struct machine *machine)
{
    uint32_t kept = 0;
    for (uint32_t i = 1; i < machine->ram_count; i++) {
        struct hpa_range *last = &machine->ram[kept];
        uint64_t last_end = last->base.v + last->size, end = machine->ram[i].base.v + machine->ram[i].size;
        if (machine->ram[i].base.v > last_end)
            machine->ram[++kept] = machine->ram[i];
        else if (end > last_end)
            last->size = end - last->base.v;
    }
    machine->ram_count = machine->ram_count == 0 ? 0 : kept + 1;
}

/* Long runs of small pieces are merged as they come, so that only true holes count against the limit. */
static bool insert(struct machine *machine, struct hpa_range range)
{
    if (machine->ram_count == MACHINE_MAX_RANGES)
        merge(machine);
    if (machine->ram_count == MACHINE_MAX_RANGES)
        return false;
    uint32_t at = machine->ram_count++;
    for (; at > 0 && machine->ram[at - 1].base.v > range.base.v; at--)
        machine->ram[at] = machine->ram[at - 1];
    machine->ram[at] = range;
    return true;
}

static bool add_usable(const struct boot_memory *memory, uint32_t count, struct machine *machine)
{
    machine->ram_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t end = align_down(end_of(memory[i].range), PAGE_SIZE);
        uint64_t base = memory[i].range.base.v < BIOS_TOP ? BIOS_TOP : memory[i].range.base.v;
        if (memory[i].kind != BOOT_MEMORY_USABLE || end <= base || align_up(base, PAGE_SIZE) >= end)
            continue;
        base = align_up(base, PAGE_SIZE);
        if (!insert(machine, (struct hpa_range){{base}, end - base}))
            return false;
    }
    merge(machine);
    return true;
}

/* What one entry keeps, no other can give away. */
static bool take_out_kept(const struct boot_memory *memory, uint32_t count, struct machine *machine)
{
    struct spans free;
    spans_set(&free, machine->ram, machine->ram_count);
    for (uint32_t i = 0; i < count && free.count <= MACHINE_MAX_RANGES; i++) {
        uint64_t base = align_down(memory[i].range.base.v, PAGE_SIZE), end = end_of(memory[i].range);
        end = end > UINT64_MAX - PAGE_SIZE ? UINT64_MAX : align_up(end, PAGE_SIZE);
        if (memory[i].kind != BOOT_MEMORY_USABLE && memory[i].range.size > 0)
            spans_remove(&free, (struct hpa_range){{base}, end - base});
    }
    if (free.count > MACHINE_MAX_RANGES)
        return false;
    for (uint32_t i = 0; i < free.count; i++)
        machine->ram[i] = free.spans[i];
    machine->ram_count = free.count;
    return true;
}

bool memory_map_read(const struct boot_memory *memory, uint32_t count, struct machine *machine)
{
    return add_usable(memory, count, machine) && take_out_kept(memory, count, machine);
}
