/* SPDX-License-Identifier: Apache-2.0 */
/* Random machines and systems: whatever the planner accepts, the writers can build and the recheck confirms. */
#include "tests/unit/plan_fixture.h"

#include "core/tables/tables.h"

#define ROUNDS 400

static uint64_t seed;

/* Knuth's MMIX generator, upper bits; 0 <= result < below. */
static uint64_t random_below(uint64_t below)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (seed >> 20) % below;
}

static bool chance(uint32_t percent)
{
    return random_below(100) < percent;
}

static void random_ram(struct machine *machine)
{
    uint64_t at = random_below(4) * 0x10000;
    machine->ram_count = 1 + (uint32_t)random_below(12);
    for (uint32_t i = 0; i < machine->ram_count; i++) {
        uint64_t size = (1 + random_below(chance(30) ? 4096 : 1048576)) * PAGE_SIZE;
        if (at < 2 * GIB && size > 2 * GIB - at) /* the PCI hole */
            size = 2 * GIB - at;
        machine->ram[i] = (struct hpa_range){{at}, size};
        at += size + (1 + random_below(0x800)) * PAGE_SIZE;
        if (at >= 2 * GIB && at < 4 * GIB)
            at = 4 * GIB;
    }
    machine->busy_count = (uint32_t)random_below(6);
    for (uint32_t i = 0; i < machine->busy_count; i++)
        machine->busy[i] = (struct hpa_range){{random_below(8 * GIB / PAGE_SIZE) * PAGE_SIZE},
                                              (1 + random_below(0x4000)) * PAGE_SIZE};
}

static void random_cores(struct machine *machine)
{
    uint32_t step = 1 + (uint32_t)random_below(3);
    machine->core_count = 16 + (uint32_t)random_below(48);
    for (uint32_t c = 0; c < machine->core_count; c++)
        machine->cores[c] = (struct machine_core){c * step, chance(70) ? c / 2 : c};
}

/* Six BARs of all sizes, and an MSI-X table somewhere in the first memory BAR. */
static struct machine_function random_function(uint8_t devfn, uint64_t *at)
{
    struct machine_function function = endpoint(0, devfn, 0x8086, 0x1521);
    for (uint32_t b = 0; b < 6; b++) {
        uint64_t size = 0x100ull << random_below(20);
        if (chance(40))
            continue;
        *at = align_up(*at, size);
        function.bars[b] = (struct machine_bar){chance(10) ? BAR_IO : BAR_MEMORY64, false, *at, size};
        *at += size;
        if (function.msix_cap == 0 && function.bars[b].kind == BAR_MEMORY64 && size >= 0x1000 && chance(70)) {
            function.msix_cap = 0x40;
            function.msix_table_bar = (uint8_t)b;
            function.msix_entries = (uint16_t)(1 + random_below(size / 32 < 2048 ? size / 32 : 2048));
            function.msix_table_offset = (uint32_t)(random_below(size - function.msix_entries * 16ull) & ~7ull);
        }
    }
    *at = align_up(*at, PAGE_SIZE); /* the next function starts in a page of its own */
    return function;
}

static void random_functions(struct machine *machine)
{
    uint64_t at = chance(50) ? 0xc0000000 : 0x8000000000;
    machine->iommu_count = 1 + (uint32_t)random_below(2);
    machine->iommus[1] = machine->iommus[0];
    machine->iommus[1].base.v += 0x100000;
    machine->function_count = 24;
    for (uint8_t n = 0; n < machine->function_count; n++) {
        machine->functions[n] = random_function(PCI_DEVFN(1 + n, 0), &at);
        machine->functions[n].iommu = (uint8_t)random_below(machine->iommu_count);
    }
}

static void random_system(struct fixture *f)
{
    uint8_t slot = 2; /* the first one is the IOMMU's */
    memset(&f->system, 0, sizeof f->system);
    uint32_t partitions = 1 + (uint32_t)random_below(8);
    for (uint32_t p = 0; p < partitions; p++) {
        uint64_t pages = 16 + random_below(chance(20) ? 4096 : 512);
        char name[SYSTEM_NAME_MAX];
        snprintf(name, sizeof name, "p%u", p);
        fixture_partition(&f->system, name, 1 + (uint32_t)random_below(4), pages * PAGE_2M);
        struct system_partition *partition = &f->system.partitions[p];
        for (uint32_t d = (uint32_t)random_below(4); d > 0 && slot < 25; d--, slot++)
            partition->devices[partition->device_count++] =
                wants("dev", on_root_bus(PCI_DEVFN(slot, 0)), 0x8086, 0x1521);
        partition->memory_pinned = chance(10);
        partition->memory_base.v = (1 + random_below(4096)) * PAGE_2M;
    }
    f->system.partitions[random_below(partitions)].role = ROLE_ATTEST;
}

static void build_and_recheck(struct fixture *f)
{
    struct tables tables;
    struct table_pool pool = {.count = (uint32_t)(f->plan.tables.size / PAGE_SIZE), .base = f->plan.tables.base};
    pool.frames = aligned_alloc(4096, pool.count * sizeof(struct frame));
    assert_non_null(pool.frames);
    assert_true(tables_build(&f->machine, &f->plan, &pool, &tables, &f->report));
    tables_recheck(&f->machine, &f->plan, &pool, &tables, &f->report);
    assert_clean(&f->report);
    free(pool.frames);
}

static void whatever_is_planned_can_be_built_and_is_confirmed(void **state)
{
    (void)state;
    uint32_t planned = 0;
    seed = 1;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct fixture *f = fixture_new();
        f->machine.has_1g_pages = chance(80);
        random_ram(&f->machine);
        random_cores(&f->machine);
        random_functions(&f->machine);
        random_system(f);
        fixture_plan(f);
        if (report_ok(&f->report)) {
            build_and_recheck(f);
            planned++;
        }
        free(f);
    }
    print_message("%u of %u systems could be planned\n", planned, ROUNDS);
    assert_true(planned > ROUNDS / 4);
}

/* A number that lies near a border of some kind. */
static uint64_t odd_number(void)
{
    static const uint64_t borders[] = {
        0, 1, PAGE_SIZE, PAGE_2M, GIB, 2 * GIB, 4 * GIB, 0xfee00000, 0xfed80000, 0xb0000000, 0xfd00000000, 1ull << 40,
        0xfed40000, 0xfed50000, 0xfed90000, 1ull << 48, 1ull << 52, 1ull << 63, 0, /* wraps to the top */
    };
    uint64_t border = borders[random_below(sizeof borders / sizeof borders[0])];
    return border + (random_below(5) - 2) * (chance(50) ? 1 : PAGE_SIZE);
}

/* Whatever firmware and cards may claim; what discovery itself guarantees (counts, indexes, sizes a power of two, RAM
 * sorted and apart) stays. */
static void spoil_function(struct machine *machine)
{
    struct machine_function *function = &machine->functions[random_below(machine->function_count)];
    struct machine_bar *bar = &function->bars[random_below(6)];
    switch (random_below(9)) {
    case 0:
        *bar = (struct machine_bar){(enum bar_kind)random_below(4), chance(50), odd_number(), 1ull << random_below(64)};
        break;
    case 1:
        bar->base = odd_number();
        break;
    case 2:
        bar->size = 1ull << random_below(64);
        break;
    case 3:
        function->msix_table_offset = (uint32_t)odd_number();
        function->msix_entries = (uint16_t)random_below(2049);
        break;
    case 4:
        function->msix_table_bar = (uint8_t)random_below(256);
        function->msix_cap = (uint8_t)random_below(256);
        break;
    case 5:
        function->alias = (uint16_t)(chance(50) ? random_below(64) : odd_number());
        break;
    case 6:
        function->class_code = (uint32_t)random_below(1 << 24);
        function->header_type = (uint8_t)random_below(3);
        break;
    case 7:
        function->secondary_bus = (uint8_t)random_below(3);
        function->acs = chance(50);
        break;
    default:
        function->pcie_type = (uint8_t)random_below(16);
    }
}

static void spoil_machine(struct machine *machine)
{
    switch (random_below(7)) {
    case 6:
        machine->tpm = (struct machine_tpm){.kind = (enum machine_tpm_kind)random_below(3), .base = {odd_number()}};
        break;
    case 0:
        machine->physical_bits = (uint8_t)random_below(256);
        break;
    case 1:
        machine->ecams[0].base.v = odd_number();
        machine->ecams[0].last_bus = (uint8_t)random_below(256);
        break;
    case 2:
        machine->iommus[0].base.v = odd_number();
        break;
    case 3:
        machine->cores[random_below(machine->core_count)].smt_group = (uint32_t)random_below(4);
        break;
    case 4:
        machine->ram[2].size = (1 + random_below(0x1000000)) * PAGE_SIZE;
        break;
    default:
        machine->busy[0] = (struct hpa_range){{odd_number()}, random_below(8 * GIB)};
    }
}

static void odd_machines_are_refused_or_safe(void **state)
{
    (void)state;
    uint32_t planned = 0;
    seed = 2;
    for (uint32_t round = 0; round < 4 * ROUNDS; round++) {
        struct fixture *f = fixture_new();
        f->system.partitions[1].memory_size = (1 + random_below(4096)) * PAGE_2M;
        f->system.partitions[random_below(3)].role = ROLE_ATTEST;
        for (uint64_t n = random_below(4); n > 0; n--)
            spoil_function(&f->machine);
        for (uint64_t n = random_below(3); n > 0; n--)
            spoil_machine(&f->machine);
        fixture_plan(f);
        if (report_ok(&f->report)) {
            build_and_recheck(f);
            planned++;
        }
        free(f);
    }
    print_message("%u of %u machines could be used\n", planned, 4 * ROUNDS);
    assert_true(planned > ROUNDS / 2);
}

/* 1 TiB in 2 MiB pages: the largest tables there are take seconds, not minutes, even with sanitizers. */
static void a_large_server_is_rechecked(void **state)
{
    (void)state;
    struct fixture *f = fixture_new();
    f->machine.physical_bits = 48;
    f->machine.has_1g_pages = false;
    f->machine.ram[2] = (struct hpa_range){{1024 * GIB}, 1100 * GIB};
    f->machine.busy_count = 0;
    f->system.partition_count = 2;
    f->system.partitions[0].memory_size = 512 * GIB;
    f->system.partitions[1].memory_size = 512 * GIB;
    f->system.partitions[0].device_count = 1; /* the disks' BARs stand at 768 GiB */
    f->system.partitions[1].device_count = 1;
    fixture_plan(f);
    assert_clean(&f->report);
    build_and_recheck(f);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_planned_can_be_built_and_is_confirmed),
        cmocka_unit_test(odd_machines_are_refused_or_safe),
        cmocka_unit_test(a_large_server_is_rechecked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
