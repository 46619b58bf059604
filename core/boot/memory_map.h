/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's memory map → the machine's free RAM. Pure. */
#ifndef CORE_BOOT_MEMORY_MAP_H
#define CORE_BOOT_MEMORY_MAP_H

#include "core/lib/address.h"
#include "core/plan/machine.h"

#include <stdbool.h>
#include <stdint.h>

enum boot_memory_kind {
    BOOT_MEMORY_USABLE,   /* RAM that is free once the firmware is gone */
    BOOT_MEMORY_FIRMWARE, /* RAM or ROM that may hold tables: readable, never given away */
    BOOT_MEMORY_DEVICE,   /* registers: not even readable here */
};

struct boot_memory {
    struct hpa_range range;
    enum boot_memory_kind kind;
};

/* Fills machine->ram: whole pages above 1 MiB that some entry calls usable and no entry calls anything else, in any order,
 * overlapping or not. A range that runs past the end of the address space ends there. False when that is more than
 * MACHINE_MAX_RANGES pieces. */
bool memory_map_read(const struct boot_memory *memory, uint32_t count, struct machine *machine);

#endif
