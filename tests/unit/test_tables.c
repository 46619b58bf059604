/* SPDX-License-Identifier: Apache-2.0 */
/* The table writers: exact bits, page sizes at their edges, and what they refuse. */
#include "tests/unit/plan_fixture.h"

#include "core/tables/amdvi.h"
#include "core/tables/irte.h"
#include "core/tables/npt.h"
#include "core/tables/pool.h"
#include "core/tables/stage2.h"
#include "core/tables/tables.h"

#define POOL_BASE 0x2ffff0000ull

static struct frame frames[64];

static struct table_pool small_pool(uint32_t count)
{
    return (struct table_pool){frames, count, 0, {POOL_BASE}};
}

/* The entry for `address` at the lowest level its walk reaches; *level gets that level. */
static uint64_t look_up(const struct table_pool *pool, uint32_t root, uint64_t address, unsigned *level)
{
    uint32_t frame = root;
    for (*level = 4;; (*level)--) {
        uint64_t entry = pool->frames[frame].entry[stage2_index(address, *level)];
        uint32_t below = pool_frame(pool, (struct hpa){entry & STAGE2_ADDRESS});
        if ((entry & 1) == 0 || *level == 1 || below == FRAME_NONE)
            return entry;
        frame = below;
    }
}

static void a_gigabyte_page_needs_alignment_of_both_addresses(void **state)
{
    (void)state;
    struct table_pool pool = small_pool(64);
    struct stage2_writer writer = {&npt_format, &pool, 3};
    uint32_t root = stage2_root(&writer);
    unsigned level;
    assert_int_equal(stage2_map(&writer, root, (struct gpa){0}, (struct hpa){4 * GIB}, GIB, STAGE2_RAM), STAGE2_DONE);
    assert_int_equal(look_up(&pool, root, 0x12345678, &level), 4 * GIB | NPT_P | NPT_RW | NPT_US | NPT_PS);
    assert_int_equal(level, 3);
    assert_int_equal(stage2_map(&writer, root, (struct gpa){GIB}, (struct hpa){9 * GIB + 2 * MIB}, GIB, STAGE2_RAM),
                     STAGE2_DONE);
    assert_int_equal(look_up(&pool, root, GIB, &level), (9 * GIB + 2 * MIB) | NPT_P | NPT_RW | NPT_US | NPT_PS);
    assert_int_equal(level, 2);
    assert_int_equal(look_up(&pool, root, 2 * GIB - 1, &level),
                     10 * GIB | NPT_P | NPT_RW | NPT_US | NPT_PS);
    assert_int_equal(look_up(&pool, root, 2 * GIB, &level), 0);
}

static void without_gigabyte_pages_two_megabyte_pages_are_used(void **state)
{
    (void)state;
    struct table_pool pool = small_pool(64);
    struct stage2_writer writer = {&npt_format, &pool, 2};
    uint32_t root = stage2_root(&writer);
    unsigned level;
    assert_int_equal(stage2_map(&writer, root, (struct gpa){0}, (struct hpa){4 * GIB}, GIB, STAGE2_RAM), STAGE2_DONE);
    look_up(&pool, root, 0, &level);
    assert_int_equal(level, 2);
    assert_int_equal(pool.used, 3);
}

static void odd_edges_get_small_pages_and_the_middle_large_ones(void **state)
{
    (void)state;
    struct table_pool pool = small_pool(64);
    struct stage2_writer writer = {&npt_format, &pool, 3};
    uint32_t root = stage2_root(&writer);
    unsigned level;
    uint64_t from = 3 * GIB - 2 * MIB - PAGE_SIZE;
    uint64_t size = GIB + 4 * MIB + 2 * PAGE_SIZE;
    assert_int_equal(stage2_map(&writer, root, (struct gpa){from}, (struct hpa){from}, size, STAGE2_MMIO), STAGE2_DONE);
    static const struct {
        uint64_t address;
        unsigned level;
    } expected[] = {
        {3 * GIB - 2 * MIB - PAGE_SIZE, 1}, {3 * GIB - 2 * MIB, 2}, {3 * GIB, 3}, {4 * GIB, 2}, {4 * GIB + 2 * MIB, 1},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        uint64_t ps = expected[i].level > 1 ? NPT_PS : 0;
        assert_int_equal(look_up(&pool, root, expected[i].address, &level),
                         expected[i].address | NPT_P | NPT_RW | NPT_US | NPT_PWT | NPT_PCD | NPT_NX | ps);
        assert_int_equal(level, expected[i].level);
    }
    assert_int_equal(look_up(&pool, root, from - 1, &level), 0);
    assert_int_equal(look_up(&pool, root, from + size, &level), 0);
}

static void amdvi_entries_name_the_next_level(void **state)
{
    (void)state;
    struct table_pool pool = small_pool(64);
    struct stage2_writer writer = {&amdvi_format, &pool, 3};
    uint32_t root = stage2_root(&writer);
    unsigned level;
    const uint64_t access = AMDVI_PTE_IR | AMDVI_PTE_IW | AMDVI_PTE_PR;
    assert_int_equal(stage2_map(&writer, root, (struct gpa){2 * MIB}, (struct hpa){6 * MIB}, 2 * MIB, STAGE2_RAM),
                     STAGE2_DONE);
    assert_int_equal(pool.frames[root].entry[0], (POOL_BASE + 0x1000) | access | 3 << 9);
    assert_int_equal(pool.frames[1].entry[0], (POOL_BASE + 0x2000) | access | 2 << 9);
    assert_int_equal(look_up(&pool, root, 2 * MIB, &level), 6 * MIB | access | AMDVI_PTE_FC); /* next level 0 */
    assert_int_equal(look_up(&pool, root, 4 * MIB, &level), 0x200);
    assert_int_equal(pool.frames[root].entry[511], 0x200);
}

static void mapping_twice_is_refused(void **state)
{
    (void)state;
    struct table_pool pool = small_pool(64);
    struct stage2_writer writer = {&npt_format, &pool, 3};
    uint32_t root = stage2_root(&writer);
    const struct hpa host = {8 * GIB};
    assert_int_equal(stage2_map(&writer, root, (struct gpa){0}, host, GIB, STAGE2_RAM), STAGE2_DONE);
    assert_int_equal(stage2_map(&writer, root, (struct gpa){0}, host, GIB, STAGE2_RAM), STAGE2_TWICE);
    assert_int_equal(stage2_map(&writer, root, (struct gpa){4096}, host, 4096, STAGE2_RAM), STAGE2_TWICE);
    assert_int_equal(stage2_map(&writer, root, (struct gpa){GIB}, host, 4096, STAGE2_RAM), STAGE2_DONE);
    assert_int_equal(stage2_map(&writer, root, (struct gpa){GIB}, host, GIB, STAGE2_RAM), STAGE2_TWICE);
}

static void what_four_levels_cannot_name_is_refused(void **state)
{
    (void)state;
    struct table_pool pool = small_pool(64);
    struct stage2_writer writer = {&npt_format, &pool, 3};
    uint32_t root = stage2_root(&writer);
    static const struct {
        uint64_t from, to, size;
    } samples[] = {
        {1ull << 48, 0, 4096}, {0, 1ull << 48, 4096}, {(1ull << 48) - 4096, 0, 8192}, {0, (1ull << 48) - 4096, 8192},
        {1, 0, 4096}, {0, 8, 4096}, {0, 0, 4095}, {4096, 4096, UINT64_MAX - 4095},
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        assert_int_equal(stage2_map(&writer, root, (struct gpa){samples[i].from}, (struct hpa){samples[i].to},
                                    samples[i].size, STAGE2_RAM), STAGE2_UNADDRESSABLE);
    const uint64_t last = (1ull << 48) - 4096;
    assert_int_equal(stage2_map(&writer, root, (struct gpa){last}, (struct hpa){last}, 4096, STAGE2_RAM), STAGE2_DONE);
}

static void an_empty_pool_is_reported(void **state)
{
    (void)state;
    for (uint32_t count = 1; count < 4; count++) {
        struct table_pool pool = small_pool(count);
        struct stage2_writer writer = {&npt_format, &pool, 3};
        uint32_t root = stage2_root(&writer);
        assert_int_equal(stage2_map(&writer, root, (struct gpa){0}, (struct hpa){0}, 4096, STAGE2_RAM),
                         STAGE2_NO_FRAMES);
        assert_true(pool.used <= count);
    }
    struct table_pool pool = small_pool(4);
    assert_int_equal(pool_take(&pool, 5, 0), FRAME_NONE);
    assert_int_equal(pool_take(&pool, 4, 0), 0);
    assert_int_equal(pool_take(&pool, 1, 0), FRAME_NONE);
}

static void pool_addresses_outside_are_no_frames(void **state)
{
    (void)state;
    struct table_pool pool = small_pool(4);
    pool_take(&pool, 2, 0);
    assert_int_equal(pool_frame(&pool, (struct hpa){POOL_BASE + 4096}), 1);
    assert_int_equal(pool_frame(&pool, (struct hpa){POOL_BASE + 8192}), FRAME_NONE);
    assert_int_equal(pool_frame(&pool, (struct hpa){POOL_BASE - 4096}), FRAME_NONE);
    assert_int_equal(pool_frame(&pool, (struct hpa){UINT64_MAX - 4095}), FRAME_NONE);
}

static void remapping_entries_keep_32_bit_destinations(void **state)
{
    (void)state;
    struct irte entry = irte_encode(0x12345678, 0xa5);
    assert_int_equal(entry.low, 0x34567801);
    assert_int_equal(entry.high, 0x12000000000000a5);
    assert_true(irte_is_present(entry));
    assert_int_equal(irte_apic_id(entry), 0x12345678);
    assert_int_equal(irte_vector(entry), 0xa5);
    assert_false(irte_is_present(irte_absent()));
}

/* Everything below builds the whole fixture. */
struct built {
    struct fixture *fixture;
    struct table_pool pool;
    struct tables tables;
};

static int build_fixture(void **state)
{
    struct built *built = calloc(1, sizeof *built);
    assert_non_null(built);
    built->fixture = fixture_new();
    fixture_plan(built->fixture);
    assert_clean(&built->fixture->report);
    built->pool.count = (uint32_t)(built->fixture->plan.tables.size / PAGE_SIZE);
    built->pool.base = built->fixture->plan.tables.base;
    built->pool.frames = aligned_alloc(4096, built->pool.count * sizeof(struct frame));
    assert_non_null(built->pool.frames);
    memset(built->pool.frames, 0xa5, built->pool.count * sizeof(struct frame));
    *state = built;
    return 0;
}

static int drop_fixture(void **state)
{
    struct built *built = *state;
    free(built->pool.frames);
    free(built->fixture);
    free(built);
    return 0;
}

static bool build(struct built *built)
{
    struct fixture *f = built->fixture;
    return tables_build(&f->machine, &f->plan, &built->pool, &built->tables, &f->report);
}

static const uint64_t *device_entry(const struct built *built, uint32_t id)
{
    return &built->pool.frames[built->tables.device_table[0] + id / 128].entry[id % 128 * 4];
}

static void every_requester_is_denied_but_the_owned_ones(void **state)
{
    struct built *built = *state;
    assert_true(build(built));
    uint32_t granted = 0;
    for (uint32_t id = 0; id < 65536; id++) {
        const uint64_t *entry = device_entry(built, id);
        assert_int_equal(entry[0] & 3, 3);  /* V, TV */
        assert_int_equal(entry[2] & 1, 1);  /* IV */
        assert_int_equal(entry[2] >> 56 & 7, 0); /* INITPass, EIntPass, NMIPass */
        granted += (entry[0] >> 61 & 3) != 0 || entry[2] >> 60 != 0;
    }
    assert_int_equal(granted, 5);
}

static void an_owned_device_gets_its_tables(void **state)
{
    struct built *built = *state;
    assert_true(build(built));
    const uint64_t *entry = device_entry(built, PCI_DEVFN(7, 0));
    uint64_t root = pool_address(&built->pool, built->tables.dma_root[1]).v;
    uint64_t irt = pool_address(&built->pool, built->tables.irt[1][1]).v;
    assert_int_equal(entry[0], root | 3ull << 61 | 4 << 9 | 3);
    assert_int_equal(entry[1], 2);
    assert_int_equal(entry[2], irt | 2ull << 60 | 11 << 1 | 1);
    assert_int_equal(entry[3], 0);
}

static void devices_reach_ram_but_no_bar(void **state)
{
    struct built *built = *state;
    assert_true(build(built));
    unsigned level;
    const struct plan_partition *web = &built->fixture->plan.partitions[0];
    assert_true(look_up(&built->pool, built->tables.dma_root[0], 0, &level) & AMDVI_PTE_PR);
    assert_int_equal(look_up(&built->pool, built->tables.dma_root[0], web->devices[0].windows[0].base.v, &level),
                     AMDVI_PTE_ABSENT);
}

static void the_msix_table_page_is_not_mapped(void **state)
{
    struct built *built = *state;
    assert_true(build(built));
    unsigned level;
    const struct plan_device *device = &built->fixture->plan.partitions[0].devices[1];
    uint32_t root = built->tables.stage2_root[0];
    assert_int_equal(look_up(&built->pool, root, device->msix_table.base.v, &level), 0);
    assert_true(look_up(&built->pool, root, device->msix_table.base.v - 1, &level) & NPT_P);
    assert_true(look_up(&built->pool, root, device->msix_table.base.v + device->msix_table.size, &level) & NPT_P);
}

static bool msr_exits(const struct built *built, uint32_t byte_base, uint32_t msr, bool write)
{
    uint32_t bit = byte_base * 8 + 2 * msr + write;
    const uint8_t *map = (const uint8_t *)&built->pool.frames[built->tables.msr_bitmap];
    return map[bit / 8] >> (bit % 8) & 1;
}

static void only_listed_msrs_pass(void **state)
{
    struct built *built = *state;
    assert_true(build(built));
    assert_false(msr_exits(built, 0, 0x10, false));
    assert_true(msr_exits(built, 0, 0x10, true));
    assert_false(msr_exits(built, 0, 0x174, true));
    assert_true(msr_exits(built, 0, 0x1b, false)); /* APIC base */
    assert_false(msr_exits(built, 0, 0x80b, true)); /* end of interrupt */
    assert_false(msr_exits(built, 0, 0x830, false));
    assert_true(msr_exits(built, 0, 0x830, true)); /* interrupt command */
    assert_true(msr_exits(built, 0, 0x835, true)); /* LINT0 */
    assert_true(msr_exits(built, 0x800, 0x80, false)); /* EFER */
    assert_false(msr_exits(built, 0x800, 0x82, true)); /* LSTAR */
    assert_false(msr_exits(built, 0x800, 0x103, true)); /* TSC_AUX */
    assert_true(msr_exits(built, 0x800, 0x104, false)); /* TSC ratio */
    assert_true(msr_exits(built, 0x1000, 0x117, false)); /* VM_HSAVE_PA */
}

static void every_port_exits(void **state)
{
    struct built *built = *state;
    assert_true(build(built));
    for (uint32_t f = 0; f < 3; f++)
        for (uint32_t e = 0; e < 512; e++)
            assert_int_equal(built->pool.frames[built->tables.io_bitmap + f].entry[e], UINT64_MAX);
}

static void the_same_plan_gives_the_same_bytes(void **state)
{
    struct built *built = *state;
    assert_true(build(built));
    size_t size = built->pool.used * sizeof(struct frame);
    struct frame *first = aligned_alloc(4096, size);
    assert_non_null(first);
    memcpy(first, built->pool.frames, size);
    memset(built->pool.frames, 0x11, size);
    assert_true(build(built));
    assert_memory_equal(first, built->pool.frames, size);
    free(first);
}

static void a_pool_of_any_smaller_size_is_refused_with_a_finding(void **state)
{
    struct built *built = *state;
    assert_true(build(built));
    uint32_t needed = built->pool.used;
    /* Every size but for those that end inside the 512 frames of the device table. */
    for (uint32_t count = 0; count < needed; count += count < 10 || count >= 515 ? 1 : 505) {
        report_init(&built->fixture->report);
        built->pool.count = count;
        assert_false(build(built));
        assert_only(&built->fixture->report, "WALL-301");
    }
}

static void a_plan_that_maps_a_page_twice_is_refused(void **state)
{
    struct built *built = *state;
    built->fixture->plan.partitions[0].devices[0].windows[0].base.v = 0;
    assert_false(build(built));
    assert_only(&built->fixture->report, "WALL-302");
}

#define BUILT(name) cmocka_unit_test_setup_teardown(name, build_fixture, drop_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gigabyte_page_needs_alignment_of_both_addresses),
        cmocka_unit_test(without_gigabyte_pages_two_megabyte_pages_are_used),
        cmocka_unit_test(odd_edges_get_small_pages_and_the_middle_large_ones),
        cmocka_unit_test(amdvi_entries_name_the_next_level),
        cmocka_unit_test(mapping_twice_is_refused),
        cmocka_unit_test(what_four_levels_cannot_name_is_refused),
        cmocka_unit_test(an_empty_pool_is_reported),
        cmocka_unit_test(pool_addresses_outside_are_no_frames),
        cmocka_unit_test(remapping_entries_keep_32_bit_destinations),
        BUILT(every_requester_is_denied_but_the_owned_ones),
        BUILT(an_owned_device_gets_its_tables),
        BUILT(devices_reach_ram_but_no_bar),
        BUILT(the_msix_table_page_is_not_mapped),
        BUILT(only_listed_msrs_pass),
        BUILT(every_port_exits),
        BUILT(the_same_plan_gives_the_same_bytes),
        BUILT(a_pool_of_any_smaller_size_is_refused_with_a_finding),
        BUILT(a_plan_that_maps_a_page_twice_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
