/* SPDX-License-Identifier: Apache-2.0 */
/* PVH ELF files and flat binaries: what is loaded where, what the start info says, what is refused. */
#include "tests/unit/guest_sample.h"

#define PROGRAM_HEADERS 64u
#define CODE 0x1000u
#define DATA 0x2000u
#define NOTE 0x3000u
#define ELF_SIZE 0x3100u
#define LOAD_BASE 0x200000ull

enum { HEADER_CODE, HEADER_DATA, HEADER_NOTE, HEADERS };

static uint8_t *program_header(struct guest_sample *s, uint32_t index)
{
    return s->kernel + PROGRAM_HEADERS + 56 * index;
}

static void put_program_header(struct guest_sample *s, uint32_t index, uint32_t type, uint64_t offset,
                               uint64_t physical, uint64_t file_size, uint64_t memory_size)
{
    uint8_t *header = program_header(s, index);
    store_le32(header, type);
    store_le64(header + 8, offset);
    store_le64(header + 16, 0xffffffff80000000ull + physical);
    store_le64(header + 24, physical);
    store_le64(header + 32, file_size);
    store_le64(header + 40, memory_size);
}

/* Two segments, the second with memory behind its file bytes, and a note after one that is not ours. */
static int setup(void **state)
{
    if (guest_sample_setup(state) != 0)
        return 1;
    struct guest_sample *s = *state;
    uint8_t *k = s->kernel;
    s->system.partitions[0].kernel_format = KERNEL_PVH;
    memcpy(k, "\x7f" "ELF\x02\x01\x01", 7);
    store_le16(k + 18, 62);
    store_le64(k + 32, PROGRAM_HEADERS);
    store_le16(k + 54, 56);
    store_le16(k + 56, HEADERS);
    put_program_header(s, HEADER_CODE, 1, CODE, LOAD_BASE, 0x800, 0x800);
    put_program_header(s, HEADER_DATA, 1, DATA, LOAD_BASE + 0x1000, 0x400, 0x9000);
    put_program_header(s, HEADER_NOTE, 4, NOTE, LOAD_BASE + 0x700, 48, 48);
    store_le32(k + NOTE, 5);
    store_le32(k + NOTE + 4, 2);
    store_le32(k + NOTE + 8, 18);
    memcpy(k + NOTE + 12, "Xenn", 5);
    store_le32(k + NOTE + 24, 4);
    store_le32(k + NOTE + 28, 4);
    store_le32(k + NOTE + 32, 18);
    memcpy(k + NOTE + 36, "Xen", 4);
    store_le32(k + NOTE + 40, LOAD_BASE + 0x40);
    return 0;
}

static void prepare(struct guest_sample *s)
{
    guest_sample_prepare(s, ELF_SIZE);
}

static void assert_refused(struct guest_sample *s, const char *code)
{
    prepare(s);
    assert_only(&s->report, code);
    assert_int_equal(s->image.segment_count, 0);
}

static void assert_start_info(const struct guest_sample *s, uint64_t initrd)
{
    const struct guest_entry *entry = &s->image.entry;
    assert_false(entry->long_mode);
    assert_int_equal(entry->cr3, 0);
    const uint8_t *info = s->blob + (entry->rbx - GUEST_BLOB_GPA);
    assert_int_equal(load_le32(info), 0x336ec578);
    assert_int_equal(load_le32(info + 4), 1);
    assert_int_equal(load_le32(info + 12), 1);
    const uint8_t *module = s->blob + (load_le64(info + 16) - GUEST_BLOB_GPA);
    assert_int_equal(load_le64(module), initrd);
    assert_int_equal(load_le64(module + 8), 0x123456);
    assert_string_equal((const char *)s->blob + (load_le64(info + 24) - GUEST_BLOB_GPA), "console=ttyS0 quiet");
    assert_memory_equal(s->blob + (load_le64(info + 32) - GUEST_BLOB_GPA), "RSD PTR ", 8);
    const uint8_t *map = s->blob + (load_le64(info + 40) - GUEST_BLOB_GPA);
    assert_int_equal(load_le32(info + 48), 5);
    assert_int_equal(load_le64(map + 8), 0xa0000);
    assert_int_equal(load_le32(map + 16), 1);
    assert_int_equal(load_le64(map + 4 * 24), 0x100000);
    assert_int_equal(load_le64(map + 4 * 24 + 8), 0xff00000);
}

static void elf_segments_and_start_info(void **state)
{
    struct guest_sample *s = *state;
    prepare(s);
    assert_sound(&s->report);
    assert_int_equal(s->image.segment_count, 4);
    assert_segment(s, LOAD_BASE, SAMPLE_KERNEL_HPA + CODE, 0x800);
    assert_segment(s, LOAD_BASE + 0x1000, SAMPLE_KERNEL_HPA + DATA, 0x400);
    assert_segments_apart(s);
    assert_int_equal(s->image.entry.rip, LOAD_BASE + 0x40);
    assert_start_info(s, (0x10000000 - 0x123456) & ~0xfffull);
}

static void initrd_stays_clear_of_memory_without_file_bytes(void **state)
{
    struct guest_sample *s = *state;
    uint64_t memory = (256ull << 20) - (LOAD_BASE + 0x1000) - 0x124000;
    put_program_header(s, HEADER_DATA, 1, DATA, LOAD_BASE + 0x1000, 0x400, memory);
    prepare(s);
    assert_sound(&s->report);
    put_program_header(s, HEADER_DATA, 1, DATA, LOAD_BASE + 0x1000, 0x400, memory + 1);
    assert_refused(s, "IMG-509");
}

static void img_520_not_elf(void **state)
{
    static const struct {
        uint32_t offset;
        uint8_t value;
    } bad[] = {{0, 'E'}, {4, 1}, {5, 2}, {18, 3}};
    struct guest_sample *s = *state;
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t sound = s->kernel[bad[i].offset];
        s->kernel[bad[i].offset] = bad[i].value;
        assert_refused(s, "IMG-520");
        s->kernel[bad[i].offset] = sound;
    }
    guest_sample_prepare(s, 57);
    assert_only(&s->report, "IMG-520");
    guest_sample_prepare(s, 0);
    assert_only(&s->report, "IMG-520");
}

static void img_521_program_headers(void **state)
{
    static const struct {
        uint64_t at;
        uint16_t size, count;
    } bad[] = {{64, 56, 0}, {64, 56, 65}, {64, 32, 3}, {ELF_SIZE - 100, 56, 3}, {UINT64_MAX, 56, 3}};
    struct guest_sample *s = *state;
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        store_le64(s->kernel + 32, bad[i].at);
        store_le16(s->kernel + 54, bad[i].size);
        store_le16(s->kernel + 56, bad[i].count);
        assert_refused(s, "IMG-521");
    }
}

static void img_522_segment_not_in_file(void **state)
{
    static const uint64_t bad[][3] = {
        {ELF_SIZE - 0x3ff, 0x400, 0x400}, {UINT64_MAX, 0x400, 0x400}, {DATA, UINT64_MAX, UINT64_MAX},
        {DATA, 0x400, 0x3ff},
    };
    struct guest_sample *s = *state;
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_program_header(s, HEADER_DATA, 1, bad[i][0], LOAD_BASE + 0x1000, bad[i][1], bad[i][2]);
        assert_refused(s, "IMG-522");
    }
}

static void img_522_note_not_in_file(void **state)
{
    struct guest_sample *s = *state;
    put_program_header(s, HEADER_NOTE, 4, ELF_SIZE - 8, 0, 48, 48);
    assert_refused(s, "IMG-522");
}

static void img_523_segment_not_in_memory(void **state)
{
    static const uint64_t bad[][2] = {
        {0xff000, 0x1000}, {0x10000000, 0x1000}, {0xffff000, 0x1001}, {UINT64_MAX, 0x1000}, {LOAD_BASE, UINT64_MAX}};
    struct guest_sample *s = *state;
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_program_header(s, HEADER_DATA, 1, DATA, bad[i][0], 0x400, bad[i][1]);
        assert_refused(s, "IMG-523");
    }
}

static void img_524_no_note(void **state)
{
    struct guest_sample *s = *state;
    store_le32(s->kernel + NOTE + 32, 17);
    assert_refused(s, "IMG-524");
}

static void img_524_note_cut_short(void **state)
{
    struct guest_sample *s = *state;
    for (uint32_t size = 0; size < 44; size++) {
        put_program_header(s, HEADER_NOTE, 4, NOTE, 0, size, size);
        assert_refused(s, "IMG-524");
    }
    put_program_header(s, HEADER_NOTE, 4, NOTE, 0, 44, 44);
    prepare(s);
    assert_sound(&s->report);
    store_le32(s->kernel + NOTE + 24, UINT32_MAX); /* a name that never ends */
    store_le32(s->kernel + NOTE + 28, 0);
    assert_refused(s, "IMG-524");
}

static void img_525_too_many_segments(void **state)
{
    struct guest_sample *s = *state;
    for (uint32_t i = 0; i < 7; i++)
        put_program_header(s, i, 1, CODE, LOAD_BASE + 0x1000 * i, 0x100, 0x100);
    store_le16(s->kernel + 56, 7);
    assert_refused(s, "IMG-525");
}

static void img_526_entry_outside(void **state)
{
    static const uint32_t bad[] = {0, LOAD_BASE - 1, LOAD_BASE + 0x800, LOAD_BASE + 0x1400, GUEST_BLOB_GPA, UINT32_MAX};
    struct guest_sample *s = *state;
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        store_le32(s->kernel + NOTE + 40, bad[i]);
        assert_refused(s, "IMG-526");
    }
}

static void img_527_segments_overlap(void **state)
{
    struct guest_sample *s = *state;
    put_program_header(s, HEADER_DATA, 1, DATA, LOAD_BASE + 0x7ff, 0x400, 0x9000);
    assert_refused(s, "IMG-527");
}

static void flat_binary_stands_at_1_mib(void **state)
{
    struct guest_sample *s = *state;
    s->system.partitions[0].kernel_format = KERNEL_FLAT;
    prepare(s);
    assert_sound(&s->report);
    assert_int_equal(s->image.segment_count, 3);
    assert_segment(s, 0x100000, SAMPLE_KERNEL_HPA, ELF_SIZE);
    assert_int_equal(s->image.entry.rip, 0x100000);
    assert_start_info(s, (0x10000000 - 0x123456) & ~0xfffull);
}

static void img_530_flat_size(void **state)
{
    struct guest_sample *s = *state;
    s->system.partitions[0].kernel_format = KERNEL_FLAT;
    guest_sample_prepare(s, 0);
    assert_only(&s->report, "IMG-530");
    s->plan.partitions[0].regions[0].size = PAGE_2M;
    s->plan.partitions[0].kernel.size = PAGE_2M;
    report_init(&s->report);
    guest_image_prepare(&s->system, &s->plan, 0, s->kernel, s->blob, &s->image, &s->report);
    assert_only(&s->report, "IMG-530");
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void random_elf_headers_are_survived(void **state)
{
    struct guest_sample *s = *state;
    static uint8_t sound[SAMPLE_KERNEL_MAX];
    memcpy(sound, s->kernel, sizeof sound);
    uint32_t seed = 5;
    for (uint32_t round = 0; round < 5000; round++) {
        memcpy(s->kernel, sound, sizeof sound);
        for (uint32_t flips = 1 + next_random(&seed) % 4; flips > 0; flips--) {
            uint32_t at = next_random(&seed) % 2 != 0 ? next_random(&seed) % 232 : NOTE + next_random(&seed) % 48;
            s->kernel[at] = (uint8_t)next_random(&seed);
        }
        prepare(s);
        if (report_ok(&s->report))
            assert_segments_apart(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(elf_segments_and_start_info, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(initrd_stays_clear_of_memory_without_file_bytes, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_520_not_elf, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_521_program_headers, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_522_segment_not_in_file, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_522_note_not_in_file, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_523_segment_not_in_memory, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_524_no_note, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_524_note_cut_short, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_525_too_many_segments, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_526_entry_outside, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_527_segments_overlap, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(flat_binary_stands_at_1_mib, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(img_530_flat_size, setup, guest_sample_teardown),
        cmocka_unit_test_setup_teardown(random_elf_headers_are_survived, setup, guest_sample_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
