/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile blobs: cut off, bit-flipped, shuffled and random ones never crash the decoder or give an absurd system. */
#include "config/decode.h"
#include "tests/unit/config_sample.h"

#include <stdlib.h>

#define ROUNDS 20000

static struct sample_blob sound;
static uint32_t sound_size;

/* xorshift64: the same numbers in every run. */
static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % limit;
}

static int make_sound(void **state)
{
    (void)state;
    sample_make(&sound);
    sound_size = sample_finish(&sound);
    return 0;
}

static void check_possible(const struct system *system)
{
    assert_in_range(system->partition_count, 1, SYSTEM_MAX_PARTITIONS);
    for (uint32_t i = 0; i < system->partition_count; i++) {
        const struct system_partition *partition = &system->partitions[i];
        assert_non_null(memchr(partition->name, '\0', sizeof partition->name));
        assert_in_range(partition->core_count, 1, SYSTEM_MAX_CORES);
        assert_true(partition->memory_size >= 32 << 20 && partition->memory_size % PAGE_2M == 0);
        assert_in_range(partition->device_count, 0, SYSTEM_MAX_DEVICES);
        assert_true(partition->kernel.present && partition->kernel.file[0] != '\0');
    }
}

/* Decodes a copy that ends where its memory ends, so that the sanitizer sees every byte read too far. */
static bool decode_copy(const uint8_t *bytes, uint32_t size)
{
    static struct system system;
    static struct report report;
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    report_init(&report);
    system_decode(copy, size, true, &system, &report);
    free(copy);
    if (report_ok(&report))
        check_possible(&system);
    return report_ok(&report);
}

static void the_sound_blob_is_accepted(void **state)
{
    (void)state;
    assert_true(decode_copy(sound.bytes, sound_size));
}

static void every_truncation_is_refused(void **state)
{
    struct sample_blob blob = sound;
    (void)state;
    for (uint32_t size = 0; size < sound_size; size++) {
        assert_false(decode_copy(sound.bytes, size));
        fdt32_st(blob.bytes + 4, size); /* a header that agrees with the cut */
        assert_false(decode_copy(blob.bytes, size));
    }
}

static void every_bit_flip_is_survived(void **state)
{
    struct sample_blob blob = sound;
    (void)state;
    for (uint32_t bit = 0; bit < 8 * sound_size; bit++) {
        blob.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        decode_copy(blob.bytes, sound_size);
        blob.bytes[bit / 8] = sound.bytes[bit / 8];
    }
}

/* Numbers that lengths, offsets and tags break on. */
static const uint32_t odd_words[] = {0, 1, 2, 3, 4, 9, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffc, 40, 0x1000};

static void odd_words_everywhere_are_survived(void **state)
{
    struct sample_blob blob = sound;
    (void)state;
    for (uint32_t at = 0; at + 4 <= sound_size; at += 4) {
        for (size_t i = 0; i < sizeof odd_words / sizeof *odd_words; i++) {
            fdt32_st(blob.bytes + at, odd_words[i]);
            decode_copy(blob.bytes, sound_size);
        }
        memcpy(blob.bytes + at, sound.bytes + at, 4);
    }
}

static void shuffled_blobs_are_survived(void **state)
{
    struct sample_blob blob;
    (void)state;
    random_state = 0x42756c6b68656164;
    for (unsigned round = 0; round < ROUNDS; round++) {
        memcpy(blob.bytes, sound.bytes, sound_size);
        for (uint32_t edits = 1 + random_below(6); edits > 0; edits--) {
            uint32_t length = 4 * (1 + random_below(8));
            uint32_t from = 4 * random_below((sound_size - length) / 4),
                     to = 4 * random_below((sound_size - length) / 4);
            memmove(blob.bytes + to, blob.bytes + from, length);
        }
        decode_copy(blob.bytes, sound_size);
    }
}

/* The sound blob's header, but for the size. */
static void put_header(struct sample_blob *blob, uint32_t size)
{
    memcpy(blob->bytes, sound.bytes, 40);
    fdt32_st(blob->bytes + 4, size);
}

static void random_bytes_are_refused(void **state)
{
    struct sample_blob blob;
    (void)state;
    random_state = 0x1234567;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint32_t size = random_below(512);
        for (uint32_t i = 0; i < size; i++)
            blob.bytes[i] = (uint8_t)random_below(256);
        if (round % 2 == 0 && size >= 40)
            put_header(&blob, size);
        assert_false(decode_copy(blob.bytes, size));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sound_blob_is_accepted),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_bit_flip_is_survived),
        cmocka_unit_test(odd_words_everywhere_are_survived),
        cmocka_unit_test(shuffled_blobs_are_survived),
        cmocka_unit_test(random_bytes_are_refused),
    };
    return cmocka_run_group_tests_name("decode hostile", tests, make_sound, NULL);
}
