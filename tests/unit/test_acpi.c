/* SPDX-License-Identifier: Apache-2.0 */
/* ACPI discovery: legal tables are understood, every rule refuses a failing sample, no damage makes it read astray. */
#include "tests/unit/fake_acpi.h"
#include "tests/unit/findings.h"

struct sample {
    struct fake_memory memory;
    struct machine machine;
    struct acpi_scopes scopes;
    struct report report;
};

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct sample));
    return *state == NULL;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void discover_at(struct sample *sample, uint64_t rsdp, uint32_t boot_apic_id)
{
    struct physical_reader reader = fake_reader(&sample->memory);
    report_init(&sample->report);
    acpi_discover(&reader, (struct hpa){rsdp}, boot_apic_id, &sample->machine, &sample->scopes, &sample->report);
}

static void discover(struct sample *sample, const uint64_t *tables, uint32_t count, uint32_t boot_apic_id)
{
    uint64_t xsdt = fake_xsdt(&sample->memory, tables, count);
    discover_at(sample, fake_rsdp(&sample->memory, 2, 0, xsdt), boot_apic_id);
}

static void discover_one(struct sample *sample, uint64_t table)
{
    discover(sample, &table, 1, 0);
}

/* Root pointer and root table */

static void xsdt_leads_to_all_tables(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 4), fake_mcfg(&s->memory, 0xb0000000, 0, 0, 255)};
    discover(s, tables, 2, 2);
    assert_sound(&s->report);
    assert_int_equal(s->machine.core_count, 4);
    assert_int_equal(s->machine.cores[0].apic_id, 2);
    assert_int_equal(s->machine.cores[1].apic_id, 0);
    assert_int_equal(s->machine.cores[3].apic_id, 3);
    assert_int_equal(s->machine.cores[3].smt_group, 3);
    assert_int_equal(s->machine.ecam_count, 1);
    assert_int_equal(s->machine.ecams[0].base.v, 0xb0000000);
    assert_int_equal(s->machine.ecams[0].last_bus, 255);
    assert_int_equal(s->machine.iommu_count, 0);
}

static void rsdt_is_read_when_there_is_no_xsdt(void **state)
{
    struct sample *s = *state;
    uint64_t madt = fake_madt(&s->memory, 2);
    uint64_t rsdt = fake_rsdt(&s->memory, &madt, 1);
    discover_at(s, fake_rsdp(&s->memory, 0, rsdt, 0), 0);
    assert_sound(&s->report);
    discover_at(s, fake_rsdp(&s->memory, 2, rsdt, 0), 0);
    assert_sound(&s->report);
    assert_int_equal(s->machine.core_count, 2);
}

static void empty_slots_and_second_tables_are_passed_over(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {0, fake_madt(&s->memory, 2), 0, fake_madt(&s->memory, 4)};
    discover(s, tables, 4, 0);
    assert_sound(&s->report);
    assert_int_equal(s->machine.core_count, 2);
}

static void ivrs_is_read_and_a_second_discovery_starts_afresh(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 1), fake_table(&s->memory, "IVRS")};
    fake_put(&s->memory, 0x2801, 12);
    fake_put(&s->memory, 0x1c0010, 4); /* IVHD 10h of 28 bytes: function 00:00.2 at 0xfd200000, one device */
    fake_put(&s->memory, 0x400002, 4);
    fake_put(&s->memory, 0xfd200000, 16);
    fake_put(&s->memory, 0x003002, 4);
    fake_table_end(&s->memory);
    uint64_t rsdp = fake_rsdp(&s->memory, 2, 0, fake_xsdt(&s->memory, tables, 2));
    for (uint32_t round = 0; round < 2; round++) {
        discover_at(s, rsdp, 0);
        assert_sound(&s->report);
        assert_int_equal(s->machine.core_count, 1);
        assert_int_equal(s->machine.iommu_count, 1);
        assert_int_equal(s->scopes.count, 1);
        assert_int_equal(s->scopes.scopes[0].first_id, 0x30);
    }
}

static void boot_401_no_root_pointer(void **state)
{
    struct sample *s = *state;
    discover_at(s, FAKE_MEMORY_BASE, 0);
    assert_only(&s->report, "BOOT-401");
    discover_at(s, 0, 0);
    assert_only(&s->report, "BOOT-401");
    discover_at(s, UINT64_MAX, 0);
    assert_only(&s->report, "BOOT-401");
}

static void boot_402_root_pointer_checksum(void **state)
{
    struct sample *s = *state;
    uint64_t rsdp = fake_rsdp(&s->memory, 2, 0, FAKE_MEMORY_BASE);
    uint8_t *bytes = s->memory.bytes + (rsdp - FAKE_MEMORY_BASE);
    bytes[9] ^= 1;
    discover_at(s, rsdp, 0);
    assert_only(&s->report, "BOOT-402");
    bytes[9] ^= 1;
    bytes[33] ^= 1; /* only the second sum covers it */
    discover_at(s, rsdp, 0);
    assert_only(&s->report, "BOOT-402");
}

static void boot_402_root_pointer_length(void **state)
{
    struct sample *s = *state;
    uint64_t rsdp = fake_rsdp(&s->memory, 2, 0, FAKE_MEMORY_BASE);
    uint32_t at = (uint32_t)(rsdp - FAKE_MEMORY_BASE);
    store_le32(s->memory.bytes + at + 20, 0xffffffffu);
    fake_rsdp_sums(&s->memory, at);
    discover_at(s, rsdp, 0);
    assert_only(&s->report, "BOOT-402");
}

static void boot_403_root_table_of_another_kind(void **state)
{
    struct sample *s = *state;
    uint64_t madt = fake_madt(&s->memory, 1);
    discover_at(s, fake_rsdp(&s->memory, 2, 0, madt), 0);
    assert_only(&s->report, "BOOT-403");
}

static void boot_404_pointer_to_nowhere(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 1), 0x1000};
    discover(s, tables, 2, 0);
    assert_only(&s->report, "BOOT-404");
}

static void boot_405_table_length(void **state)
{
    static const uint32_t lies[] = {0, 35, (1u << 20) + 1, 0xffffffffu};
    for (uint32_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct sample *s = *state;
        memset(s, 0, sizeof *s);
        uint64_t tables[] = {fake_madt(&s->memory, 1), fake_mcfg(&s->memory, 0xb0000000, 0, 0, 255)};
        store_le32(s->memory.bytes + (tables[1] - FAKE_MEMORY_BASE) + 4, lies[i]);
        discover(s, tables, 2, 0);
        assert_only(&s->report, "BOOT-405");
    }
}

static void boot_405_table_leaves_memory(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 1), fake_mcfg(&s->memory, 0xb0000000, 0, 0, 255)};
    store_le32(s->memory.bytes + (tables[1] - FAKE_MEMORY_BASE) + 4, FAKE_MEMORY_SIZE);
    discover(s, tables, 2, 0);
    assert_only(&s->report, "BOOT-405");
}

static void boot_406_table_checksum(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 1), fake_mcfg(&s->memory, 0xb0000000, 0, 0, 255)};
    s->memory.bytes[tables[1] - FAKE_MEMORY_BASE + 20] ^= 0x40;
    discover(s, tables, 2, 0);
    assert_only(&s->report, "BOOT-406");
}

static void boot_407_no_madt(void **state)
{
    struct sample *s = *state;
    discover_one(s, fake_mcfg(&s->memory, 0xb0000000, 0, 0, 255));
    assert_only(&s->report, "BOOT-407");
}

static void boot_408_vt_d_is_named(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 1), fake_table(&s->memory, "DMAR")};
    fake_table_end(&s->memory);
    discover(s, tables, 2, 0);
    assert_only(&s->report, "BOOT-408");
}

/* TPM2 */

static uint64_t put_tpm2(struct sample *s, uint32_t start_method, uint32_t size)
{
    uint64_t at = fake_table(&s->memory, "TPM2");
    fake_put(&s->memory, 0, 12); /* platform class, control area */
    fake_put(&s->memory, start_method, 4);
    fake_put(&s->memory, 0, size - 52);
    fake_table_end(&s->memory);
    return at;
}

static void discover_tpm2(struct sample *s, uint32_t start_method, uint32_t size)
{
    memset(&s->memory, 0, sizeof s->memory);
    uint64_t tables[] = {fake_madt(&s->memory, 1), put_tpm2(s, start_method, size)};
    discover(s, tables, 2, 0);
}

static void a_tpm_with_register_pages_is_found(void **state)
{
    struct sample *s = *state;
    discover_tpm2(s, 6, 76);
    assert_sound(&s->report);
    assert_int_equal(s->machine.tpm.kind, TPM_TIS);
    assert_int_equal(s->machine.tpm.base.v, 0xfed40000);
    discover_tpm2(s, 6, 52);
    assert_sound(&s->report);
    assert_int_equal(s->machine.tpm.kind, TPM_TIS);
}

static void other_ways_to_a_tpm_are_named(void **state)
{
    static const uint32_t methods[] = {0, 2, 7, 8, 11, 12, 0x106};
    struct sample *s = *state;
    for (uint32_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        discover_tpm2(s, methods[i], 76);
        assert_sound(&s->report);
        assert_int_equal(s->machine.tpm.kind, TPM_OTHER);
        assert_int_equal(s->machine.tpm.start_method, methods[i]);
    }
}

static void a_machine_may_have_no_tpm(void **state)
{
    struct sample *s = *state;
    s->machine.tpm.kind = TPM_TIS;
    discover_one(s, fake_madt(&s->memory, 1));
    assert_sound(&s->report);
    assert_int_equal(s->machine.tpm.kind, TPM_NONE);
}

static void boot_435_tpm2_too_short(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 1), fake_table(&s->memory, "TPM2")};
    fake_put(&s->memory, 0, 12);
    fake_put(&s->memory, 6, 3);
    fake_table_end(&s->memory);
    discover(s, tables, 2, 0);
    assert_only(&s->report, "BOOT-435");
    assert_int_equal(s->machine.tpm.kind, TPM_NONE);
}

static void boot_436_tpm_registers_in_ram(void **state)
{
    struct sample *s = *state;
    s->machine.ram_count = 1;
    s->machine.ram[0] = (struct hpa_range){{0xfed44000}, PAGE_SIZE};
    discover_tpm2(s, 6, 76);
    assert_only(&s->report, "BOOT-436");
    discover_tpm2(s, 7, 76);
    assert_sound(&s->report);
}

/* MADT */

static uint64_t start_madt(struct sample *s)
{
    uint64_t at = fake_table(&s->memory, "APIC");
    fake_put(&s->memory, 0xfee00000u, 8);
    return at;
}

static void put_apic(struct sample *s, uint8_t apic_id, uint32_t flags)
{
    fake_put(&s->memory, 0x0800, 2);
    fake_put(&s->memory, 7, 1);
    fake_put(&s->memory, apic_id, 1);
    fake_put(&s->memory, flags, 4);
}

static void put_x2apic(struct sample *s, uint32_t apic_id, uint32_t flags)
{
    fake_put(&s->memory, 0x1009, 4);
    fake_put(&s->memory, apic_id, 4);
    fake_put(&s->memory, flags, 4);
    fake_put(&s->memory, 7, 4);
}

static void cores_count_once_and_only_when_enabled(void **state)
{
    struct sample *s = *state;
    uint64_t madt = start_madt(s);
    put_x2apic(s, 300, 1);
    put_apic(s, 4, 1);
    put_x2apic(s, 4, 1);          /* the same core again */
    put_apic(s, 5, 2);            /* online capable: an empty socket */
    put_apic(s, 0xff, 1);         /* place holder */
    put_x2apic(s, 0xffffffff, 1); /* place holder */
    fake_put(&s->memory, 0x0c01, 12); /* an IOAPIC */
    put_apic(s, 0, 1);
    fake_table_end(&s->memory);
    discover_one(s, madt);
    assert_sound(&s->report);
    assert_int_equal(s->machine.core_count, 3);
    assert_int_equal(s->machine.cores[0].apic_id, 0);
    assert_int_equal(s->machine.cores[1].apic_id, 4);
    assert_int_equal(s->machine.cores[2].apic_id, 300);
}

static void boot_410_record_of_no_length(void **state)
{
    struct sample *s = *state;
    uint64_t madt = start_madt(s);
    put_apic(s, 0, 1);
    fake_put(&s->memory, 0x0001, 2); /* type 1, length 0: would never end */
    fake_table_end(&s->memory);
    discover_one(s, madt);
    assert_only(&s->report, "BOOT-410");
}

static void boot_410_record_leaves_the_table(void **state)
{
    struct sample *s = *state;
    uint64_t madt = start_madt(s);
    put_apic(s, 0, 1);
    fake_put(&s->memory, 0xff04, 6);
    fake_table_end(&s->memory);
    discover_one(s, madt);
    assert_only(&s->report, "BOOT-410");
}

static void boot_410_record_shorter_than_its_type(void **state)
{
    struct sample *s = *state;
    uint64_t madt = start_madt(s);
    put_apic(s, 0, 1);
    fake_put(&s->memory, 0x0809, 8); /* an x2APIC in 8 bytes */
    fake_table_end(&s->memory);
    discover_one(s, madt);
    assert_only(&s->report, "BOOT-410");
}

static void boot_411_too_many_cores(void **state)
{
    struct sample *s = *state;
    uint64_t madt = start_madt(s);
    for (uint32_t i = 0; i <= MACHINE_MAX_CORES; i++)
        put_x2apic(s, i, 1);
    fake_table_end(&s->memory);
    discover_one(s, madt);
    assert_only(&s->report, "BOOT-411");
}

static void boot_412_boot_core_missing(void **state)
{
    struct sample *s = *state;
    uint64_t madt = fake_madt(&s->memory, 2);
    discover(s, &madt, 1, 9);
    assert_only(&s->report, "BOOT-412");
}

/* MCFG */

static void boot_430_mcfg_cut(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 1), fake_mcfg(&s->memory, 0xb0000000, 0, 0, 255)};
    fake_put(&s->memory, 0, 7);
    fake_table_end(&s->memory);
    discover(s, tables, 2, 0);
    assert_only(&s->report, "BOOT-430");
}

static void boot_431_mcfg_entry(void **state)
{
    static const struct {
        uint64_t base;
        uint8_t first, last;
    } bad[] = {{0, 0, 255}, {0xb0000800, 0, 255}, {0xfffffffffff00000ull, 0, 255}, {0xb0000000, 9, 8}};
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sample *s = *state;
        memset(s, 0, sizeof *s);
        uint64_t tables[] = {fake_madt(&s->memory, 1),
                             fake_mcfg(&s->memory, bad[i].base, 0, bad[i].first, bad[i].last)};
        discover(s, tables, 2, 0);
        assert_only(&s->report, "BOOT-431");
    }
}

static void put_ecam(struct sample *s, uint16_t segment, uint8_t first, uint8_t last)
{
    fake_put(&s->memory, 0xe0000000, 8);
    fake_put(&s->memory, segment, 2);
    fake_put(&s->memory, first, 1);
    fake_put(&s->memory, last, 5);
}

static void boot_432_mcfg_overlap(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 1), fake_mcfg(&s->memory, 0xb0000000, 0, 0, 127)};
    put_ecam(s, 1, 0, 255);
    put_ecam(s, 0, 128, 255);
    put_ecam(s, 0, 127, 127);
    fake_table_end(&s->memory);
    discover(s, tables, 2, 0);
    assert_only(&s->report, "BOOT-432");
    assert_int_equal(s->machine.ecam_count, 3);
}

static void boot_433_too_many_segments(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 1), fake_mcfg(&s->memory, 0xb0000000, 0, 0, 255)};
    for (uint16_t i = 1; i <= MACHINE_MAX_ECAMS; i++)
        put_ecam(s, i, 0, 255);
    fake_table_end(&s->memory);
    discover(s, tables, 2, 0);
    assert_only(&s->report, "BOOT-433");
}

static void boot_434_configuration_space_in_ram(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 1), fake_mcfg(&s->memory, 0xb0000000, 0, 16, 31)};
    s->machine.ram_count = 1;
    s->machine.ram[0] = (struct hpa_range){{0xb0000000}, 0x1001000};
    discover(s, tables, 2, 0);
    assert_only(&s->report, "BOOT-434");
    s->machine.ram[0].size = 0x1000000; /* ends where bus 16 begins */
    discover(s, tables, 2, 0);
    assert_sound(&s->report);
}

/* Damage: whatever the bytes, no read leaves the memory (the sanitizer watches) and the result stays inside its
 * limits. */

static void assert_in_limits(const struct sample *s)
{
    assert_in_range(s->machine.core_count, 0, MACHINE_MAX_CORES);
    assert_in_range(s->machine.iommu_count, 0, MACHINE_MAX_IOMMUS);
    assert_in_range(s->machine.ecam_count, 0, MACHINE_MAX_ECAMS);
    assert_in_range(s->scopes.count, 0, ACPI_MAX_SCOPES);
    assert_in_range(s->report.count, 0, REPORT_MAX_FINDINGS);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void every_truncation_is_survived(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 4), fake_mcfg(&s->memory, 0xb0000000, 0, 0, 255)};
    uint64_t rsdp = fake_rsdp(&s->memory, 2, 0, fake_xsdt(&s->memory, tables, 2));
    uint32_t end = s->memory.used;
    for (uint32_t table = 0; table < 2; table++) {
        uint32_t at = (uint32_t)(tables[table] - FAKE_MEMORY_BASE);
        uint32_t whole = load_le32(s->memory.bytes + at + 4);
        for (uint32_t length = 36; length < whole; length++) {
            store_le32(s->memory.bytes + at + 4, length);
            fake_sum(&s->memory, at, length, at + 9);
            discover_at(s, rsdp, 0);
            assert_in_limits(s);
        }
        store_le32(s->memory.bytes + at + 4, whole);
        fake_sum(&s->memory, at, whole, at + 9);
    }
    assert_int_equal(s->memory.used, end);
    discover_at(s, rsdp, 0);
    assert_sound(&s->report);
}

static void random_damage_behind_good_checksums_is_survived(void **state)
{
    struct sample *s = *state;
    uint64_t tables[] = {fake_madt(&s->memory, 4), fake_mcfg(&s->memory, 0xb0000000, 0, 0, 255)};
    uint64_t rsdp = fake_rsdp(&s->memory, 2, 0, fake_xsdt(&s->memory, tables, 2));
    struct fake_memory sound = s->memory;
    uint32_t seed = 1;
    for (uint32_t round = 0; round < 20000; round++) {
        s->memory = sound;
        uint32_t at = (uint32_t)(tables[round & 1] - FAKE_MEMORY_BASE);
        uint32_t length = load_le32(s->memory.bytes + at + 4);
        for (uint32_t flips = 1 + next_random(&seed) % 4; flips > 0; flips--)
            s->memory.bytes[at + 36 + next_random(&seed) % (length - 36)] = (uint8_t)next_random(&seed);
        fake_sum(&s->memory, at, length, at + 9);
        discover_at(s, rsdp, 0);
        assert_in_limits(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(xsdt_leads_to_all_tables, setup, teardown),
        cmocka_unit_test_setup_teardown(rsdt_is_read_when_there_is_no_xsdt, setup, teardown),
        cmocka_unit_test_setup_teardown(empty_slots_and_second_tables_are_passed_over, setup, teardown),
        cmocka_unit_test_setup_teardown(ivrs_is_read_and_a_second_discovery_starts_afresh, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_401_no_root_pointer, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_402_root_pointer_checksum, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_402_root_pointer_length, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_403_root_table_of_another_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_404_pointer_to_nowhere, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_405_table_length, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_405_table_leaves_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_406_table_checksum, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_407_no_madt, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_408_vt_d_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(cores_count_once_and_only_when_enabled, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_410_record_of_no_length, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_410_record_leaves_the_table, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_410_record_shorter_than_its_type, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_411_too_many_cores, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_412_boot_core_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_430_mcfg_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_431_mcfg_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_432_mcfg_overlap, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_433_too_many_segments, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_434_configuration_space_in_ram, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tpm_with_register_pages_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(other_ways_to_a_tpm_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_machine_may_have_no_tpm, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_435_tpm2_too_short, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_436_tpm_registers_in_ram, setup, teardown),
        cmocka_unit_test_setup_teardown(every_truncation_is_survived, setup, teardown),
        cmocka_unit_test_setup_teardown(random_damage_behind_good_checksums_is_survived, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
