/* SPDX-License-Identifier: Apache-2.0 */
/* What the attestation partition gets of the TPM: the page of locality 0 and the event log to read; nobody gets more. The plan,
 * the tables, and the recheck with planted faults. */
#include "tests/unit/plan_fixture.h"

#include "core/tables/npt.h"
#include "core/tables/tables.h"

#define TPM_BASE 0xfed40000ull
#define PAGE_BITS 0xfffull
#define NX (1ull << 63)

struct view {
    struct fixture *fixture;
    struct plan *plan;
    struct report *report;
    struct table_pool pool;
    struct tables tables;
};

static int set_up(void **state)
{
    struct view *view = calloc(1, sizeof *view);
    assert_non_null(view);
    view->fixture = fixture_new();
    view->plan = &view->fixture->plan;
    view->report = &view->fixture->report;
    view->fixture->system.partitions[1].role = ROLE_ATTEST;
    *state = view;
    return 0;
}

static int tear_down(void **state)
{
    struct view *view = *state;
    free(view->pool.frames);
    free(view->fixture);
    free(view);
    return 0;
}

static const struct plan_tpm *tpm_of(const struct view *view, uint32_t p)
{
    return &view->plan->partitions[p].tpm;
}

static void plan(struct view *view)
{
    fixture_plan(view->fixture);
}

static void refuses(struct view *view, const char *code)
{
    plan(view);
    assert_only(view->report, code);
}

static void the_attestation_partition_gets_locality_0_and_nobody_else(void **state)
{
    struct view *view = *state;
    plan(view);
    assert_clean(view->report);
    assert_true(tpm_of(view, 1)->present);
    assert_int_equal(tpm_of(view, 1)->registers.v, TPM_BASE);
    assert_int_equal(tpm_of(view, 1)->log.v, 0xfed50000);
    assert_false(tpm_of(view, 0)->present);
    assert_false(tpm_of(view, 2)->present);
}

static void a_tpm_is_given_to_nobody_without_the_role(void **state)
{
    struct view *view = *state;
    view->fixture->system.partitions[1].role = ROLE_MANAGE;
    plan(view);
    assert_clean(view->report);
    for (uint32_t p = 0; p < view->plan->partition_count; p++)
        assert_false(tpm_of(view, p)->present);
}

static void a_machine_without_a_usable_tpm_is_refused(void **state)
{
    struct view *view = *state;
    view->fixture->machine.tpm.kind = TPM_NONE;
    refuses(view, "PLAN-251");
    view->fixture->machine.tpm.kind = TPM_OTHER;
    refuses(view, "PLAN-251");
}

static void an_optional_tpm_may_be_missing(void **state)
{
    struct view *view = *state;
    view->fixture->machine.tpm.kind = TPM_NONE;
    view->fixture->system.tpm = REQUIREMENT_OPTIONAL;
    plan(view);
    assert_clean(view->report);
    assert_false(tpm_of(view, 1)->present);
}

static void registers_where_none_can_be_are_refused(void **state)
{
    struct view *view = *state;
    view->fixture->machine.tpm.base.v = 5 * GIB;
    refuses(view, "PLAN-252");
    view->fixture->machine.tpm.base.v = TPM_BASE + 8;
    refuses(view, "PLAN-252");
    view->fixture->machine.tpm.base.v = 4 * GIB - 4 * PAGE_SIZE;
    refuses(view, "PLAN-252");
    view->fixture->machine.ram_count = 1;
    view->fixture->machine.ram[0] = (struct hpa_range){{4 * GIB}, 16 * GIB};
    view->fixture->machine.tpm.base.v = 2 * GIB - PAGE_SIZE; /* where the guest may have RAM */
    refuses(view, "PLAN-252");
    view->fixture->machine.tpm.base.v = 2 * GIB;
    plan(view);
    assert_clean(view->report);
}

static void registers_that_are_others_too_are_refused(void **state)
{
    struct view *view = *state;
    view->fixture->machine.tpm.base.v = view->fixture->machine.iommus[0].base.v - PAGE_SIZE;
    refuses(view, "PLAN-252");
    view->fixture->machine.tpm.base.v = TPM_BASE;
    view->fixture->machine.ioapic_count = 1;
    view->fixture->machine.ioapics[0].v = TPM_BASE + 4 * PAGE_SIZE;
    refuses(view, "PLAN-252");
}

static void a_clash_with_the_event_log_is_refused(void **state)
{
    struct view *view = *state;
    struct machine_bar *bar = &view->fixture->machine.functions[NIC_B].bars[0];
    bar->base = 0xfed60000;
    refuses(view, "PLAN-253");
    assert_non_null(strstr(view->report->findings[0].found, "nic"));
    bar->base = 0xfeda0000;
    plan(view);
    assert_clean(view->report);
    view->fixture->machine.functions[NIC_B].bars[3].base = 0xfed8c000; /* its MSI-X table */
    refuses(view, "PLAN-253");
}

static void a_neighbours_device_at_that_address_is_no_clash(void **state)
{
    struct view *view = *state;
    view->fixture->machine.functions[NIC_A].bars[0].base = 0xfed60000;
    plan(view);
    assert_clean(view->report);
}

static void registers_at_the_logs_place_are_refused(void **state)
{
    struct view *view = *state;
    view->fixture->machine.tpm.base.v = 0xfed4c000;
    refuses(view, "PLAN-253");
}

static void a_bar_over_any_locality_is_refused(void **state)
{
    struct view *view = *state;
    for (uint64_t locality = 0; locality < 5; locality++) {
        view->fixture->machine.functions[NIC_A].bars[3].base = TPM_BASE;
        view->fixture->machine.functions[NIC_A].bars[3].size = PAGE_SIZE;
        view->fixture->machine.functions[NIC_A].bars[3].base += locality * PAGE_SIZE;
        refuses(view, "PLAN-234");
        assert_non_null(strstr(view->report->findings[0].found, "TPM"));
    }
}

static void build(struct view *view)
{
    plan(view);
    assert_clean(view->report);
    view->pool.count = (uint32_t)(view->plan->tables.size / PAGE_SIZE);
    view->pool.base = view->plan->tables.base;
    view->pool.frames = aligned_alloc(4096, view->pool.count * sizeof(struct frame));
    assert_non_null(view->pool.frames);
    assert_true(tables_build(&view->fixture->machine, view->plan, &view->pool, &view->tables, view->report));
}

static void recheck(struct view *view)
{
    report_init(view->report);
    tables_recheck(&view->fixture->machine, view->plan, &view->pool, &view->tables, view->report);
}

static void finds(struct view *view, const char *code)
{
    recheck(view);
    if (count_code(view->report, code) == 0)
        show_findings(view->report);
    assert_true(count_code(view->report, code) > 0);
}

/* The 4 KiB entry for a guest address, NULL when no table of such entries leads there. */
static uint64_t *small_entry(struct view *view, uint32_t root, uint64_t address)
{
    uint32_t frame = root;
    for (unsigned shift = 39; shift > 12; shift -= 9) {
        uint64_t entry = view->pool.frames[frame].entry[address >> shift & 511];
        if (!(entry & 1) || entry & NPT_PS)
            return NULL;
        frame = (uint32_t)(((entry & 0xffffffffff000) - view->pool.base.v) / PAGE_SIZE);
    }
    return &view->pool.frames[frame].entry[address >> 12 & 511];
}

static uint64_t *attest_entry(struct view *view, uint64_t address)
{
    return small_entry(view, view->tables.stage2_root[1], address);
}

static uint64_t log_at(const struct view *view)
{
    return tpm_of(view, 1)->log.v;
}

static void the_tables_say_so_and_the_recheck_agrees(void **state)
{
    struct view *view = *state;
    build(view);
    assert_int_equal(*attest_entry(view, TPM_BASE), TPM_BASE | NPT_P | NPT_RW | NPT_US | NPT_PWT | NPT_PCD | NX);
    for (uint64_t locality = 1; locality < 16; locality++)
        assert_int_equal(*attest_entry(view, TPM_BASE + locality * PAGE_SIZE), 0);
    for (uint64_t at = 0; at < view->plan->event_log.size; at += PAGE_SIZE)
        assert_int_equal(*attest_entry(view, log_at(view) + at), (view->plan->event_log.base.v + at) | NPT_P | NPT_US | NX);
    assert_int_equal(*attest_entry(view, log_at(view) + view->plan->event_log.size), 0);
    recheck(view);
    assert_clean(view->report);
}

static void the_log_in_one_large_page_is_still_read_only(void **state)
{
    struct view *view = *state;
    (void)view;
    assert_int_equal(npt_format.leaf((struct hpa){2 * MIB}, 2, STAGE2_READ_ONLY), 2 * MIB | NPT_P | NPT_US | NPT_PS | NX);
}

/* Frames set aside cover the two further mappings wherever they fall. */
static void the_budget_covers_the_tpm(void **state)
{
    struct view *view = *state;
    build(view);
    assert_true(view->pool.used <= view->pool.count);
    view->fixture->system.partitions[1].device_count = 0;
    free(view->pool.frames);
    build(view);
    recheck(view);
    assert_clean(view->report);
}

static void every_bit_of_the_new_entries_counts(void **state)
{
    struct view *view = *state;
    build(view);
    uint64_t *entries[] = {attest_entry(view, TPM_BASE), attest_entry(view, log_at(view)),
                           attest_entry(view, log_at(view) + view->plan->event_log.size - PAGE_SIZE)};
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        for (uint32_t bit = 0; bit < 64; bit++) {
            *entries[i] ^= 1ull << bit;
            recheck(view);
            if (report_ok(view->report))
                fail_msg("bit %u of entry %zu may flip unseen", bit, i);
            *entries[i] ^= 1ull << bit;
        }
}

static void a_writable_log_is_found(void **state)
{
    struct view *view = *state;
    build(view);
    *attest_entry(view, log_at(view)) = view->plan->event_log.base.v | NPT_P | NPT_RW | NPT_US;
    finds(view, "WALL-322");
}

static void another_locality_is_found(void **state)
{
    struct view *view = *state;
    build(view);
    for (uint64_t locality = 1; locality < 5; locality++) {
        uint64_t page = TPM_BASE + locality * PAGE_SIZE;
        *attest_entry(view, page) = page | NPT_P | NPT_RW | NPT_US | NPT_PWT | NPT_PCD | NX;
        finds(view, "WALL-322");
        *attest_entry(view, page) = 0;
    }
    *attest_entry(view, TPM_BASE) += 2 * PAGE_SIZE; /* locality 2 in locality 0's place */
    finds(view, "WALL-322");
}

static void a_read_only_view_of_other_memory_is_found(void **state)
{
    struct view *view = *state;
    build(view);
    uint64_t rights = *attest_entry(view, log_at(view)) & ~0xffffffffff000ull;
    *attest_entry(view, log_at(view)) = view->plan->monitor.base.v | rights;
    finds(view, "WALL-322");
    *attest_entry(view, log_at(view)) = view->plan->sealed.base.v | rights;
    finds(view, "WALL-322");
    *attest_entry(view, log_at(view)) = (view->plan->event_log.base.v + PAGE_SIZE) | rights; /* shifted */
    finds(view, "WALL-322");
}

static void a_missing_page_of_the_log_is_found(void **state)
{
    struct view *view = *state;
    build(view);
    *attest_entry(view, log_at(view) + PAGE_SIZE) = 0;
    recheck(view);
    assert_only(view->report, "WALL-323");
}

/* The web partition has 4 KiB entries around its NIC's BAR; there the log, or the TPM, does not belong. */
static void the_log_in_another_partition_is_found(void **state)
{
    struct view *view = *state;
    build(view);
    uint64_t *spare = small_entry(view, view->tables.stage2_root[0], 0x8107f000);
    assert_int_equal(*spare, 0);
    *spare = view->plan->event_log.base.v | NPT_P | NPT_US | NX;
    finds(view, "WALL-322");
    *spare = TPM_BASE | NPT_P | NPT_RW | NPT_US | NPT_PWT | NPT_PCD | NX;
    finds(view, "WALL-322");
}

static void the_log_in_dma_tables_is_found(void **state)
{
    struct view *view = *state;
    build(view);
    uint32_t root = view->tables.dma_root[1];
    uint64_t link = view->pool.frames[root].entry[0];
    uint32_t below = (uint32_t)(((link & 0xffffffffff000) - view->pool.base.v) / PAGE_SIZE);
    uint64_t log = align_down(view->plan->event_log.base.v, PAGE_1G);
    view->pool.frames[below].entry[3] = log | 7ull << 60 | 1; /* at 3 GiB */
    finds(view, "WALL-322");
}

static void two_owners_of_the_tpm_are_found(void **state)
{
    struct view *view = *state;
    build(view);
    view->plan->partitions[0].tpm = view->plan->partitions[1].tpm;
    finds(view, "WALL-358");
    finds(view, "WALL-351");
}

static void a_plan_with_another_locality_is_found(void **state)
{
    struct view *view = *state;
    build(view);
    view->plan->partitions[1].tpm.registers.v += 2 * PAGE_SIZE;
    finds(view, "WALL-358");
    finds(view, "WALL-351"); /* the hypervisor's own */
}

static void a_plan_for_a_tpm_that_is_not_there_is_found(void **state)
{
    struct view *view = *state;
    build(view);
    view->fixture->machine.tpm.kind = TPM_OTHER;
    finds(view, "WALL-358");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_attestation_partition_gets_locality_0_and_nobody_else),
        CASE(a_tpm_is_given_to_nobody_without_the_role),
        CASE(a_machine_without_a_usable_tpm_is_refused),
        CASE(an_optional_tpm_may_be_missing),
        CASE(registers_where_none_can_be_are_refused),
        CASE(registers_that_are_others_too_are_refused),
        CASE(a_clash_with_the_event_log_is_refused),
        CASE(a_neighbours_device_at_that_address_is_no_clash),
        CASE(registers_at_the_logs_place_are_refused),
        CASE(a_bar_over_any_locality_is_refused),
        CASE(the_tables_say_so_and_the_recheck_agrees),
        CASE(the_log_in_one_large_page_is_still_read_only),
        CASE(the_budget_covers_the_tpm),
        CASE(every_bit_of_the_new_entries_counts),
        CASE(a_writable_log_is_found),
        CASE(another_locality_is_found),
        CASE(a_read_only_view_of_other_memory_is_found),
        CASE(a_missing_page_of_the_log_is_found),
        CASE(the_log_in_another_partition_is_found),
        CASE(the_log_in_dma_tables_is_found),
        CASE(two_owners_of_the_tpm_are_found),
        CASE(a_plan_with_another_locality_is_found),
        CASE(a_plan_for_a_tpm_that_is_not_there_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
