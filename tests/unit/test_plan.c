/* SPDX-License-Identifier: Apache-2.0 */
/* The planner: what it decides, and one failing sample for each of its rules. */
#include "tests/unit/plan_fixture.h"

#include "core/plan/spans.h"

static int set_up(void **state)
{
    *state = fixture_new();
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static struct system_partition *partition(struct fixture *f, uint32_t p)
{
    return &f->system.partitions[p];
}

/* Plans and expects findings of this rule only. */
static void refuses(struct fixture *f, const char *code)
{
    fixture_plan(f);
    assert_only(&f->report, code);
}

static void a_fitting_system_is_planned(void **state)
{
    struct fixture *f = *state;
    fixture_plan(f);
    assert_clean(&f->report);
    assert_int_equal(f->plan.partition_count, 3);
    for (uint32_t p = 0; p < 3; p++) {
        assert_string_equal(f->plan.partitions[p].name, f->system.partitions[p].name);
        assert_int_equal(f->plan.partitions[p].domain, p + 1);
    }
}

static void the_same_input_gives_the_same_plan(void **state)
{
    struct fixture *f = *state;
    fixture_plan(f);
    struct plan *first = malloc(sizeof *first);
    assert_non_null(first);
    *first = f->plan;
    memset(&f->plan, 0x5a, sizeof f->plan);
    fixture_plan(f);
    assert_memory_equal(first, &f->plan, sizeof f->plan);
    free(first);
}

static void a_machine_without_svm_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.has_svm = false;
    refuses(f, "PLAN-201");
}

static void an_intel_machine_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.vendor = VENDOR_INTEL;
    refuses(f, "PLAN-201");
}

static void a_machine_without_x2apic_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.has_x2apic = false;
    refuses(f, "PLAN-202");
}

static void a_required_iommu_must_be_there(void **state)
{
    struct fixture *f = *state;
    f->machine.iommu_count = 0;
    refuses(f, "PLAN-203");
}

static void iommu_registers_in_odd_places_are_refused(void **state)
{
    struct fixture *f = *state;
    const uint64_t odd[] = {0xfed80800, 1 * GIB, 1ull << 40, UINT64_MAX - 0xfff, (1ull << 40) - PAGE_SIZE,
                            0xb0000000 + 0x8000}; /* configuration space */
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        f->machine.iommus[0].base.v = odd[i];
        refuses(f, "PLAN-204");
    }
    f->machine.iommus[0] = (struct machine_iommu){.base = {0xfed80000}, .size = 0};
    refuses(f, "PLAN-204");
}

static void an_optional_iommu_may_be_missing_without_devices(void **state)
{
    struct fixture *f = *state;
    f->machine.iommu_count = 0;
    f->system.iommu = REQUIREMENT_OPTIONAL;
    for (uint32_t p = 0; p < 3; p++)
        partition(f, p)->device_count = 0;
    fixture_plan(f);
    assert_clean(&f->report);
}

static void siblings_go_to_one_partition(void **state)
{
    struct fixture *f = *state;
    fixture_plan(f);
    const struct plan_partition *p = f->plan.partitions;
    assert_int_equal(p[0].core_count, 2);
    assert_int_equal(p[0].apic_ids[0], 0);
    assert_int_equal(p[0].apic_ids[1], 1);
    assert_int_equal(p[1].core_count, 1);
    assert_int_equal(p[1].apic_ids[0], 2); /* 3 stays parked */
    assert_int_equal(p[2].core_count, 1);
    assert_int_equal(p[2].apic_ids[0], 4);
}

static void siblings_with_distant_ids_stay_together(void **state)
{
    struct fixture *f = *state;
    for (uint32_t c = 0; c < 8; c++)
        f->machine.cores[c] = (struct machine_core){c, c % 4};
    fixture_plan(f);
    assert_clean(&f->report);
    assert_int_equal(f->plan.partitions[0].apic_ids[0], 0);
    assert_int_equal(f->plan.partitions[0].apic_ids[1], 4);
}

static void cores_come_by_id_not_by_order_of_discovery(void **state)
{
    struct fixture *f = *state;
    for (uint32_t c = 0; c < 8; c++)
        f->machine.cores[c] = (struct machine_core){14 - 2 * c, c};
    fixture_plan(f);
    assert_clean(&f->report);
    assert_int_equal(f->plan.partitions[0].apic_ids[0], 0);
    assert_int_equal(f->plan.partitions[0].apic_ids[1], 2);
    assert_int_equal(f->plan.partitions[1].apic_ids[0], 4);
}

static void pin(struct fixture *f, uint32_t p, uint32_t count, const uint32_t *ids)
{
    partition(f, p)->cores_pinned = true;
    partition(f, p)->core_count = count;
    memcpy(partition(f, p)->core_ids, ids, count * sizeof *ids);
}

static void pinned_cores_are_honoured_and_the_rest_go_around_them(void **state)
{
    struct fixture *f = *state;
    pin(f, 1, 2, (const uint32_t[]){1, 0});
    fixture_plan(f);
    assert_clean(&f->report);
    assert_int_equal(f->plan.partitions[1].apic_ids[0], 0);
    assert_int_equal(f->plan.partitions[1].apic_ids[1], 1);
    assert_int_equal(f->plan.partitions[0].apic_ids[0], 2);
}

static void a_pinned_core_must_exist(void **state)
{
    struct fixture *f = *state;
    pin(f, 0, 1, (const uint32_t[]){17});
    refuses(f, "PLAN-211");
}

static void a_pinned_core_above_254_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.cores[7] = (struct machine_core){300, 7};
    pin(f, 0, 1, (const uint32_t[]){300});
    refuses(f, "PLAN-212");
}

static void a_core_pinned_twice_is_refused(void **state)
{
    struct fixture *f = *state;
    pin(f, 0, 1, (const uint32_t[]){2});
    pin(f, 1, 1, (const uint32_t[]){2});
    refuses(f, "PLAN-213");
}

static void siblings_pinned_to_two_partitions_are_refused(void **state)
{
    struct fixture *f = *state;
    pin(f, 0, 1, (const uint32_t[]){2});
    pin(f, 1, 1, (const uint32_t[]){3});
    refuses(f, "PLAN-214");
}

static void too_few_cores_are_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.core_count = 4; /* web takes a pair, mail the other pair, none is left for database */
    refuses(f, "PLAN-215");
}

static void cores_above_254_are_never_given_away(void **state)
{
    struct fixture *f = *state;
    for (uint32_t c = 4; c < 8; c++)
        f->machine.cores[c].apic_id = 255 + c;
    refuses(f, "PLAN-215");
}

static void an_empty_slot_is_refused(void **state)
{
    struct fixture *f = *state;
    partition(f, 0)->devices[0].path.root.devfn = PCI_DEVFN(9, 0);
    refuses(f, "PLAN-221");
}

static void a_path_through_an_endpoint_is_refused(void **state)
{
    struct fixture *f = *state;
    partition(f, 2)->devices[0].path.root.devfn = PCI_DEVFN(3, 0);
    refuses(f, "PLAN-221");
    assert_non_null(strstr(f->report.findings[0].found, "not a bridge"));
}

static void another_card_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[NIC_A].device = 0x1533;
    refuses(f, "PLAN-222");
}

static void a_bridge_is_refused(void **state)
{
    struct fixture *f = *state;
    partition(f, 2)->devices[0] = wants("port", on_root_bus(PCI_DEVFN(0x1c, 0)), 0x1b36, 0x000c);
    refuses(f, "PLAN-223");
}

static void the_iommu_itself_is_refused(void **state)
{
    struct fixture *f = *state;
    partition(f, 2)->devices[0] = wants("iommu", on_root_bus(PCI_DEVFN(1, 0)), 0x1022, 0x1419);
    refuses(f, "PLAN-224");
    f->machine.functions[IOMMU_FUNCTION].class_code = 0xff0000; /* whatever it calls itself */
    refuses(f, "PLAN-224");
}

static void a_device_without_iommu_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[NIC_A].iommu = MACHINE_NO_IOMMU;
    refuses(f, "PLAN-225");
}

static void an_iommu_of_another_kind_does_not_count(void **state)
{
    struct fixture *f = *state;
    f->machine.iommus[0].kind = IOMMU_VTD;
    refuses(f, "PLAN-225");
}

static void a_device_outside_configuration_space_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.ecams[0].last_bus = 0;
    refuses(f, "PLAN-236");
    assert_string_equal(f->report.findings[0].where, "/partitions/database/disk");
    f->machine.ecams[0].last_bus = 255;
    f->machine.ecams[0].base.v = 5 * GIB; /* RAM */
    refuses(f, "PLAN-236");
}

static void a_device_that_contradicts_itself_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[NIC_A].flawed = true;
    refuses(f, "PLAN-237");
}

static void a_device_without_messages_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[NIC_A].msi_cap = 0;
    f->machine.functions[NIC_A].msix_cap = 0;
    refuses(f, "PLAN-226");
}

static void a_function_given_twice_is_refused(void **state)
{
    struct fixture *f = *state;
    partition(f, 1)->devices[0] = partition(f, 0)->devices[0];
    refuses(f, "PLAN-227");
}

static void give_both_card_functions(struct fixture *f, uint32_t p, uint32_t q)
{
    partition(f, p)->device_count = partition(f, q)->device_count = 0;
    partition(f, p)->devices[partition(f, p)->device_count++] = wants("one", behind_port(0), 0x1b36, 0x0010);
    partition(f, q)->devices[partition(f, q)->device_count++] = wants("two", behind_port(1), 0x1b36, 0x0010);
}

static void functions_without_acs_need_one_owner(void **state)
{
    struct fixture *f = *state;
    give_both_card_functions(f, 1, 2);
    refuses(f, "PLAN-228");
}

static void functions_without_acs_may_have_the_same_owner(void **state)
{
    struct fixture *f = *state;
    give_both_card_functions(f, 2, 2);
    fixture_plan(f);
    assert_clean(&f->report);
}

static void functions_with_acs_may_have_two_owners(void **state)
{
    struct fixture *f = *state;
    give_both_card_functions(f, 1, 2);
    f->machine.functions[CARD_0].acs = f->machine.functions[CARD_1].acs = true;
    fixture_plan(f);
    assert_clean(&f->report);
}

/* Two devices behind one bridge: 01:00.0 and 01:01.0. */
static void put_behind_one_bridge(struct fixture *f)
{
    f->machine.functions[CARD_1].address.devfn = PCI_DEVFN(1, 0);
    f->machine.functions[CARD_1].alias = 0x0108;
    f->machine.functions[ROOT_PORT].pcie_type = 0;
    give_both_card_functions(f, 1, 2);
    partition(f, 2)->devices[0].path.hop_devfn[0] = PCI_DEVFN(1, 0);
}

static void devices_behind_a_bridge_without_acs_need_one_owner(void **state)
{
    struct fixture *f = *state;
    put_behind_one_bridge(f);
    f->machine.functions[ROOT_PORT].acs = false;
    refuses(f, "PLAN-228");
    assert_non_null(strstr(f->report.findings[0].found, "a bridge above them"));
}

static void a_switch_keeps_devices_apart_when_all_its_ports_do(void **state)
{
    struct fixture *f = *state;
    put_behind_one_bridge(f);
    f->machine.functions[ROOT_PORT].acs = false;
    f->machine.functions[ROOT_PORT].pcie_type = PCIE_TYPE_UPSTREAM;
    f->machine.functions[CARD_0].acs = f->machine.functions[CARD_1].acs = true;
    fixture_plan(f);
    assert_clean(&f->report);
    f->machine.functions[CARD_1].acs = false;
    refuses(f, "PLAN-228");
}

static void ari_functions_of_one_card_are_one_group(void **state)
{
    struct fixture *f = *state;
    put_behind_one_bridge(f);
    f->machine.functions[ROOT_PORT].pcie_type = PCIE_TYPE_ROOT_PORT;
    refuses(f, "PLAN-228");
}

static void devices_with_one_requester_id_need_one_owner(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[NIC_B].alias = f->machine.functions[NIC_A].alias;
    refuses(f, "PLAN-228");
}

static void one_partition_cannot_have_a_requester_id_twice(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[DISK_A].alias = f->machine.functions[NIC_A].alias;
    refuses(f, "PLAN-229");
}

static void a_device_under_a_memory_duty_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.duty_count = 1;
    f->machine.duties[0] = (struct machine_duty){{{0x7f000000}, 0x1000}, {0, 0, PCI_DEVFN(3, 0)}, false};
    refuses(f, "PLAN-230");
}

static void an_msix_table_outside_its_bar_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[DISK_A].msix_table_offset = 0x3c00;
    refuses(f, "PLAN-231");
    f->machine.functions[DISK_A].msix_table_bar = 7;
    refuses(f, "PLAN-231");
}

static void a_bar_without_address_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[NIC_A].bars[0].base = 0;
    refuses(f, "PLAN-232");
}

static void a_bar_beyond_the_address_bits_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[DISK_A].bars[0].base = 1ull << 40;
    refuses(f, "PLAN-233");
    f->machine.functions[DISK_A].bars[0].base = 0xfe00000000;
    refuses(f, "PLAN-233");
}

static void a_page_shared_by_two_functions_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[HOST_BRIDGE].bars[0] = (struct machine_bar){BAR_MEMORY32, false, 0x81000800, 0x100};
    f->machine.functions[NIC_A].bars[0] = (struct machine_bar){BAR_MEMORY32, false, 0x81000000, 0x400};
    refuses(f, "PLAN-234");
}

static void a_bar_over_platform_addresses_is_refused(void **state)
{
    struct fixture *f = *state;
    const uint64_t taken[] = {0xfed80000, 0xb0100000, 0xfee00000, 0x40000000};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        f->machine.functions[NIC_A].bars[0].base = taken[i];
        fixture_plan(f);
        assert_int_equal(count_code(&f->report, "PLAN-234"), 1);
    }
}

static void a_bar_inside_guest_ram_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.functions[CARD_0].bars[0].base = 4 * GIB + 512 * MIB;
    f->machine.ram[2].base.v = 5 * GIB;
    f->machine.busy_count = 0;
    refuses(f, "PLAN-235"); /* database: 3 GiB, 1 GiB of it from 4 GiB up */
}

static void windows_are_the_bar_pages_without_the_msix_table(void **state)
{
    struct fixture *f = *state;
    fixture_plan(f);
    const struct plan_device *device = &f->plan.partitions[0].devices[0];
    assert_int_equal(device->config.v, 0xb0018000);
    assert_int_equal(device->bar_count, 3); /* the I/O BAR is hidden */
    assert_int_equal(device->msix_table.base.v, 0x81040000);
    assert_int_equal(device->msix_table.size, 0x1000);
    assert_int_equal(device->window_count, 2);
    assert_int_equal(device->windows[0].base.v, 0x81000000);
    assert_int_equal(device->windows[0].size, 0x40000); /* two BARs that touch */
    assert_int_equal(device->windows[1].base.v, 0x81041000);
    assert_int_equal(device->windows[1].size, 0x3000);
    device = &f->plan.partitions[0].devices[1];
    assert_int_equal(device->window_count, 2); /* the table stands in the middle of the BAR */
    assert_int_equal(device->windows[0].size, 0x2000);
    assert_int_equal(device->windows[1].base.v, 0xc000003000);
    assert_int_equal(device->guest_devfn, PCI_DEVFN(2, 0));
    assert_int_equal(device->requester_id, 0x0030);
}

static void small_bars_in_one_page_make_one_window(void **state)
{
    struct fixture *f = *state;
    struct machine_function *nic_a = &f->machine.functions[NIC_A];
    nic_a->bars[0] = (struct machine_bar){BAR_MEMORY32, false, 0x81000400, 0x100};
    nic_a->bars[1] = (struct machine_bar){BAR_MEMORY32, false, 0x81000000, 0x100};
    nic_a->bars[4] = (struct machine_bar){BAR_MEMORY32, false, 0x81040800, 0x100}; /* beside the MSI-X table */
    nic_a->bars[3] = (struct machine_bar){BAR_MEMORY32, false, 0x81040000, 0x800};
    fixture_plan(f);
    assert_clean(&f->report);
    assert_int_equal(f->plan.partitions[0].devices[0].window_count, 1);
    assert_int_equal(f->plan.partitions[0].devices[0].windows[0].size, 0x1000);
}

static void odd_memory_is_refused(void **state)
{
    struct fixture *f = *state;
    partition(f, 0)->memory_size = 3 * MIB;
    refuses(f, "PLAN-241");
    partition(f, 0)->memory_size = 0;
    refuses(f, "PLAN-241");
    partition(f, 0)->memory_size = 4 * MIB;
    partition(f, 0)->memory_pinned = true;
    partition(f, 0)->memory_base.v = 33 * MIB;
    refuses(f, "PLAN-241");
}

static void memory_beyond_guest_addresses_is_refused(void **state)
{
    struct fixture *f = *state;
    partition(f, 0)->memory_size = 1ull << 40;
    partition(f, 0)->device_count = 0;
    refuses(f, "PLAN-242");
}

static void pin_memory(struct fixture *f, uint32_t p, uint64_t base)
{
    partition(f, p)->memory_pinned = true;
    partition(f, p)->memory_base.v = base;
}

static void pinned_memory_is_honoured(void **state)
{
    struct fixture *f = *state;
    pin_memory(f, 2, 5 * GIB);
    fixture_plan(f);
    assert_clean(&f->report);
    const struct plan_partition *database = &f->plan.partitions[2];
    assert_int_equal(database->region_count, 2);
    assert_int_equal(database->regions[0].gpa.v, 0);
    assert_int_equal(database->regions[0].hpa.v, 5 * GIB);
    assert_int_equal(database->regions[0].size, 2 * GIB);
    assert_int_equal(database->regions[1].gpa.v, 4 * GIB);
    assert_int_equal(database->regions[1].hpa.v, 7 * GIB);
    assert_int_equal(database->regions[1].size, 1 * GIB);
}

static void pinned_memory_that_is_not_ram_is_refused(void **state)
{
    struct fixture *f = *state;
    pin_memory(f, 0, 1920 * MIB); /* the last of its 512 MiB would stand in the hole */
    refuses(f, "PLAN-243");
    pin_memory(f, 0, 0); /* below 1 MiB */
    refuses(f, "PLAN-243");
}

static void memory_pinned_twice_is_refused(void **state)
{
    struct fixture *f = *state;
    pin_memory(f, 0, 5 * GIB);
    pin_memory(f, 1, 5 * GIB + 256 * MIB);
    refuses(f, "PLAN-244");
}

static void too_little_memory_is_refused(void **state)
{
    struct fixture *f = *state;
    f->system.partition_count = 1;
    partition(f, 0)->memory_size = 10 * GIB;
    refuses(f, "PLAN-245");
}

static void scattered_memory_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.ram_count = 0;
    f->machine.busy_count = 0;
    for (uint32_t i = 0; i < 40; i++)
        f->machine.ram[f->machine.ram_count++] = (struct hpa_range){{16 * MIB + i * 64 * MIB}, 60 * MIB};
    f->system.partition_count = 1;
    partition(f, 0)->memory_size = 5 * 60 * MIB;
    partition(f, 0)->device_count = 0;
    refuses(f, "PLAN-246");
    partition(f, 0)->memory_size = 4 * 60 * MIB;
    fixture_plan(f);
    assert_clean(&f->report);
    assert_int_equal(f->plan.partitions[0].region_count, 4);
}

static void no_room_for_bulkhead_is_refused(void **state)
{
    struct fixture *f = *state;
    f->machine.busy_count = 1;
    f->machine.busy[0] = (struct hpa_range){{0}, 16 * GIB};
    fixture_plan(f);
    assert_only(&f->report, "PLAN-247");
    assert_int_equal(f->report.count, 5);
}

static bool range_overlaps(struct hpa_range a, struct hpa_range b)
{
    return spans_overlap(a.base.v, a.size, b.base.v, b.size);
}

static void bulkhead_stands_at_the_top_outside_busy_memory(void **state)
{
    struct fixture *f = *state;
    fixture_plan(f);
    const struct hpa_range own[] = {f->plan.monitor, f->plan.tables, f->plan.sealed, f->plan.log,
                                    f->plan.event_log};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        assert_true(own[i].size > 0);
        assert_false(range_overlaps(own[i], f->machine.busy[0]));
        for (uint32_t p = 0; p < f->plan.partition_count; p++)
            for (uint32_t r = 0; r < f->plan.partitions[p].region_count; r++) {
                const struct plan_region *region = &f->plan.partitions[p].regions[r];
                assert_false(range_overlaps(own[i], (struct hpa_range){region->hpa, region->size}));
            }
    }
    assert_int_equal(f->plan.monitor.base.v + f->plan.monitor.size, f->machine.busy[0].base.v);
}

static void the_log_keeps_its_place(void **state)
{
    struct fixture *f = *state;
    fixture_plan(f);
    assert_int_equal(f->plan.log.base.v, PLAN_LOG_BASE);
    f->machine.busy[f->machine.busy_count++] = (struct hpa_range){{PLAN_LOG_BASE}, 0x1000};
    fixture_plan(f);
    assert_clean(&f->report);
    assert_true(f->plan.log.base.v > 4 * GIB);
}

static void partitions_may_cover_busy_memory(void **state)
{
    struct fixture *f = *state;
    f->machine.busy[0] = (struct hpa_range){{1 * MIB}, 2047 * MIB};
    fixture_plan(f);
    assert_clean(&f->report);
    assert_true(f->plan.partitions[0].regions[0].hpa.v < 2 * GIB);
}

static void a_large_partition_gets_1g_aligned_memory(void **state)
{
    struct fixture *f = *state;
    fixture_plan(f);
    const struct plan_partition *database = &f->plan.partitions[2];
    assert_int_equal(database->region_count, 2);
    for (uint32_t r = 0; r < 2; r++)
        assert_int_equal(database->regions[r].hpa.v % GIB, 0);
    assert_int_equal(database->regions[1].gpa.v, PLAN_HIGH_BASE);
}

static void sealed_images_lie_one_after_the_other(void **state)
{
    struct fixture *f = *state;
    fixture_plan(f);
    uint64_t at = f->plan.sealed.base.v;
    for (uint32_t p = 0; p < 3; p++) {
        const struct plan_partition *planned = &f->plan.partitions[p];
        assert_int_equal(planned->kernel.base.v, at);
        assert_int_equal(planned->kernel.size, 8 * MIB + 5);
        assert_int_equal(planned->initrd.base.v, at + 8 * MIB + 0x1000);
        assert_int_equal(planned->boot_blob.base.v, at + 10 * MIB + 0x2000);
        at = planned->boot_blob.base.v + 0x20000;
    }
    assert_int_equal(at, f->plan.sealed.base.v + f->plan.sealed.size);
}

static void all_findings_are_listed(void **state)
{
    struct fixture *f = *state;
    partition(f, 0)->devices[0].path.root.devfn = PCI_DEVFN(9, 0);
    f->machine.functions[NIC_B].msi_cap = f->machine.functions[NIC_B].msix_cap = 0;
    f->machine.functions[NIC_B].bars[0].base = 0;
    partition(f, 2)->memory_size = 64 * GIB;
    pin(f, 1, 1, (const uint32_t[]){99});
    fixture_plan(f);
    assert_int_equal(f->report.count, 5);
}

static void spans_give_and_take(void **state)
{
    (void)state;
    static const struct hpa_range ram[] = {{{0x1000}, 0x9000}, {{0x20000}, 0x10000}};
    struct spans spans;
    struct hpa base;
    spans_set(&spans, ram, 2);
    spans_remove(&spans, (struct hpa_range){{0x3000}, 0x1000});  /* the middle */
    spans_remove(&spans, (struct hpa_range){{0}, 0x2000});       /* the start and before */
    spans_remove(&spans, (struct hpa_range){{0x2f000}, 0x9000}); /* the end and behind */
    spans_remove(&spans, (struct hpa_range){{0x100000}, 0x1000});
    spans_remove(&spans, (struct hpa_range){{0x5000}, 0});
    assert_int_equal(spans.count, 3);
    assert_int_equal(spans_total(&spans, 0x1000), 0x1000 + 0x6000 + 0xf000);
    assert_int_equal(spans_total(&spans, 0x4000), 0x4000 + 0xc000);
    assert_true(spans_contain(&spans, (struct hpa_range){{0x4000}, 0x6000}));
    assert_false(spans_contain(&spans, (struct hpa_range){{0x2000}, 0x3000}));
    assert_true(spans_find_lowest(&spans, 0x2000, 0x1000, &base));
    assert_int_equal(base.v, 0x4000);
    assert_true(spans_find_lowest(&spans, 0x1000, 0x8000, &base));
    assert_int_equal(base.v, 0x8000);
    assert_true(spans_find_highest(&spans, 0x2000, 0x2000, &base));
    assert_int_equal(base.v, 0x2c000);
    assert_false(spans_find_highest(&spans, 0x10000, 0x1000, &base));
    assert_int_equal(spans_largest(&spans, 0x4000).base.v, 0x20000);
    assert_int_equal(spans_largest(&spans, 0x4000).size, 0xc000);
    assert_int_equal(spans_largest(&spans, 0x40000).size, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_fitting_system_is_planned),
        CASE(the_same_input_gives_the_same_plan),
        CASE(a_machine_without_svm_is_refused),
        CASE(an_intel_machine_is_refused),
        CASE(a_machine_without_x2apic_is_refused),
        CASE(a_required_iommu_must_be_there),
        CASE(iommu_registers_in_odd_places_are_refused),
        CASE(an_optional_iommu_may_be_missing_without_devices),
        CASE(siblings_go_to_one_partition),
        CASE(siblings_with_distant_ids_stay_together),
        CASE(cores_come_by_id_not_by_order_of_discovery),
        CASE(pinned_cores_are_honoured_and_the_rest_go_around_them),
        CASE(a_pinned_core_must_exist),
        CASE(a_pinned_core_above_254_is_refused),
        CASE(a_core_pinned_twice_is_refused),
        CASE(siblings_pinned_to_two_partitions_are_refused),
        CASE(too_few_cores_are_refused),
        CASE(cores_above_254_are_never_given_away),
        CASE(an_empty_slot_is_refused),
        CASE(a_path_through_an_endpoint_is_refused),
        CASE(another_card_is_refused),
        CASE(a_bridge_is_refused),
        CASE(the_iommu_itself_is_refused),
        CASE(a_device_without_iommu_is_refused),
        CASE(an_iommu_of_another_kind_does_not_count),
        CASE(a_device_outside_configuration_space_is_refused),
        CASE(a_device_that_contradicts_itself_is_refused),
        CASE(a_device_without_messages_is_refused),
        CASE(a_function_given_twice_is_refused),
        CASE(functions_without_acs_need_one_owner),
        CASE(functions_without_acs_may_have_the_same_owner),
        CASE(functions_with_acs_may_have_two_owners),
        CASE(devices_behind_a_bridge_without_acs_need_one_owner),
        CASE(a_switch_keeps_devices_apart_when_all_its_ports_do),
        CASE(ari_functions_of_one_card_are_one_group),
        CASE(devices_with_one_requester_id_need_one_owner),
        CASE(one_partition_cannot_have_a_requester_id_twice),
        CASE(a_device_under_a_memory_duty_is_refused),
        CASE(an_msix_table_outside_its_bar_is_refused),
        CASE(a_bar_without_address_is_refused),
        CASE(a_bar_beyond_the_address_bits_is_refused),
        CASE(a_page_shared_by_two_functions_is_refused),
        CASE(a_bar_over_platform_addresses_is_refused),
        CASE(a_bar_inside_guest_ram_is_refused),
        CASE(windows_are_the_bar_pages_without_the_msix_table),
        CASE(small_bars_in_one_page_make_one_window),
        CASE(odd_memory_is_refused),
        CASE(memory_beyond_guest_addresses_is_refused),
        CASE(pinned_memory_is_honoured),
        CASE(pinned_memory_that_is_not_ram_is_refused),
        CASE(memory_pinned_twice_is_refused),
        CASE(too_little_memory_is_refused),
        CASE(scattered_memory_is_refused),
        CASE(no_room_for_bulkhead_is_refused),
        CASE(bulkhead_stands_at_the_top_outside_busy_memory),
        CASE(the_log_keeps_its_place),
        CASE(partitions_may_cover_busy_memory),
        CASE(a_large_partition_gets_1g_aligned_memory),
        CASE(sealed_images_lie_one_after_the_other),
        CASE(all_findings_are_listed),
        cmocka_unit_test(spans_give_and_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
