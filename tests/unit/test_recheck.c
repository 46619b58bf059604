/* SPDX-License-Identifier: Apache-2.0 */
/* The recheck: accepts what the writers made, complains about any bit that differs, and one failing sample for each
 * rule. */
#include "tests/unit/plan_fixture.h"

#include "core/tables/tables.h"

struct built {
    struct fixture *fixture;
    struct plan *plan;
    struct report *report;
    struct table_pool pool;
    struct tables tables;
};

static int set_up(void **state)
{
    struct built *built = calloc(1, sizeof *built);
    assert_non_null(built);
    built->fixture = fixture_new();
    built->plan = &built->fixture->plan;
    built->report = &built->fixture->report;
    fixture_plan(built->fixture);
    built->pool.count = (uint32_t)(built->plan->tables.size / PAGE_SIZE);
    built->pool.base = built->plan->tables.base;
    built->pool.frames = aligned_alloc(4096, built->pool.count * sizeof(struct frame));
    assert_non_null(built->pool.frames);
    assert_true(tables_build(&built->fixture->machine, built->plan, &built->pool, &built->tables, built->report));
    *state = built;
    return 0;
}

static int tear_down(void **state)
{
    struct built *built = *state;
    free(built->pool.frames);
    free(built->fixture);
    free(built);
    return 0;
}

static void recheck(struct built *built)
{
    report_init(built->report);
    tables_recheck(&built->fixture->machine, built->plan, &built->pool, &built->tables, built->report);
}

/* Rechecks and expects a finding of this rule; others may follow from the same fault. */
static void finds(struct built *built, const char *code)
{
    recheck(built);
    if (count_code(built->report, code) == 0)
        show_findings(built->report);
    assert_true(count_code(built->report, code) > 0);
}

static uint64_t *entry_of(struct built *built, uint32_t frame, uint32_t index)
{
    return &built->pool.frames[frame].entry[index];
}

/* The first present entry of a table, and the frame that an entry leads to. */
static uint64_t *first_present(struct built *built, uint32_t frame)
{
    for (uint32_t e = 0; e < 512; e++)
        if (*entry_of(built, frame, e) & 1)
            return entry_of(built, frame, e);
    fail();
    return NULL;
}

static uint32_t frame_below(const struct built *built, uint64_t entry)
{
    return (uint32_t)(((entry & 0xffffffffff000) - built->pool.base.v) / PAGE_SIZE);
}

static void what_the_writers_made_is_accepted(void **state)
{
    struct built *built = *state;
    recheck(built);
    assert_clean(built->report);
}

static void all_page_sizes_and_machines_are_accepted(void **state)
{
    struct built *built = *state;
    struct fixture *f = built->fixture;
    f->machine.has_1g_pages = false;
    fixture_plan(f);
    built->pool.base = built->plan->tables.base;
    assert_true(tables_build(&f->machine, built->plan, &built->pool, &built->tables, built->report));
    recheck(built);
    assert_clean(built->report);
}

/* Deterministic pseudo-random numbers (Knuth's MMIX generator), upper bits. */
static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(*seed >> 33);
}

static void flip_and_expect_a_finding(struct built *built, uint32_t frame, uint32_t entry, uint32_t bit)
{
    *entry_of(built, frame, entry) ^= 1ull << bit;
    recheck(built);
    if (report_ok(built->report))
        fail_msg("bit %u of entry %u in frame %u may flip unseen", bit, entry, frame);
    *entry_of(built, frame, entry) ^= 1ull << bit;
}

static void any_flipped_bit_is_found(void **state)
{
    struct built *built = *state;
    uint64_t seed = 2026;
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t frame = next_random(&seed) % built->pool.used;
        uint32_t entry = next_random(&seed) % 512;
        flip_and_expect_a_finding(built, frame, entry, next_random(&seed) % 64);
    }
    recheck(built);
    assert_clean(built->report);
}

/* Most frames are device tables; page tables deserve samples of their own: every bit of one present entry a frame. */
static void any_flipped_bit_of_a_page_table_entry_is_found(void **state)
{
    struct built *built = *state;
    for (uint32_t frame = built->tables.stage2_root[0]; frame < built->pool.used; frame++) {
        for (uint32_t e = 0; e < 512; e++) {
            if ((*entry_of(built, frame, e) & 1) == 0)
                continue;
            for (uint32_t bit = 0; bit < 64; bit++)
                flip_and_expect_a_finding(built, frame, e, bit);
            break;
        }
    }
}

static void every_bit_of_an_owned_device_entry_counts(void **state)
{
    struct built *built = *state;
    for (uint32_t word = 0; word < 4; word++)
        for (uint32_t bit = 0; bit < 64; bit++)
            flip_and_expect_a_finding(built, built->tables.device_table[0], PCI_DEVFN(3, 0) * 4 + word, bit);
}

static void a_pool_at_another_place_is_found(void **state)
{
    struct built *built = *state;
    built->pool.base.v += PAGE_SIZE;
    finds(built, "WALL-311");
}

static void a_table_outside_the_pool_is_found(void **state)
{
    struct built *built = *state;
    uint64_t *link = first_present(built, built->tables.stage2_root[0]);
    *link = (*link & 0xfff) | (built->pool.base.v + (uint64_t)built->pool.used * PAGE_SIZE);
    finds(built, "WALL-312");
    *link = (*link & 0xfff) | (built->pool.base.v - PAGE_SIZE);
    finds(built, "WALL-312");
    built->tables.msr_bitmap = FRAME_NONE;
    finds(built, "WALL-312");
}

static void a_frame_in_two_tables_is_found(void **state)
{
    struct built *built = *state;
    uint64_t *link = first_present(built, built->tables.stage2_root[0]);
    *link = (*link & 0xfff) | (built->pool.base.v + (uint64_t)built->tables.stage2_root[0] * PAGE_SIZE);
    finds(built, "WALL-313");
}

static void two_devices_with_one_remapping_table_are_found(void **state)
{
    struct built *built = *state;
    built->tables.irt[0][1] = built->tables.irt[0][0];
    finds(built, "WALL-313");
}

static void a_frame_in_no_table_is_found(void **state)
{
    struct built *built = *state;
    built->pool.used++;
    memset(&built->pool.frames[built->pool.used - 1], 0, sizeof(struct frame));
    recheck(built);
    assert_only(built->report, "WALL-314");
}

static void a_forbidden_bit_is_found(void **state)
{
    struct built *built = *state;
    *first_present(built, built->tables.stage2_root[0]) |= 1ull << 63;
    recheck(built);
    assert_true(count_code(built->report, "WALL-321") == 1);
}

static void a_page_of_a_neighbour_is_found(void **state)
{
    struct built *built = *state;
    uint64_t link = *first_present(built, built->tables.stage2_root[0]);
    link = *first_present(built, frame_below(built, link));
    uint64_t *page = first_present(built, frame_below(built, link));
    *page = (*page & 0xfff) | built->plan->partitions[1].regions[0].hpa.v;
    finds(built, "WALL-322");
}

static void the_tables_themselves_cannot_be_mapped(void **state)
{
    struct built *built = *state;
    uint64_t link = *first_present(built, built->tables.dma_root[0]);
    link = *first_present(built, frame_below(built, link));
    uint64_t *page = first_present(built, frame_below(built, link));
    *page = (*page & ~0xfffffffe00000ull) | (built->pool.base.v & ~(PAGE_2M - 1));
    finds(built, "WALL-322");
}

static void cached_device_memory_is_found(void **state)
{
    struct built *built = *state;
    uint32_t root = built->tables.stage2_root[0];
    uint64_t link = *entry_of(built, root, 0x81000000ull >> 39);
    link = *entry_of(built, frame_below(built, link), 0x81000000ull >> 30);
    link = *entry_of(built, frame_below(built, link), (0x81000000ull >> 21) & 511);
    *entry_of(built, frame_below(built, link), 0) &= ~(1ull << 63 | 3 << 3);
    finds(built, "WALL-322");
}

static void missing_memory_is_found(void **state)
{
    struct built *built = *state;
    uint64_t link = *first_present(built, built->tables.stage2_root[0]);
    link = *first_present(built, frame_below(built, link));
    *first_present(built, frame_below(built, link)) = 0;
    recheck(built);
    assert_only(built->report, "WALL-323");
}

static void a_granted_stranger_is_found(void **state)
{
    struct built *built = *state;
    *entry_of(built, built->tables.device_table[0] + 511, 511 - 3) |= 1ull << 61;
    recheck(built);
    assert_only(built->report, "WALL-331");
    assert_non_null(strstr(built->report->findings[0].where, "ffff"));
}

static void a_pass_through_entry_is_found(void **state)
{
    struct built *built = *state;
    *entry_of(built, built->tables.device_table[0], 0) = 0; /* V=0 */
    recheck(built);
    assert_only(built->report, "WALL-331");
}

static void a_device_in_the_wrong_domain_is_found(void **state)
{
    struct built *built = *state;
    *entry_of(built, built->tables.device_table[0], PCI_DEVFN(3, 0) * 4 + 1) = 2;
    recheck(built);
    assert_only(built->report, "WALL-332");
}

static void a_present_remapping_entry_is_found(void **state)
{
    struct built *built = *state;
    *entry_of(built, built->tables.irt[1][0] + 7, 510) = 1;
    recheck(built);
    assert_only(built->report, "WALL-333");
    assert_non_null(strstr(built->report->findings[0].found, "entry 2047 "));
}

static void a_mapping_for_denied_devices_is_found(void **state)
{
    struct built *built = *state;
    *entry_of(built, built->tables.denied_root, 17) = 3ull << 61 | 1;
    recheck(built);
    assert_only(built->report, "WALL-334");
}

static void an_open_msr_is_found(void **state)
{
    struct built *built = *state;
    *entry_of(built, built->tables.msr_bitmap, 256 + 4) &= ~1ull; /* C0000080, EFER */
    recheck(built);
    assert_only(built->report, "WALL-341");
    assert_non_null(strstr(built->report->findings[0].found, "0xc0000080"));
}

static void an_open_port_is_found(void **state)
{
    struct built *built = *state;
    *entry_of(built, built->tables.io_bitmap, 0xcf8 / 64) &= ~(1ull << (0xcf8 % 64));
    recheck(built);
    assert_only(built->report, "WALL-342");
}

static void an_open_reserved_msr_bit_is_found(void **state)
{
    struct built *built = *state;
    *entry_of(built, built->tables.msr_bitmap + 1, 511) = 0;
    recheck(built);
    assert_only(built->report, "WALL-342");
}

static void memory_with_two_owners_is_found(void **state)
{
    struct built *built = *state;
    built->plan->partitions[1].regions[0].hpa = built->plan->partitions[0].regions[0].hpa;
    finds(built, "WALL-351");
}

static void a_monitor_inside_a_partition_is_found(void **state)
{
    struct built *built = *state;
    built->plan->monitor.base.v = built->plan->partitions[2].regions[0].hpa.v + PAGE_1G;
    finds(built, "WALL-351");
}

static void an_iommu_inside_a_window_is_found(void **state)
{
    struct built *built = *state;
    built->fixture->machine.iommus[0].base.v = built->plan->partitions[0].devices[0].windows[0].base.v;
    recheck(built);
    assert_only(built->report, "WALL-351");
}

static void the_tpms_registers_inside_a_window_are_found(void **state)
{
    struct built *built = *state;
    built->fixture->machine.tpm.base.v = built->plan->partitions[0].devices[0].windows[0].base.v - PAGE_SIZE;
    recheck(built);
    assert_only(built->report, "WALL-351");
    built->fixture->machine.tpm.kind = TPM_OTHER;
    recheck(built);
    assert_clean(built->report);
}

static void an_event_log_inside_a_partition_is_found(void **state)
{
    struct built *built = *state;
    built->plan->event_log.base = built->plan->partitions[1].regions[0].hpa;
    recheck(built);
    assert_only(built->report, "WALL-351");
}

static void memory_that_is_not_ram_is_found(void **state)
{
    struct built *built = *state;
    built->plan->monitor.base.v = 3 * GIB;
    recheck(built);
    assert_only(built->report, "WALL-352");
}

static void an_image_outside_the_sealed_memory_is_found(void **state)
{
    struct built *built = *state;
    built->plan->partitions[2].boot_blob.size += PAGE_SIZE;
    recheck(built);
    assert_only(built->report, "WALL-353");
}

static void images_that_overlap_are_found(void **state)
{
    struct built *built = *state;
    built->plan->partitions[0].initrd.base = built->plan->partitions[0].kernel.base;
    recheck(built);
    assert_only(built->report, "WALL-353");
}

static void a_core_with_two_owners_is_found(void **state)
{
    struct built *built = *state;
    built->plan->partitions[1].apic_ids[0] = built->plan->partitions[0].apic_ids[0];
    recheck(built);
    assert_only(built->report, "WALL-354");
}

static void a_core_that_does_not_exist_is_found(void **state)
{
    struct built *built = *state;
    built->plan->partitions[1].apic_ids[0] = 77;
    recheck(built);
    assert_only(built->report, "WALL-354");
}

static void a_shared_domain_is_found(void **state)
{
    struct built *built = *state;
    built->plan->partitions[2].domain = 1;
    finds(built, "WALL-355");
    built->plan->partitions[2].domain = 0;
    finds(built, "WALL-355");
}

static void a_device_with_two_owners_is_found(void **state)
{
    struct built *built = *state;
    built->plan->partitions[1].devices[0].requester_id = built->plan->partitions[0].devices[0].requester_id;
    finds(built, "WALL-356");
}

static void a_window_outside_the_device_is_found(void **state)
{
    struct built *built = *state;
    built->plan->partitions[0].devices[1].windows[1].size += PAGE_SIZE;
    finds(built, "WALL-357");
}

static void a_window_over_the_msix_table_is_found(void **state)
{
    struct built *built = *state;
    built->plan->partitions[0].devices[1].windows[0].size += PAGE_SIZE;
    finds(built, "WALL-357");
}

static void lying_table_places_end_the_walk(void **state)
{
    struct built *built = *state;
    uint64_t seed = 7;
    for (uint32_t i = 0; i < 50; i++) {
        uint32_t frame = built->tables.stage2_root[0] + i;
        uint32_t entry = next_random(&seed) % 512;
        if (frame >= built->pool.used)
            break;
        *entry_of(built, frame, entry) =
            (built->pool.base.v + (uint64_t)(next_random(&seed) % built->pool.used) * PAGE_SIZE) | 7;
    }
    recheck(built);
    assert_false(report_ok(built->report));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_the_writers_made_is_accepted),
        CASE(all_page_sizes_and_machines_are_accepted),
        CASE(any_flipped_bit_is_found),
        CASE(any_flipped_bit_of_a_page_table_entry_is_found),
        CASE(every_bit_of_an_owned_device_entry_counts),
        CASE(a_pool_at_another_place_is_found),
        CASE(a_table_outside_the_pool_is_found),
        CASE(a_frame_in_two_tables_is_found),
        CASE(two_devices_with_one_remapping_table_are_found),
        CASE(a_frame_in_no_table_is_found),
        CASE(a_forbidden_bit_is_found),
        CASE(a_page_of_a_neighbour_is_found),
        CASE(the_tables_themselves_cannot_be_mapped),
        CASE(cached_device_memory_is_found),
        CASE(missing_memory_is_found),
        CASE(a_granted_stranger_is_found),
        CASE(a_pass_through_entry_is_found),
        CASE(a_device_in_the_wrong_domain_is_found),
        CASE(a_present_remapping_entry_is_found),
        CASE(a_mapping_for_denied_devices_is_found),
        CASE(an_open_msr_is_found),
        CASE(an_open_port_is_found),
        CASE(an_open_reserved_msr_bit_is_found),
        CASE(memory_with_two_owners_is_found),
        CASE(a_monitor_inside_a_partition_is_found),
        CASE(an_iommu_inside_a_window_is_found),
        CASE(the_tpms_registers_inside_a_window_are_found),
        CASE(an_event_log_inside_a_partition_is_found),
        CASE(memory_that_is_not_ram_is_found),
        CASE(an_image_outside_the_sealed_memory_is_found),
        CASE(images_that_overlap_are_found),
        CASE(a_core_with_two_owners_is_found),
        CASE(a_core_that_does_not_exist_is_found),
        CASE(a_shared_domain_is_found),
        CASE(a_device_with_two_owners_is_found),
        CASE(a_window_outside_the_device_is_found),
        CASE(a_window_over_the_msix_table_is_found),
        CASE(lying_table_places_end_the_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
