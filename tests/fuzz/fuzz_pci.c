/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any bytes as the configuration space of a few functions, with half of the bits writable. */
#include "core/boot/discover.h"
#include "core/lib/pci_regs.h"

#include <stdlib.h>
#include <string.h>

#define FUNCTIONS 8u
#define SPACE 0x140u /* the first 256 bytes and the start of the extended space */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct space {
    uint8_t bytes[FUNCTIONS][SPACE];
};

/* Four buses of two slots: enough for bridges to lead anywhere. */
static uint32_t index_of(struct pci_address f)
{
    bool there = f.segment == 0 && f.bus < FUNCTIONS / 2 && (f.devfn & ~PCI_DEVFN(1, 0)) == 0;
    return there ? f.bus * 2u + PCI_DEVICE(f.devfn) : FUNCTIONS;
}

static void check_access(uint32_t offset, uint32_t width)
{
    if ((width != 1 && width != 2 && width != 4) || offset % width != 0 || offset >= PCIE_CONFIG_SIZE)
        abort();
}

static uint32_t read_space(void *context, struct pci_address f, uint32_t offset, uint32_t width)
{
    struct space *space = context;
    uint32_t value = 0xffffffffu;
    check_access(offset, width);
    if (index_of(f) < FUNCTIONS && offset + width <= SPACE)
        memcpy(&value, space->bytes[index_of(f)] + offset, width);
    return value;
}

static void write_space(void *context, struct pci_address f, uint32_t offset, uint32_t width, uint32_t value)
{
    struct space *space = context;
    check_access(offset, width);
    for (uint32_t i = 0; index_of(f) < FUNCTIONS && offset + width <= SPACE && i < width; i++) {
        uint8_t *byte = &space->bytes[index_of(f)][offset + i];
        uint8_t mask = (offset + i) & 1 ? 0xff : 0xf0;
        *byte = (uint8_t)((*byte & ~mask) | (value >> (8 * i) & mask));
    }
}

/* A flawed function may say anything, but not send anybody outside its arrays. */
static void check_function(const struct machine *machine, uint32_t index)
{
    const struct machine_function *function = &machine->functions[index];
    if (function->parent != MACHINE_NO_FUNCTION && function->parent >= index)
        abort();
    if (function->msix_table_bar >= 6 || function->msix_entries > 2048)
        abort();
    for (uint32_t i = 0; i < 6; i++)
        if ((function->bars[i].size & (function->bars[i].size - 1)) != 0 ||
            (function->bars[i].size != 0 && function->bars[i].base % function->bars[i].size != 0))
            abort();
    if (function->msix_cap != 0 &&
        function->msix_table_offset + 16ull * function->msix_entries > function->bars[function->msix_table_bar].size)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct machine machine;
    static struct acpi_scopes scopes;
    static struct report flaws, report;
    static struct space space;
    struct pci_access access = {read_space, write_space, &space};
    memset(&space, 0xff, sizeof space);
    memcpy(&space, data, size < sizeof space ? size : sizeof space);
    memset(&machine, 0, sizeof machine);
    machine.ecam_count = 1;
    machine.ecams[0] = (struct machine_ecam){{0xb0000000}, 0, 0, FUNCTIONS / 2};
    report_init(&flaws);
    report_init(&report);
    pci_discover(&access, &scopes, &machine, &flaws, &report);
    for (uint32_t i = 0; i < machine.function_count; i++)
        check_function(&machine, i);
    return 0;
}
