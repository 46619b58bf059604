/* SPDX-License-Identifier: Apache-2.0 */
/* The PCI walk: trees, BARs, capabilities; every rule with a failing sample; hostile devices. */
#include "tests/unit/fake_pci.h"
#include "tests/unit/findings.h"

struct sample {
    struct fake_pci pci;
    struct machine machine;
    struct acpi_scopes scopes;
    struct report flaws, report;
};

static int setup(void **state)
{
    struct sample *s = calloc(1, sizeof *s);
    *state = s;
    if (s == NULL)
        return 1;
    s->machine.ecam_count = 1;
    s->machine.ecams[0] = (struct machine_ecam){{0xb0000000}, 0, 0, 255};
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void discover(struct sample *s)
{
    struct pci_access access = fake_access(&s->pci);
    report_init(&s->flaws);
    report_init(&s->report);
    pci_discover(&access, &s->scopes, &s->machine, &s->flaws, &s->report);
    assert_int_equal(s->pci.strays, 0);
    assert_int_equal(s->pci.sized_while_decoding, 0);
}

/* The first function is marked, and says why; the machine is not refused for it. */
static void assert_flawed(const struct sample *s, const char *code)
{
    assert_sound(&s->report);
    assert_only(&s->flaws, code);
    assert_true(s->machine.functions[0].flawed);
}

static struct fake_function *add_nvme(struct sample *s, uint8_t bus, uint8_t devfn)
{
    struct fake_function *f = fake_add(&s->pci, bus, devfn, 0x00101b36, 0x010802);
    store_le32(f->bytes + PCI_SUBSYSTEM_VENDOR_ID, 0x11001af4);
    fake_bar(f, 0, 0xc000000000ull, 0x4000, PCI_BAR_TYPE_64);
    fake_msix(f, 0x40, 65, 0x2000, 0x3000);
    store_le32(fake_pcie(f, 0x80, 0) + PCIE_DEVICE_CAPABILITIES, PCIE_DEVICE_CAP_FLR);
    fake_capability(f, 0x60, PCI_CAP_ID_PM);
    return f;
}

static void endpoint_is_read_whole(void **state)
{
    struct sample *s = *state;
    struct fake_function *f = add_nvme(s, 0, PCI_DEVFN(6, 0));
    store_le16(fake_capability(f, 0xa0, PCI_CAP_ID_MSI) + PCI_MSI_CONTROL, PCI_MSI_64BIT | PCI_MSI_MASKABLE | 3 << 1);
    fake_bar(f, 3, 0xfea00000, 0x20000, PCI_BAR_PREFETCH);
    fake_bar(f, 5, 0xd040, 0x20, PCI_BAR_IO);
    discover(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.function_count, 1);
    const struct machine_function *m = &s->machine.functions[0];
    assert_false(m->flawed);
    assert_int_equal(m->vendor, 0x1b36);
    assert_int_equal(m->device, 0x0010);
    assert_int_equal(m->subsystem_vendor, 0x1af4);
    assert_int_equal(m->class_code, 0x010802);
    assert_int_equal(m->revision, 1);
    assert_int_equal(m->parent, MACHINE_NO_FUNCTION);
    assert_int_equal(m->iommu, MACHINE_NO_IOMMU);
    assert_int_equal(m->alias, 0x30);
    assert_int_equal(m->bars[0].kind, BAR_MEMORY64);
    assert_int_equal(m->bars[0].base, 0xc000000000ull);
    assert_int_equal(m->bars[0].size, 0x4000);
    assert_int_equal(m->bars[1].kind, BAR_NONE);
    assert_int_equal(m->bars[3].kind, BAR_MEMORY32);
    assert_true(m->bars[3].prefetchable);
    assert_int_equal(m->bars[3].size, 0x20000);
    assert_int_equal(m->bars[5].kind, BAR_IO);
    assert_int_equal(m->bars[5].base, 0xd040);
    assert_int_equal(m->bars[5].size, 0x20);
    assert_int_equal(m->msix_cap, 0x40);
    assert_int_equal(m->msix_entries, 65);
    assert_int_equal(m->msix_table_offset, 0x2000);
    assert_int_equal(m->msix_pba_offset, 0x3000);
    assert_int_equal(m->pm_cap, 0x60);
    assert_int_equal(m->msi_cap, 0xa0);
    assert_true(m->msi_64bit && m->msi_maskable && m->flr);
    assert_int_equal(m->msi_log2_vectors, 3);
}

static void sizing_leaves_the_function_as_it_was_without_bus_mastering(void **state)
{
    struct sample *s = *state;
    struct fake_function *f = add_nvme(s, 0, PCI_DEVFN(6, 0));
    struct fake_function before = *f;
    discover(s);
    store_le16(before.bytes + PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
    assert_memory_equal(before.bytes, f->bytes, sizeof f->bytes);
}

static void bars_above_4_gib_and_without_address(void **state)
{
    struct sample *s = *state;
    struct fake_function *f = fake_add(&s->pci, 0, 8, 0x12348086, 0x020000);
    fake_bar(f, 0, 0x4000000000ull, 0x200000000ull, PCI_BAR_TYPE_64 | PCI_BAR_PREFETCH);
    fake_bar(f, 2, 0, 0x1000, 0);
    discover(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.functions[0].bars[0].size, 0x200000000ull);
    assert_int_equal(s->machine.functions[0].bars[2].base, 0);
    assert_int_equal(s->machine.functions[0].bars[2].size, 0x1000);
}

static void bridges_lead_to_the_buses_behind_them(void **state)
{
    struct sample *s = *state;
    struct fake_function *port = fake_bridge(&s->pci, 0, PCI_DEVFN(0x1c, 0), 1, 3);
    fake_pcie(port, 0x40, PCIE_TYPE_ROOT_PORT);
    fake_pcie(fake_bridge(&s->pci, 1, 0, 2, 3), 0x40, PCIE_TYPE_UPSTREAM);
    fake_pcie(fake_bridge(&s->pci, 2, PCI_DEVFN(1, 0), 3, 3), 0x40, PCIE_TYPE_DOWNSTREAM);
    add_nvme(s, 3, 0);
    add_nvme(s, 3, PCI_DEVFN(1, 0)); /* a link has no device 1: an echo of device 0 */
    discover(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.function_count, 4);
    for (uint16_t i = 0; i < 4; i++)
        assert_int_equal(s->machine.functions[i].parent, i == 0 ? MACHINE_NO_FUNCTION : i - 1);
    assert_int_equal(s->machine.functions[0].secondary_bus, 1);
    assert_int_equal(s->machine.functions[1].pcie_type, PCIE_TYPE_UPSTREAM);
    assert_int_equal(load_le16(port->bytes + PCI_COMMAND) & PCI_COMMAND_MASTER, PCI_COMMAND_MASTER);
}

static void several_root_buses_and_functions_in_order(void **state)
{
    struct sample *s = *state;
    add_nvme(s, 0x40, PCI_DEVFN(1, 0));
    add_nvme(s, 0x80, 0);
    fake_multifunction(add_nvme(s, 0, PCI_DEVFN(2, 0)));
    add_nvme(s, 0, PCI_DEVFN(2, 3));
    add_nvme(s, 0, PCI_DEVFN(3, 1)); /* no function 0: not a device */
    fake_bridge(&s->pci, 0, PCI_DEVFN(1, 0), 0, 0); /* not configured */
    discover(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.function_count, 5);
    assert_int_equal(s->machine.functions[0].address.devfn, PCI_DEVFN(1, 0));
    assert_int_equal(s->machine.functions[2].address.devfn, PCI_DEVFN(2, 3));
    assert_true(s->machine.functions[2].multifunction);
    assert_int_equal(s->machine.functions[3].address.bus, 0x40);
    assert_int_equal(s->machine.functions[4].address.bus, 0x80);
    assert_int_equal(s->machine.functions[4].parent, MACHINE_NO_FUNCTION);
}

static void segments_are_walked_in_order_whatever_mcfg_says(void **state)
{
    struct sample *s = *state;
    s->machine.ecam_count = 3;
    s->machine.ecams[0] = (struct machine_ecam){{0xb0000000}, 2, 0, 127};
    s->machine.ecams[1] = (struct machine_ecam){{0xc0000000}, 0, 0, 127};
    s->machine.ecams[2] = (struct machine_ecam){{0xd0000000}, 2, 128, 255};
    add_nvme(s, 0x90, 0)->address.segment = 2;
    add_nvme(s, 0x10, 0)->address.segment = 2;
    add_nvme(s, 0x10, 0);
    add_nvme(s, 0x90, 0); /* segment 0 ends at bus 127 */
    discover(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.function_count, 3);
    assert_int_equal(s->machine.functions[0].address.segment, 0);
    assert_int_equal(s->machine.functions[1].address.bus, 0x10);
    assert_int_equal(s->machine.functions[2].address.bus, 0x90);
}

static void without_mcfg_ports_reach_segment_0_and_256_bytes(void **state)
{
    struct sample *s = *state;
    s->machine.ecam_count = 0;
    struct fake_function *port = fake_bridge(&s->pci, 0, PCI_DEVFN(1, 0), 1, 1);
    fake_pcie(port, 0x40, PCIE_TYPE_ROOT_PORT);
    fake_acs(port, 0x1f);
    add_nvme(s, 1, 0);
    discover(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.function_count, 2);
    assert_false(s->machine.functions[0].acs);
}

static void acs_is_turned_on_and_believed_when_it_reads_back(void **state)
{
    struct sample *s = *state;
    struct fake_function *good = fake_bridge(&s->pci, 0, PCI_DEVFN(1, 0), 1, 1);
    fake_pcie(good, 0x40, PCIE_TYPE_ROOT_PORT);
    fake_acs(good, 0x1f);
    struct fake_function *stuck = fake_bridge(&s->pci, 0, PCI_DEVFN(2, 0), 2, 2);
    fake_pcie(stuck, 0x40, PCIE_TYPE_ROOT_PORT);
    fake_acs(stuck, 0x1f);
    store_le16(stuck->writable + 0x100 + PCIE_ACS_CONTROL, 0x03);
    fake_pcie(fake_bridge(&s->pci, 0, PCI_DEVFN(3, 0), 3, 3), 0x40, PCIE_TYPE_ROOT_PORT); /* without ACS */
    fake_pcie(fake_bridge(&s->pci, 0, PCI_DEVFN(4, 0), 4, 4), 0x40, PCIE_TYPE_UPSTREAM);
    fake_bridge(&s->pci, 0, PCI_DEVFN(5, 0), 5, 5); /* conventional */
    discover(s);
    assert_sound(&s->report);
    assert_true(s->machine.functions[0].acs);
    assert_int_equal(load_le16(good->bytes + 0x100 + PCIE_ACS_CONTROL), 0x1f);
    assert_false(s->machine.functions[1].acs);
    assert_false(s->machine.functions[2].acs);
    assert_true(s->machine.functions[3].acs);
    assert_false(s->machine.functions[4].acs);
}

static void scopes_give_iommu_and_alias_the_last_one_counting(void **state)
{
    struct sample *s = *state;
    add_nvme(s, 0, PCI_DEVFN(6, 0));
    add_nvme(s, 0, PCI_DEVFN(7, 0));
    add_nvme(s, 0, PCI_DEVFN(8, 0));
    s->scopes.count = 3;
    s->scopes.scopes[0] = (struct acpi_scope){.iommu = 1, .first_id = 0, .last_id = 0x38};
    s->scopes.scopes[1] = (struct acpi_scope){.first_id = 0x38, .last_id = 0x38, .has_alias = true, .alias = 0x20};
    s->scopes.scopes[2] = (struct acpi_scope){.iommu = 1, .segment = 1, .first_id = 0, .last_id = 0xffff};
    discover(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.functions[0].iommu, 1);
    assert_int_equal(s->machine.functions[0].alias, 0x30);
    assert_int_equal(s->machine.functions[1].iommu, 0);
    assert_int_equal(s->machine.functions[1].alias, 0x20);
    assert_int_equal(s->machine.functions[2].iommu, MACHINE_NO_IOMMU);
}

static void duties_fall_on_the_functions_that_are_there(void **state)
{
    struct sample *s = *state;
    add_nvme(s, 0, PCI_DEVFN(6, 0));
    add_nvme(s, 1, PCI_DEVFN(0, 0));
    s->scopes.duty_count = 2;
    s->scopes.duties[0] = (struct acpi_duty){.range = {{0xa0000000}, 0x1000}, .first_id = 0, .last_id = 0xff};
    s->scopes.duties[1] = (struct acpi_duty){.range = {{0xa0001000}, 0x1000}, .all_functions = true};
    discover(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.duty_count, 2);
    assert_int_equal(s->machine.duties[0].function.devfn, PCI_DEVFN(6, 0));
    assert_false(s->machine.duties[0].all_functions);
    assert_true(s->machine.duties[1].all_functions);
}

static void sleeping_function_has_no_capabilities(void **state)
{
    struct sample *s = *state;
    struct fake_function *f = fake_add(&s->pci, 0, 8, 0x12348086, 0x020000);
    fake_capability(f, 0x40, 0xff);
    f->bytes[0x41] = 0xff;
    discover(s);
    assert_sound(&s->report);
    assert_sound(&s->flaws);
    assert_int_equal(s->machine.functions[0].pcie_cap, 0);
}

static void boot_440_too_many_functions(void **state)
{
    struct sample *s = *state;
    for (uint32_t i = 0; i <= MACHINE_MAX_FUNCTIONS; i++)
        fake_add(&s->pci, (uint8_t)(i / 32), PCI_DEVFN(i % 32, 0), 0x12348086, 0x020000);
    discover(s);
    assert_only(&s->report, "BOOT-440");
    assert_int_equal(s->machine.function_count, MACHINE_MAX_FUNCTIONS);
}

static void boot_441_bridge_buses(void **state)
{
    static const struct {
        uint8_t bus, secondary, subordinate;
    } bad[] = {
        {3, 3, 3},    /* leads to itself */
        {3, 2, 4},    /* leads back */
        {3, 9, 8},    /* backwards */
        {3, 7, 7},    /* outside the bridge above, whose range is 3 to 6 */
        {3, 5, 12},   /* partly outside */
        {0, 4, 9},    /* shares a bus with the bridge beside it */
    };
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sample *s = *state;
        s->pci.count = 0;
        fake_bridge(&s->pci, 0, PCI_DEVFN(1, 0), 3, 6);
        fake_bridge(&s->pci, bad[i].bus, PCI_DEVFN(2, 0), bad[i].secondary, bad[i].subordinate);
        discover(s);
        assert_only(&s->report, "BOOT-441");
    }
}

static void boot_442_capability_loop(void **state)
{
    struct sample *s = *state;
    struct fake_function *f = fake_add(&s->pci, 0, 8, 0x12348086, 0x020000);
    fake_capability(f, 0x40, PCI_CAP_ID_PM);
    f->bytes[0x41] = 0x40;
    discover(s);
    assert_flawed(s, "BOOT-442");
}

static void boot_442_capability_inside_the_header(void **state)
{
    struct sample *s = *state;
    struct fake_function *f = fake_add(&s->pci, 0, 8, 0x12348086, 0x020000);
    fake_capability(f, 0x10, PCI_CAP_ID_PM);
    discover(s);
    assert_flawed(s, "BOOT-442");
}

static void flaw_of_one_function_is_not_its_neighbours(void **state)
{
    struct sample *s = *state;
    fake_capability(fake_add(&s->pci, 0, 8, 0x12348086, 0x020000), 0xf8, PCI_CAP_ID_MSIX);
    add_nvme(s, 0, PCI_DEVFN(6, 0));
    discover(s);
    assert_flawed(s, "BOOT-443");
    assert_false(s->machine.functions[1].flawed);
}

static void boot_443_capability_past_the_end(void **state)
{
    struct sample *s = *state;
    struct fake_function *f = fake_add(&s->pci, 0, 8, 0x12348086, 0x020000);
    fake_capability(f, 0xf8, PCI_CAP_ID_MSIX);
    discover(s);
    assert_flawed(s, "BOOT-443");
}

static void boot_444_bar_type(void **state)
{
    struct sample *s = *state;
    struct fake_function *f = fake_add(&s->pci, 0, 8, 0x12348086, 0x020000);
    fake_bar(f, 2, 0xfea00000, 0x1000, PCI_BAR_TYPE);
    discover(s);
    assert_flawed(s, "BOOT-444");
    fake_bar(f, 2, 0xfea00000, 0x1000, 0);
    store_le32(f->bytes + PCI_BAR0 + 20, PCI_BAR_TYPE_64); /* its upper half would be the next register */
    discover(s);
    assert_flawed(s, "BOOT-444");
}

static void boot_445_bar_size(void **state)
{
    struct sample *s = *state;
    struct fake_function *f = fake_add(&s->pci, 0, 8, 0x12348086, 0x020000);
    fake_bar(f, 2, 0xfea00000, 0x1000, 0);
    store_le32(f->writable + PCI_BAR0 + 8, 0xfff0f000); /* a hole among the address bits */
    discover(s);
    assert_flawed(s, "BOOT-445");
    store_le32(f->writable + PCI_BAR0 + 8, 0xfff00000);
    store_le32(f->bytes + PCI_BAR0 + 8, 0xfea01000); /* not a multiple of the size */
    discover(s);
    assert_flawed(s, "BOOT-445");
}

static void boot_446_msix_outside_its_bar(void **state)
{
    static const struct {
        uint32_t entries, table, pba;
    } bad[] = {
        {65, 0x3c00, 0x3000},       /* table runs out */
        {65, 0xfffffff8, 0x3000},   /* starts outside */
        {65, 0x2001, 0x3000},       /* in the upper half of a 64-bit BAR */
        {65, 0x2006, 0x3000},       /* in no BAR at all */
        {65, 0x2000, 0x4000},       /* pending bits outside */
        {2048, 0x0000, 0x3000},     /* larger than the BAR */
    };
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sample *s = *state;
        s->pci.count = 0;
        struct fake_function *f = fake_add(&s->pci, 0, 8, 0x12348086, 0x020000);
        fake_bar(f, 0, 0xc000000000ull, 0x4000, PCI_BAR_TYPE_64);
        fake_msix(f, 0x40, bad[i].entries, bad[i].table, bad[i].pba);
        discover(s);
        assert_flawed(s, "BOOT-446");
        assert_int_equal(s->machine.functions[0].msix_cap, 0);
    }
}

static void boot_447_extended_loop(void **state)
{
    struct sample *s = *state;
    struct fake_function *f = fake_bridge(&s->pci, 0, PCI_DEVFN(1, 0), 1, 1);
    fake_pcie(f, 0x40, PCIE_TYPE_ROOT_PORT);
    store_le32(f->bytes + 0x100, 0x10010001);
    discover(s);
    assert_flawed(s, "BOOT-447");
    store_le32(f->bytes + 0x100, 0x0fc10001); /* back into the first 256 bytes */
    discover(s);
    assert_flawed(s, "BOOT-447");
}

static void boot_448_too_many_duties(void **state)
{
    struct sample *s = *state;
    for (uint32_t i = 0; i <= MACHINE_MAX_DUTIES; i++)
        fake_add(&s->pci, (uint8_t)(i / 32), PCI_DEVFN(i % 32, 0), 0x12348086, 0x020000);
    s->scopes.duty_count = 1;
    s->scopes.duties[0] = (struct acpi_duty){.range = {{0xa0000000}, 0x1000}, .first_id = 0, .last_id = 0xffff};
    discover(s);
    assert_only(&s->report, "BOOT-448");
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void hostile_devices_are_survived(void **state)
{
    struct sample *s = *state;
    uint32_t seed = 11;
    for (uint32_t round = 0; round < 300; round++) {
        memset(&s->pci, 0, sizeof s->pci);
        for (uint32_t i = 0; i < 12; i++) {
            uint8_t devfn = PCI_DEVFN(next_random(&seed) % 4, next_random(&seed) % 2);
            struct fake_function *f = fake_add(&s->pci, (uint8_t)(next_random(&seed) % 8), devfn, 0x12348086, 0);
            f->extended = next_random(&seed) % 2;
            for (uint32_t at = 4; at < sizeof f->bytes; at++) {
                f->bytes[at] = (uint8_t)next_random(&seed);
                f->writable[at] = (uint8_t)next_random(&seed);
            }
            f->bytes[PCI_HEADER_TYPE] &= 0x81;
            f->bytes[PCI_SECONDARY_BUS] &= 7;
            f->bytes[PCI_SUBORDINATE_BUS] &= 7;
            f->writable[PCI_COMMAND] = 0xff;
        }
        discover(s);
        assert_in_range(s->machine.function_count, 0, 12);
        for (uint32_t i = 0; i < s->machine.function_count; i++) {
            const struct machine_function *f = &s->machine.functions[i];
            assert_true(f->parent == MACHINE_NO_FUNCTION || f->parent < i);
            for (uint32_t bar = 0; bar < 6; bar++)
                assert_true((f->bars[bar].size & (f->bars[bar].size - 1)) == 0);
            assert_true(f->msix_entries <= 2048 && f->msix_table_bar < 6);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(endpoint_is_read_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(sizing_leaves_the_function_as_it_was_without_bus_mastering, setup, teardown),
        cmocka_unit_test_setup_teardown(bars_above_4_gib_and_without_address, setup, teardown),
        cmocka_unit_test_setup_teardown(bridges_lead_to_the_buses_behind_them, setup, teardown),
        cmocka_unit_test_setup_teardown(several_root_buses_and_functions_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(segments_are_walked_in_order_whatever_mcfg_says, setup, teardown),
        cmocka_unit_test_setup_teardown(without_mcfg_ports_reach_segment_0_and_256_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(acs_is_turned_on_and_believed_when_it_reads_back, setup, teardown),
        cmocka_unit_test_setup_teardown(scopes_give_iommu_and_alias_the_last_one_counting, setup, teardown),
        cmocka_unit_test_setup_teardown(duties_fall_on_the_functions_that_are_there, setup, teardown),
        cmocka_unit_test_setup_teardown(sleeping_function_has_no_capabilities, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_440_too_many_functions, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_441_bridge_buses, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_442_capability_loop, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_442_capability_inside_the_header, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_443_capability_past_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_444_bar_type, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_445_bar_size, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_446_msix_outside_its_bar, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_447_extended_loop, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_448_too_many_duties, setup, teardown),
        cmocka_unit_test_setup_teardown(flaw_of_one_function_is_not_its_neighbours, setup, teardown),
        cmocka_unit_test_setup_teardown(hostile_devices_are_survived, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
