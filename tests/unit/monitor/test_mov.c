/* SPDX-License-Identifier: Apache-2.0 */
/* The MOV decoder: every form that drivers use, and nothing else. */
#include "core/monitor/mov.h"
#include "tests/unit/monitor/machine.h"

#define MODRM(mod, reg, rm) ((uint8_t)((mod) << 6 | (reg) << 3 | (rm)))

/* Decodes from memory that ends right behind the bytes, so that the sanitizer sees a read too far. */
static bool decode(const uint8_t *bytes, unsigned size, struct mov *mov)
{
    uint8_t *exact = malloc(size + 1);
    assert_non_null(exact);
    memcpy(exact + 1, bytes, size);
    bool known = mov_decode(exact + 1, size, mov);
    free(exact);
    return known;
}

static void accepts(const uint8_t *bytes, unsigned size, bool store, uint8_t reg)
{
    struct mov mov;
    assert_true(decode(bytes, size, &mov));
    assert_int_equal(mov.store, store);
    assert_int_equal(mov.length, size);
    if (!mov.has_immediate)
        assert_int_equal(mov.reg, reg);
    for (unsigned shorter = 0; shorter < size; shorter++)
        assert_false(decode(bytes, shorter, &mov));
}

#define ACCEPTS(store, reg, ...) \
    accepts((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), store, reg)

static void refuses(const uint8_t *bytes, unsigned size)
{
    struct mov mov;
    assert_false(decode(bytes, size, &mov));
}

#define REFUSES(...) refuses((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void plain_loads_and_stores_name_their_register(void **state)
{
    (void)state;
    for (uint8_t reg = 0; reg < 8; reg++) {
        ACCEPTS(false, reg, 0x8b, MODRM(0, reg, 3));
        ACCEPTS(true, reg, 0x89, MODRM(0, reg, 3));
    }
}

static void rex_r_names_the_upper_eight_registers_and_other_rex_bits_do_not_matter(void **state)
{
    (void)state;
    for (uint8_t rex = 0x40; rex < 0x48; rex++)
        for (uint8_t reg = 0; reg < 8; reg++)
            ACCEPTS(true, (uint8_t)(rex & 4 ? reg + 8 : reg), rex, 0x89, MODRM(0, reg, 7));
}

static void displacements_and_sib_bytes_count_towards_the_length(void **state)
{
    (void)state;
    ACCEPTS(true, 1, 0x89, MODRM(1, 1, 3), 0x10);                               /* [rbx+8] */
    ACCEPTS(true, 1, 0x89, MODRM(2, 1, 3), 1, 2, 3, 4);                         /* [rbx+32] */
    ACCEPTS(true, 1, 0x89, MODRM(0, 1, 5), 1, 2, 3, 4);                         /* [rip+32] */
    ACCEPTS(true, 1, 0x89, MODRM(0, 1, 4), 0x24);                               /* [rsp] */
    ACCEPTS(true, 1, 0x89, MODRM(0, 1, 4), 0x25, 1, 2, 3, 4);                   /* [32], SIB without a base */
    ACCEPTS(true, 1, 0x89, MODRM(1, 1, 4), 0x25, 1);                            /* [rbp+8], SIB */
    ACCEPTS(true, 1, 0x89, MODRM(2, 1, 4), 0x25, 1, 2, 3, 4);                   /* [rbp+32], SIB */
    ACCEPTS(false, 15, 0x44, 0x8b, MODRM(2, 7, 4), 0x24, 1, 2, 3, 4);           /* r15 */
}

static void immediates_are_taken_from_behind_the_operand(void **state)
{
    static const uint8_t with_sib[] = {0xc7, MODRM(2, 0, 4), 0x25, 1, 2, 3, 4, 0x78, 0x56, 0x34, 0x12};
    static const uint8_t longest[] = {0x41, 0xc7, MODRM(2, 0, 4), 0x24, 1, 2, 3, 4, 0x78, 0x56, 0x34, 0x12};
    static const uint8_t plain[] = {0x41, 0xc7, MODRM(0, 0, 3), 0xef, 0xbe, 0xad, 0xde};
    struct mov mov;
    (void)state;
    accepts(with_sib, sizeof with_sib, true, 0);
    assert_true(decode(with_sib, sizeof with_sib, &mov));
    assert_true(mov.has_immediate);
    assert_int_equal(mov.immediate, 0x12345678);
    accepts(longest, sizeof longest, true, 0);
    assert_true(decode(longest, sizeof longest, &mov));
    assert_int_equal(mov.immediate, 0x12345678);
    accepts(plain, sizeof plain, true, 0);
    assert_true(decode(plain, sizeof plain, &mov));
    assert_int_equal(mov.immediate, 0xdeadbeef);
}

static void bytes_behind_the_instruction_change_nothing(void **state)
{
    static const uint8_t bytes[15] = {0x89, MODRM(0, 2, 7), 0xc7, 0x8b, 0xff};
    struct mov mov;
    (void)state;
    assert_true(decode(bytes, sizeof bytes, &mov));
    assert_int_equal(mov.length, 2);
    assert_int_equal(mov.reg, REG_RDX);
    assert_false(mov.has_immediate);
    assert_int_equal(mov.immediate, 0);
}

static void other_widths_operands_and_prefixes_are_refused(void **state)
{
    (void)state;
    REFUSES(0x48, 0x89, MODRM(0, 1, 3));             /* 64 bits */
    REFUSES(0x66, 0x89, MODRM(0, 1, 3));             /* 16 bits */
    REFUSES(0x88, MODRM(0, 1, 3));                   /* 8 bits */
    REFUSES(0x67, 0x89, MODRM(0, 1, 3));             /* 32-bit address */
    REFUSES(0x65, 0x89, MODRM(0, 1, 3));             /* GS: */
    REFUSES(0x40, 0x41, 0x89, MODRM(0, 1, 3));       /* REX twice */
    REFUSES(0xc7, MODRM(0, 1, 3), 1, 2, 3, 4);       /* C7 /1 */
    REFUSES(0xc7, 0xf8, 1, 2, 3, 4);                 /* XBEGIN */
    REFUSES(0xa3, 1, 2, 3, 4, 5, 6, 7, 8);           /* moffs */
}

static void register_operands_are_refused(void **state)
{
    (void)state;
    for (unsigned modrm = MODRM(3, 0, 0); modrm <= 0xff; modrm++) {
        REFUSES(0x89, (uint8_t)modrm, 0, 0, 0, 0, 0);
        REFUSES(0x8b, (uint8_t)modrm, 0, 0, 0, 0, 0);
        REFUSES(0xc7, (uint8_t)modrm, 0, 0, 0, 0, 0);
    }
}

/* By the manual's own table: only these first bytes, after one REX at most, start a plain 32-bit MOV. */
static bool starts_a_plain_mov(uint8_t first, uint8_t second)
{
    bool rex = first >= 0x40 && first <= 0x47;
    uint8_t opcode = rex ? second : first;
    return opcode == 0x89 || opcode == 0x8b || opcode == 0xc7;
}

static void of_all_first_two_bytes_only_movs_are_accepted(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            uint8_t bytes[15] = {(uint8_t)first, (uint8_t)second};
            struct mov mov;
            if (mov_decode(bytes, sizeof bytes, &mov))
                assert_true(starts_a_plain_mov((uint8_t)first, (uint8_t)second));
        }
    }
}

static void random_bytes_are_never_read_past_their_end_nor_given_a_longer_length(void **state)
{
    static const uint8_t starts[] = {0x89, 0x8b, 0xc7, 0x40, 0x44, 0x41};
    uint32_t seed = 1;
    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        uint8_t bytes[15];
        for (unsigned i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (uint8_t)(seed >> 24);
        }
        bytes[0] = starts[round % sizeof starts];
        unsigned size = seed % (sizeof bytes + 1);
        struct mov mov;
        if (!decode(bytes, size, &mov))
            continue;
        assert_in_range(mov.length, 2, size);
        assert_in_range(mov.reg, 0, REG_COUNT - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_loads_and_stores_name_their_register),
        cmocka_unit_test(rex_r_names_the_upper_eight_registers_and_other_rex_bits_do_not_matter),
        cmocka_unit_test(displacements_and_sib_bytes_count_towards_the_length),
        cmocka_unit_test(immediates_are_taken_from_behind_the_operand),
        cmocka_unit_test(bytes_behind_the_instruction_change_nothing),
        cmocka_unit_test(other_widths_operands_and_prefixes_are_refused),
        cmocka_unit_test(register_operands_are_refused),
        cmocka_unit_test(of_all_first_two_bytes_only_movs_are_accepted),
        cmocka_unit_test(random_bytes_are_never_read_past_their_end_nor_given_a_longer_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
