/* SPDX-License-Identifier: Apache-2.0 */
/* Linux guests: what the boot protocol promises stands in memory, and a header that lies is refused. */
#include "tests/unit/guest_sample.h"

#define SETUP_SECTORS 39u
#define PAYLOAD ((SETUP_SECTORS + 1) * 512u)
#define KERNEL_SIZE (PAYLOAD + 0x4000u)

/* The header of Debian 12's kernel, shortened to 16 KiB of kernel proper. */
static int setup(void **state)
{
    if (guest_sample_setup(state) != 0)
        return 1;
    struct guest_sample *s = *state;
    uint8_t *k = s->kernel;
    for (uint32_t i = 0; i < KERNEL_SIZE; i++)
        k[i] = (uint8_t)(i * 7);
    k[0x1f1] = SETUP_SECTORS;
    store_le32(k + 0x1f4, 0x4000 / 16);
    store_le16(k + 0x1fe, 0xaa55);
    store_le16(k + 0x200, 0x6aeb); /* jmp to 0x26c */
    memcpy(k + 0x202, "HdrS", 4);
    store_le16(k + 0x206, 0x020f);
    k[0x211] = 1;
    store_le32(k + 0x22c, 0x7fffffff);
    store_le32(k + 0x230, 0x200000);
    store_le16(k + 0x236, 0x7f);
    store_le32(k + 0x238, 2047);
    store_le64(k + 0x258, 0x1000000);
    store_le32(k + 0x260, 0x3a00000);
    return 0;
}

static void prepare(struct guest_sample *s)
{
    guest_sample_prepare(s, KERNEL_SIZE);
}

static void assert_refused(struct guest_sample *s, const char *code)
{
    prepare(s);
    assert_only(&s->report, code);
    assert_int_equal(s->image.segment_count, 0);
}

static void kernel_initrd_and_blob_find_their_places(void **state)
{
    struct guest_sample *s = *state;
    prepare(s);
    assert_sound(&s->report);
    assert_int_equal(s->image.segment_count, 3);
    assert_segment(s, GUEST_BLOB_GPA, SAMPLE_BLOB_HPA, GUEST_BLOB_SIZE);
    assert_segment(s, 0x1000000, SAMPLE_KERNEL_HPA + PAYLOAD, 0x4000);
    assert_segment(s, (0x10000000 - 0x123456) & ~0xfffull, SAMPLE_INITRD_HPA, 0x123456);
    assert_segments_apart(s);
}

static void first_instruction_is_as_the_protocol_says(void **state)
{
    struct guest_sample *s = *state;
    prepare(s);
    const struct guest_entry *entry = &s->image.entry;
    assert_true(entry->long_mode);
    assert_int_equal(entry->rip, 0x1000200);
    assert_int_equal(entry->rsi, GUEST_BLOB_GPA);
    assert_int_equal(entry->gdt_limit, 31);
    const uint8_t *gdt = s->blob + (entry->gdt.v - GUEST_BLOB_GPA);
    assert_int_equal(load_le64(gdt), 0);
    assert_int_equal(load_le64(gdt + GUEST_SELECTOR_CODE64), 0x00af9b000000ffffull);
    assert_int_equal(load_le64(gdt + GUEST_SELECTOR_DATA), 0x00cf93000000ffffull);
}

/* Walks the page tables as the processor would. */
static uint64_t translate(const struct guest_sample *s, uint64_t address)
{
    uint64_t table = s->image.entry.cr3;
    for (uint32_t shift = 39; shift > 12; shift -= 9) {
        uint64_t entry = load_le64(s->blob + (table - GUEST_BLOB_GPA) + 8 * (address >> shift & 511));
        if ((entry & 1) == 0)
            return UINT64_MAX;
        if ((entry & 0x80) != 0)
            return (entry & ~((1ull << shift) - 1)) | (address & ((1ull << shift) - 1));
        table = entry & ~0xfffull;
    }
    return UINT64_MAX;
}

static void first_4_gib_are_mapped_one_to_one_and_no_more(void **state)
{
    struct guest_sample *s = *state;
    prepare(s);
    for (uint64_t address = 0; address < 0x100000000ull; address += 0x1ff000)
        assert_int_equal(translate(s, address), address);
    assert_int_equal(translate(s, 0xffffffff), 0xffffffff);
    assert_true(translate(s, 0x100000000ull) == UINT64_MAX);
    assert_true(translate(s, 0x8000000000ull) == UINT64_MAX);
}

static void zero_page_says_where_everything_is(void **state)
{
    struct guest_sample *s = *state;
    prepare(s);
    const uint8_t *zero_page = s->blob;
    assert_memory_equal(zero_page + 0x202, "HdrS", 4);
    assert_int_equal(zero_page[0x210], 0xff);
    assert_int_equal(load_le32(zero_page + 0x218), (0x10000000 - 0x123456) & ~0xfffu);
    assert_int_equal(load_le32(zero_page + 0x21c), 0x123456);
    uint32_t command_line = load_le32(zero_page + 0x228);
    assert_string_equal((const char *)s->blob + (command_line - GUEST_BLOB_GPA), "console=ttyS0 quiet");
    uint64_t rsdp = load_le64(zero_page + 0x70);
    assert_memory_equal(s->blob + (rsdp - GUEST_BLOB_GPA), "RSD PTR ", 8);
    assert_int_equal(load_le32(zero_page + 0x250), 0); /* setup_data: none */
}

static void memory_map_has_all_memory_and_nothing_else(void **state)
{
    struct guest_sample *s = *state;
    struct plan_partition *partition = &s->plan.partitions[0];
    partition->region_count = 2;
    partition->regions[1] = (struct plan_region){{PLAN_HIGH_BASE}, {0x200000000ull}, 1ull << 30};
    prepare(s);
    const uint8_t *zero_page = s->blob;
    static const struct {
        uint64_t base, size;
        uint32_t type;
    } expected[] = {
        {0, 0xa0000, 1},        {0xe0000, 0xa000, 2},          {0xea000, 0x15000, 3},
        {0xff000, 0x1000, 2},   {0x100000, 0xff00000, 1},      {PLAN_HIGH_BASE, 1ull << 30, 1},
    };
    assert_int_equal(zero_page[0x1e8], sizeof expected / sizeof expected[0]);
    for (uint32_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const uint8_t *entry = zero_page + 0x2d0 + 20 * i;
        assert_int_equal(load_le64(entry), expected[i].base);
        assert_int_equal(load_le64(entry + 8), expected[i].size);
        assert_int_equal(load_le32(entry + 16), expected[i].type);
    }
}

static void memory_map_keeps_the_event_log_from_the_kernel(void **state)
{
    struct guest_sample *s = *state;
    struct plan_partition *partition = &s->plan.partitions[0];
    partition->region_count = 3;
    partition->regions[1] = (struct plan_region){{0x10000000}, {0x300000000ull}, 1ull << 28};
    partition->regions[2] = (struct plan_region){{PLAN_HIGH_BASE}, {0x200000000ull}, 1ull << 30};
    partition->tpm = (struct plan_tpm){true, {0xfed40000}, {PLAN_EVENT_LOG_GPA}, 0x40000};
    prepare(s);
    const uint8_t *entry = s->blob + 0x2d0 + 20 * 6;
    assert_int_equal(s->blob[0x1e8], 8);
    assert_int_equal(load_le64(entry - 20), 0x10000000);
    assert_int_equal(load_le64(entry), PLAN_EVENT_LOG_GPA);
    assert_int_equal(load_le64(entry + 8), 0x40000);
    assert_int_equal(load_le32(entry + 16), 2);
    assert_int_equal(load_le64(entry + 20), PLAN_HIGH_BASE);
}

static void reset_vector_resets(void **state)
{
    static const uint8_t stub[] = {0xba, 0xf9, 0x0c, 0xb0, 0x06, 0xee, 0xf4};
    struct guest_sample *s = *state;
    prepare(s);
    assert_memory_equal(s->blob + (0xffff0 - GUEST_BLOB_GPA), stub, sizeof stub);
}

static void no_initrd_is_fine(void **state)
{
    struct guest_sample *s = *state;
    s->plan.partitions[0].initrd.size = 0;
    prepare(s);
    assert_sound(&s->report);
    assert_int_equal(s->image.segment_count, 2);
    assert_int_equal(load_le32(s->blob + 0x218), 0);
    assert_int_equal(load_le32(s->blob + 0x21c), 0);
}

static void initrd_stays_where_the_kernel_reaches(void **state)
{
    struct guest_sample *s = *state;
    store_le32(s->kernel + 0x22c, 0x7ffffff);
    prepare(s);
    assert_sound(&s->report);
    assert_segment(s, (0x8000000 - 0x123456) & ~0xfffull, SAMPLE_INITRD_HPA, 0x123456);
}

static void signed_kernel_has_bytes_behind_it(void **state)
{
    struct guest_sample *s = *state;
    guest_sample_prepare(s, KERNEL_SIZE + 1472);
    assert_sound(&s->report);
    assert_segment(s, 0x1000000, SAMPLE_KERNEL_HPA + PAYLOAD, 0x4000 + 1472);
}

static void img_501_too_short(void **state)
{
    struct guest_sample *s = *state;
    for (uint64_t size = 0; size < 0x264; size += 0x13) {
        guest_sample_prepare(s, size);
        assert_only(&s->report, "IMG-501");
    }
}

static void img_502_not_linux(void **state)
{
    struct guest_sample *s = *state;
    s->kernel[0x202] = 'h';
    assert_refused(s, "IMG-502");
    s->kernel[0x202] = 'H';
    store_le16(s->kernel + 0x1fe, 0);
    assert_refused(s, "IMG-502");
}

static void img_503_old_protocol(void **state)
{
    struct guest_sample *s = *state;
    store_le16(s->kernel + 0x206, 0x020b);
    assert_refused(s, "IMG-503");
}

static void img_504_no_64_bit_entry(void **state)
{
    struct guest_sample *s = *state;
    store_le16(s->kernel + 0x236, 0x7e);
    assert_refused(s, "IMG-504");
}

static void img_505_truncated(void **state)
{
    struct guest_sample *s = *state;
    for (uint64_t size = 0x290; size <= KERNEL_SIZE - 16; size += 0x107) {
        guest_sample_prepare(s, size);
        assert_only(&s->report, "IMG-505");
    }
    store_le32(s->kernel + 0x1f4, 0xffffffff);
    assert_refused(s, "IMG-505");
}

static void img_506_load_address(void **state)
{
    static const uint64_t bad[] = {0, 0xe0000, 0x1100000, 0x1000001};
    struct guest_sample *s = *state;
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        store_le64(s->kernel + 0x258, bad[i]);
        assert_refused(s, "IMG-506");
    }
}

static void img_506_alignment(void **state)
{
    static const uint32_t bad[] = {0, 3, 0xffffffff};
    struct guest_sample *s = *state;
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        store_le32(s->kernel + 0x230, bad[i]);
        assert_refused(s, "IMG-506");
    }
}

static void img_507_does_not_fit(void **state)
{
    static const struct {
        uint64_t address;
        uint32_t init_size;
    } bad[] = {
        {0x1000000, 0xf000001}, {0x1000000, 0xffffffff}, {0xfffffffffe000000ull, 0x3a00000}, {0x1000000, 0x3fff},
    };
    struct guest_sample *s = *state;
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        store_le64(s->kernel + 0x258, bad[i].address);
        store_le32(s->kernel + 0x260, bad[i].init_size);
        assert_refused(s, "IMG-507");
    }
}

static void img_508_command_line(void **state)
{
    struct guest_sample *s = *state;
    store_le32(s->kernel + 0x238, 18);
    assert_refused(s, "IMG-508");
    store_le32(s->kernel + 0x238, 19);
    prepare(s);
    assert_sound(&s->report);
}

static void img_509_initrd(void **state)
{
    static const uint64_t bad[] = {0xb600001, 0x10000001, 0xffffffffffffffffull};
    struct guest_sample *s = *state;
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        s->plan.partitions[0].initrd.size = bad[i];
        assert_refused(s, "IMG-509");
    }
    s->plan.partitions[0].initrd.size = 0xb600000;
    prepare(s);
    assert_sound(&s->report);
}

static void img_509_initrd_out_of_reach(void **state)
{
    struct guest_sample *s = *state;
    store_le32(s->kernel + 0x22c, 0x1ffffff);
    assert_refused(s, "IMG-509");
}

static void img_510_header_end(void **state)
{
    struct guest_sample *s = *state;
    s->kernel[0x201] = 0x61;
    assert_refused(s, "IMG-510");
    s->kernel[0x201] = 0x8f;
    assert_refused(s, "IMG-510");
}

/* IMG-511 cannot be reached with the limits of today: the tables of the largest partition take a twentieth of their
 * room. */
static void img_511_acpi_tables_need_their_room(void **state)
{
    struct guest_sample *s = *state;
    struct plan_partition *partition = &s->plan.partitions[0];
    struct gpa rsdp;
    struct gpa at = {GUEST_BLOB_GPA};
    partition->core_count = SYSTEM_MAX_CORES;
    partition->device_count = SYSTEM_MAX_DEVICES;
    for (uint32_t i = 0; i < SYSTEM_MAX_CORES; i++)
        partition->apic_ids[i] = 256 + i;
    for (uint32_t i = 0; i < SYSTEM_MAX_DEVICES * 6; i++) {
        struct plan_device *device = &partition->devices[i / 6];
        device->bar_count = 6;
        device->bars[i % 6].bar = (struct machine_bar){BAR_MEMORY64, false, (1ull << 40) + i * 0x10000, 0x1000};
    }
    prepare(s);
    assert_sound(&s->report);
    uint32_t used = guest_acpi_build(partition, at, s->blob, GUEST_BLOB_SIZE, &rsdp);
    assert_in_range(used, 1, 0x1000);
    for (uint32_t size = 0; size < used; size++)
        assert_int_equal(guest_acpi_build(partition, at, s->blob, size, &rsdp), 0);
}

static void img_512_low_memory(void **state)
{
    struct guest_sample *s = *state;
    struct plan_partition *partition = &s->plan.partitions[0];
    partition->regions[0].gpa.v = PAGE_2M;
    assert_refused(s, "IMG-512");
    partition->regions[0].gpa.v = 0;
    partition->regions[0].size = PAGE_2M - 1;
    assert_refused(s, "IMG-512");
    partition->region_count = 0;
    assert_refused(s, "IMG-512");
}

static void all_findings_of_a_header_come_together(void **state)
{
    struct guest_sample *s = *state;
    store_le16(s->kernel + 0x206, 0x0200);
    store_le16(s->kernel + 0x236, 0);
    store_le32(s->kernel + 0x230, 0);
    prepare(s);
    assert_int_equal(s->report.count, 3);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void random_headers_are_survived(void **state)
{
    struct guest_sample *s = *state;
    uint8_t header[0xa0];
    memcpy(header, s->kernel + 0x1f0, sizeof header);
    uint32_t seed = 3;
    for (uint32_t round = 0; round < 5000; round++) {
        memcpy(s->kernel + 0x1f0, header, sizeof header);
        for (uint32_t flips = 1 + next_random(&seed) % 4; flips > 0; flips--)
            s->kernel[0x1f0 + next_random(&seed) % sizeof header] = (uint8_t)next_random(&seed);
        guest_sample_prepare(s, KERNEL_SIZE - next_random(&seed) % 2 * (next_random(&seed) % KERNEL_SIZE));
        if (report_ok(&s->report))
            assert_segments_apart(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kernel_initrd_and_blob_find_their_places, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(first_instruction_is_as_the_protocol_says, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(first_4_gib_are_mapped_one_to_one_and_no_more, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(zero_page_says_where_everything_is, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(memory_map_has_all_memory_and_nothing_else, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(memory_map_keeps_the_event_log_from_the_kernel, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(reset_vector_resets, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(no_initrd_is_fine, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(initrd_stays_where_the_kernel_reaches, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(signed_kernel_has_bytes_behind_it, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_501_too_short, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_502_not_linux, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_503_old_protocol, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_504_no_64_bit_entry, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_505_truncated, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_506_load_address, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_506_alignment, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_507_does_not_fit, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_508_command_line, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_509_initrd, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_509_initrd_out_of_reach, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_510_header_end, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_511_acpi_tables_need_their_room, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_512_low_memory, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(all_findings_of_a_header_come_together, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(random_headers_are_survived, setup, guest_sample_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
