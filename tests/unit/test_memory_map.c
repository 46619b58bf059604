/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's memory map → free RAM. */
#include "core/boot/memory_map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MIB(n) ((uint64_t)(n) << 20)
#define USABLE BOOT_MEMORY_USABLE
#define KEPT BOOT_MEMORY_FIRMWARE

static struct machine machine;

static void read_map(const struct boot_memory *memory, uint32_t count)
{
    memset(&machine, 0xa5, sizeof machine);
    assert_true(memory_map_read(memory, count, &machine));
}

static void assert_range(uint32_t index, uint64_t base, uint64_t end)
{
    assert_true(index < machine.ram_count);
    assert_int_equal(machine.ram[index].base.v, base);
    assert_int_equal(machine.ram[index].base.v + machine.ram[index].size, end);
}

static void unsorted_neighbours_become_one_range(void **state)
{
    (void)state;
    const struct boot_memory map[] = {{{{MIB(8)}, MIB(8)}, USABLE}, {{{MIB(2)}, MIB(6)}, USABLE}, {{{0}, 0xa0000}, USABLE}};
    read_map(map, 3);
    assert_int_equal(machine.ram_count, 1);
    assert_range(0, MIB(2), MIB(16));
}

static void the_first_mebibyte_is_not_free(void **state)
{
    (void)state;
    const struct boot_memory map[] = {{{{0}, MIB(4)}, USABLE}};
    read_map(map, 1);
    assert_range(0, MIB(1), MIB(4));
}

static void memory_that_is_usable_and_kept_is_kept(void **state)
{
    (void)state;
    const struct boot_memory map[] = {
        {{{MIB(5)}, 1}, KEPT}, {{{MIB(2)}, MIB(14)}, USABLE}, {{{MIB(8) + 5}, 10}, BOOT_MEMORY_DEVICE}};
    read_map(map, 3);
    assert_int_equal(machine.ram_count, 3);
    assert_range(0, MIB(2), MIB(5));
    assert_range(1, MIB(5) + PAGE_SIZE, MIB(8));
    assert_range(2, MIB(8) + PAGE_SIZE, MIB(16));
}

static void a_range_that_wraps_ends_with_the_address_space(void **state)
{
    (void)state;
    const struct boot_memory map[] = {{{{UINT64_MAX - 0x7ff}, MIB(64)}, USABLE}, {{{MIB(4)}, UINT64_MAX}, KEPT},
                                      {{{MIB(1)}, MIB(100)}, USABLE}};
    read_map(map, 3);
    assert_int_equal(machine.ram_count, 1);
    assert_range(0, MIB(1), MIB(4));
}

static void parts_of_pages_are_not_free(void **state)
{
    (void)state;
    const struct boot_memory map[] = {{{{MIB(2) + 1}, 3 * PAGE_SIZE}, USABLE}, {{{MIB(3) + 1}, PAGE_SIZE}, USABLE}};
    read_map(map, 2);
    assert_int_equal(machine.ram_count, 1);
    assert_range(0, MIB(2) + PAGE_SIZE, MIB(2) + 3 * PAGE_SIZE);
}

static void too_many_pieces_are_refused(void **state)
{
    (void)state;
    struct boot_memory holes[1 + MACHINE_MAX_RANGES] = {{{{MIB(1)}, MIB(1000)}, USABLE}};
    for (uint32_t i = 1; i <= MACHINE_MAX_RANGES; i++)
        holes[i] = (struct boot_memory){{{MIB(2 * i)}, PAGE_SIZE}, KEPT};
    assert_true(memory_map_read(holes, MACHINE_MAX_RANGES, &machine));
    assert_int_equal(machine.ram_count, MACHINE_MAX_RANGES);
    assert_false(memory_map_read(holes, MACHINE_MAX_RANGES + 1, &machine));
    struct boot_memory pieces[MACHINE_MAX_RANGES + 1];
    for (uint32_t i = 0; i <= MACHINE_MAX_RANGES; i++)
        pieces[i] = (struct boot_memory){{{MIB(2 * i + 2)}, PAGE_SIZE}, USABLE};
    assert_false(memory_map_read(pieces, MACHINE_MAX_RANGES + 1, &machine));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsorted_neighbours_become_one_range),
        cmocka_unit_test(the_first_mebibyte_is_not_free),
        cmocka_unit_test(memory_that_is_usable_and_kept_is_kept),
        cmocka_unit_test(a_range_that_wraps_ends_with_the_address_space),
        cmocka_unit_test(parts_of_pages_are_not_free),
        cmocka_unit_test(too_many_pieces_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
