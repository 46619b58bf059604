/* SPDX-License-Identifier: Apache-2.0 */
/* IVRS: IOMMUs, the requester ids they translate, and memory duties; with QEMU's own table as a real sample. */
#include "core/boot/acpi_table.h"

#include "tests/unit/fake_acpi.h"
#include "tests/unit/findings.h"

struct sample {
    struct fake_memory memory;
    struct acpi_table table;
    struct machine machine;
    struct acpi_scopes scopes;
    struct report report;
};

/* Written by QEMU 10.0 for `-device amd-iommu,intremap=on,xtsup=on,pt=off` on q35: types 10h and 11h of one IOMMU. */
static const uint8_t qemu_blocks[] = {
    0x10, 0xd1, 0x48, 0x00, 0x08, 0x00, 0x40, 0x00, 0x00, 0x00, 0xd8, 0xfe, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x45, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x00, 0x00, 0x02, 0x18, 0x00, 0x00,
    0x02, 0x30, 0x00, 0x00, 0x02, 0xe0, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x04, 0xff, 0x01, 0x00, 0x02, 0xf8,
    0x00, 0x00, 0x02, 0xfa, 0x00, 0x00, 0x02, 0xfb, 0x00, 0x00, 0x48, 0x00, 0x00, 0x00, 0x00, 0xa0, 0x00, 0x01,
    0x11, 0x11, 0x58, 0x00, 0x08, 0x00, 0x40, 0x00, 0x00, 0x00, 0xd8, 0xfe, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xd7, 0x29, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x08, 0x00, 0x00, 0x02, 0x18, 0x00, 0x00, 0x02, 0x30,
    0x00, 0x00, 0x02, 0xe0, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x04, 0xff, 0x01, 0x00, 0x02, 0xf8, 0x00, 0x00,
    0x02, 0xfa, 0x00, 0x00, 0x02, 0xfb, 0x00, 0x00, 0x48, 0x00, 0x00, 0x00, 0x00, 0xa0, 0x00, 0x01,
};

static int setup(void **state)
{
    struct sample *s = calloc(1, sizeof *s);
    *state = s;
    if (s == NULL)
        return 1;
    fake_table(&s->memory, "IVRS");
    fake_put(&s->memory, 0x2801, 12);
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void parse(struct sample *s)
{
    struct physical_reader reader = fake_reader(&s->memory);
    fake_table_end(&s->memory);
    report_init(&s->report);
    s->machine.iommu_count = 0;
    s->scopes.count = 0;
    s->scopes.duty_count = 0;
    struct hpa at = {FAKE_MEMORY_BASE + s->memory.table};
    if (acpi_table_open(&reader, at, &s->table, &s->report) && acpi_table_sums(&s->table, &s->report))
        acpi_ivrs_parse(&s->table, &s->machine, &s->scopes, &s->report);
}

/* Starts an IVHD block; entries follow, then end_block(). */
static uint32_t start_ivhd(struct sample *s, uint8_t type, uint16_t id, uint64_t base)
{
    uint32_t at = s->memory.used;
    fake_put(&s->memory, type, 4);
    fake_put(&s->memory, id, 2);
    fake_put(&s->memory, 0x40, 2);
    fake_put(&s->memory, base, 8);
    fake_put(&s->memory, 0, type == 0x10 ? 8 : 24);
    return at;
}

static void end_block(struct sample *s, uint32_t at)
{
    store_le16(s->memory.bytes + at + 2, (uint16_t)(s->memory.used - at));
}

static void put_entry(struct sample *s, uint8_t type, uint16_t id, uint16_t source)
{
    fake_put(&s->memory, type, 1);
    fake_put(&s->memory, id, 3);
    if (type >= 0x40) {
        fake_put(&s->memory, 0, 1);
        fake_put(&s->memory, source, 3);
    }
}

static void put_ivmd(struct sample *s, uint8_t type, uint8_t flags, uint16_t first, uint16_t last, uint64_t base,
                     uint64_t size)
{
    fake_put(&s->memory, type, 1);
    fake_put(&s->memory, flags, 1);
    fake_put(&s->memory, 32, 2);
    fake_put(&s->memory, first, 2);
    fake_put(&s->memory, last, 2);
    fake_put(&s->memory, 0, 8);
    fake_put(&s->memory, base, 8);
    fake_put(&s->memory, size, 8);
}

static void assert_scope(const struct sample *s, uint32_t index, uint16_t first, uint16_t last)
{
    assert_true(index < s->scopes.count);
    assert_int_equal(s->scopes.scopes[index].first_id, first);
    assert_int_equal(s->scopes.scopes[index].last_id, last);
}

static void qemu_table_is_understood(void **state)
{
    struct sample *s = *state;
    fake_put_bytes(&s->memory, qemu_blocks, sizeof qemu_blocks);
    parse(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.iommu_count, 1);
    assert_int_equal(s->machine.iommus[0].kind, IOMMU_AMDVI);
    assert_int_equal(s->machine.iommus[0].base.v, 0xfed80000);
    assert_int_equal(s->machine.iommus[0].size, 0x4000);
    assert_int_equal(s->machine.iommus[0].function.devfn, PCI_DEVFN(1, 0));
    assert_int_equal(s->scopes.count, 10); /* of one block, not of both */
    assert_scope(s, 3, 0x30, 0x30);
    assert_scope(s, 5, 0x100, 0x1ff);
    assert_scope(s, 9, 0xa0, 0xa0); /* the IOAPIC */
}

static void most_capable_block_of_an_iommu_counts(void **state)
{
    struct sample *s = *state;
    static const uint8_t types[] = {0x40, 0x10, 0x11};
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t block = start_ivhd(s, types[i], 0x0002, 0xfd200000 + 0x80000 * i);
        put_entry(s, 2, (uint16_t)(0x100 + i), 0);
        end_block(s, block);
    }
    uint32_t other = start_ivhd(s, 0x10, 0x4002, 0xfd300000);
    end_block(s, other);
    parse(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.iommu_count, 2);
    assert_int_equal(s->machine.iommus[0].base.v, 0xfd200000);
    assert_int_equal(s->machine.iommus[1].function.bus, 0x40);
    assert_int_equal(s->scopes.count, 1);
    assert_scope(s, 0, 0x100, 0x100);
}

static void performance_counters_enlarge_the_registers(void **state)
{
    struct sample *s = *state;
    uint32_t block = start_ivhd(s, 0x11, 0x0002, 0xfd200000);
    store_le64(s->memory.bytes + block + 24, 1u << 9);
    end_block(s, block);
    parse(s);
    assert_sound(&s->report);
    assert_int_equal(s->machine.iommus[0].size, 0x80000);
}

static void device_entries_of_every_kind(void **state)
{
    struct sample *s = *state;
    uint32_t block = start_ivhd(s, 0x40, 0x0002, 0xfd200000);
    put_entry(s, 0, 0, 0);            /* padding */
    put_entry(s, 1, 0, 0);            /* all */
    put_entry(s, 0x42, 0x300, 0x208); /* alias */
    put_entry(s, 0x43, 0x400, 0x209); /* alias range */
    put_entry(s, 4, 0x4ff, 0);
    put_entry(s, 0x46, 0x500, 0);
    put_entry(s, 0x47, 0x600, 0);
    put_entry(s, 4, 0x6ff, 0);
    put_entry(s, 0x48, 0, 0xa1);
    fake_put(&s->memory, 0xf0, 1); /* ACPI device with a 5-byte unique id */
    fake_put(&s->memory, 0x98, 3);
    fake_put_bytes(&s->memory, "AMDI0095        ", 16);
    fake_put(&s->memory, 0x0502, 2);
    fake_put_bytes(&s->memory, "\\_SB0", 5);
    put_entry(s, 2, 0x700, 0);
    end_block(s, block);
    parse(s);
    assert_sound(&s->report);
    assert_int_equal(s->scopes.count, 8);
    assert_scope(s, 0, 0, 0xffff);
    assert_scope(s, 1, 0x300, 0x300);
    assert_true(s->scopes.scopes[1].has_alias);
    assert_int_equal(s->scopes.scopes[1].alias, 0x208);
    assert_scope(s, 2, 0x400, 0x4ff);
    assert_int_equal(s->scopes.scopes[2].alias, 0x209);
    assert_scope(s, 3, 0x500, 0x500);
    assert_scope(s, 4, 0x600, 0x6ff);
    assert_false(s->scopes.scopes[4].has_alias);
    assert_scope(s, 5, 0xa1, 0xa1);
    assert_scope(s, 6, 0x98, 0x98);
    assert_scope(s, 7, 0x700, 0x700);
}

static void memory_duties_of_every_kind(void **state)
{
    struct sample *s = *state;
    put_ivmd(s, 0x20, 1, 0, 0, 0xa0000000, 0x1000);
    put_ivmd(s, 0x21, 9, 0x18, 0, 0xa0001000, 0x1000);
    put_ivmd(s, 0x22, 6, 0x100, 0x1ff, 0xa0002000, 0x1000);
    put_ivmd(s, 0x21, 0, 0x20, 0, 0xa0003000, 0x1000); /* allows nothing */
    parse(s);
    assert_sound(&s->report);
    assert_int_equal(s->scopes.duty_count, 3);
    assert_true(s->scopes.duties[0].all_functions);
    assert_int_equal(s->scopes.duties[1].first_id, 0x18);
    assert_int_equal(s->scopes.duties[1].last_id, 0x18);
    assert_int_equal(s->scopes.duties[2].last_id, 0x1ff);
    assert_int_equal(s->scopes.duties[2].range.base.v, 0xa0002000);
}

static void boot_420_block_length(void **state)
{
    static const uint16_t lies[] = {0, 3, 23, 0x7fff};
    for (uint32_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct sample *s = *state;
        uint32_t block = start_ivhd(s, 0x10, 0x0002, 0xfd200000);
        store_le16(s->memory.bytes + block + 2, lies[i]);
        parse(s);
        assert_only(&s->report, "BOOT-420");
        s->memory.used = block;
    }
}

static void boot_421_entry_of_unknown_length(void **state)
{
    struct sample *s = *state;
    uint32_t block = start_ivhd(s, 0x11, 0x0002, 0xfd200000);
    put_entry(s, 0x80, 0, 0);
    end_block(s, block);
    parse(s);
    assert_only(&s->report, "BOOT-421");
}

static void boot_421_entry_leaves_the_block(void **state)
{
    struct sample *s = *state;
    uint32_t block = start_ivhd(s, 0x11, 0x0002, 0xfd200000);
    fake_put(&s->memory, 0x42, 4); /* half of an 8-byte entry */
    end_block(s, block);
    put_ivmd(s, 0x20, 1, 0, 0, 0xa0000000, 0x1000); /* bytes that are there, but not the block's */
    parse(s);
    assert_only(&s->report, "BOOT-421");
}

static void boot_422_ranges(void **state)
{
    static const struct {
        uint8_t type;
        uint16_t id;
    } bad[][2] = {
        {{4, 0x200}, {2, 0x300}}, /* end without start */
        {{2, 0x300}, {3, 0x200}}, /* start without end */
        {{3, 0x200}, {4, 0x1ff}}, /* backwards */
    };
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sample *s = *state;
        uint32_t block = start_ivhd(s, 0x11, 0x0002, 0xfd200000);
        put_entry(s, bad[i][0].type, bad[i][0].id, 0);
        put_entry(s, bad[i][1].type, bad[i][1].id, 0);
        end_block(s, block);
        parse(s);
        assert_only(&s->report, "BOOT-422");
        s->memory.used = block;
    }
}

static void boot_423_too_many_iommus(void **state)
{
    struct sample *s = *state;
    for (uint32_t i = 0; i <= MACHINE_MAX_IOMMUS; i++)
        end_block(s, start_ivhd(s, 0x10, (uint16_t)(i << 8), 0xfd200000 + 0x4000 * i));
    parse(s);
    assert_only(&s->report, "BOOT-423");
}

static void boot_424_too_many_entries(void **state)
{
    struct sample *s = *state;
    uint32_t block = start_ivhd(s, 0x10, 0x0002, 0xfd200000);
    for (uint32_t i = 0; i <= ACPI_MAX_SCOPES; i++)
        put_entry(s, 2, (uint16_t)i, 0);
    end_block(s, block);
    parse(s);
    assert_only(&s->report, "BOOT-424");
}

static void boot_425_too_many_duties(void **state)
{
    struct sample *s = *state;
    for (uint32_t i = 0; i <= MACHINE_MAX_DUTIES; i++)
        put_ivmd(s, 0x21, 1, (uint16_t)i, 0, 0xa0000000, 0x1000);
    parse(s);
    assert_only(&s->report, "BOOT-425");
}

static void boot_426_iommu_base(void **state)
{
    static const uint64_t bad[] = {0, 0xfd200800, 0xffffffffffffc000ull};
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sample *s = *state;
        uint32_t block = start_ivhd(s, 0x10, 0x0002, bad[i]);
        end_block(s, block);
        parse(s);
        assert_only(&s->report, "BOOT-426");
        s->memory.used = block;
    }
}

static void boot_427_duty_range(void **state)
{
    static const struct {
        uint16_t first, last;
        uint64_t base, size;
    } bad[] = {{1, 2, 0xa0000000, 0}, {1, 2, 0xfffffffffffff000ull, 0x2000}, {2, 1, 0xa0000000, 0x1000}};
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sample *s = *state;
        uint32_t at = s->memory.used;
        put_ivmd(s, 0x22, 1, bad[i].first, bad[i].last, bad[i].base, bad[i].size);
        parse(s);
        assert_only(&s->report, "BOOT-427");
        s->memory.used = at;
    }
}

static void boot_428_iommu_in_ram(void **state)
{
    struct sample *s = *state;
    end_block(s, start_ivhd(s, 0x10, 0x0002, 0xfd200000));
    s->machine.ram_count = 1;
    s->machine.ram[0] = (struct hpa_range){{0xfd203000}, 0x1000};
    parse(s);
    assert_only(&s->report, "BOOT-428");
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void random_damage_is_survived(void **state)
{
    struct sample *s = *state;
    fake_put_bytes(&s->memory, qemu_blocks, sizeof qemu_blocks);
    put_ivmd(s, 0x22, 6, 0x100, 0x1ff, 0xa0002000, 0x1000);
    struct fake_memory sound = s->memory;
    uint32_t seed = 7;
    for (uint32_t round = 0; round < 20000; round++) {
        s->memory = sound;
        uint32_t length = s->memory.used - s->memory.table;
        for (uint32_t flips = 1 + next_random(&seed) % 6; flips > 0; flips--)
            s->memory.bytes[s->memory.table + 36 + next_random(&seed) % (length - 36)] = (uint8_t)next_random(&seed);
        s->memory.used -= next_random(&seed) % 64;
        parse(s);
        assert_in_range(s->machine.iommu_count, 0, MACHINE_MAX_IOMMUS);
        assert_in_range(s->scopes.count, 0, ACPI_MAX_SCOPES);
        assert_in_range(s->scopes.duty_count, 0, MACHINE_MAX_DUTIES);
        for (uint32_t i = 0; i < s->scopes.count; i++)
            assert_true(s->scopes.scopes[i].first_id <= s->scopes.scopes[i].last_id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(qemu_table_is_understood, setup, teardown),
        cmocka_unit_test_setup_teardown(most_capable_block_of_an_iommu_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(performance_counters_enlarge_the_registers, setup, teardown),
        cmocka_unit_test_setup_teardown(device_entries_of_every_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_duties_of_every_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_420_block_length, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_421_entry_of_unknown_length, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_421_entry_leaves_the_block, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_422_ranges, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_423_too_many_iommus, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_424_too_many_entries, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_425_too_many_duties, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_426_iommu_base, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_427_duty_range, setup, teardown),
        cmocka_unit_test_setup_teardown(boot_428_iommu_in_ram, setup, teardown),
        cmocka_unit_test_setup_teardown(random_damage_is_survived, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
