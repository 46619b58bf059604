/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 faults: the wall, or an MSI-X table that is carried out for the guest; and reading the faulting instruction through
 * the guest's own page tables, which may say anything. */
#include "core/lib/pci_regs.h"
#include "core/monitor/guest_code.h"
#include "core/tables/irte.h"
#include "core/x86/registers.h"
#include "tests/unit/monitor/guest.h"

#define TABLES 0x10000ull /* guest-physical: level 4, then 3, 2, 1, a page each */
#define CODE 0x20000ull   /* guest-physical */
#define VIRTUAL 0xffff888012345678ull
#define PRESENT (PTE_PRESENT | PTE_WRITE)
#define STORE_EAX 0x89, 0x07 /* mov %eax, (%rdi) */
#define LOAD_EDX 0x8b, 0x17  /* mov (%rdi), %edx */

static struct vcpu *vcpu(void)
{
    return &this_core()->vcpu;
}

static uint64_t ram(uint64_t gpa)
{
    return gpa < PLAN_HIGH_BASE ? WEB_RAM + gpa : WEB_RAM_HIGH + gpa - PLAN_HIGH_BASE;
}

static void set_entry(unsigned level, uint64_t virtual, uint64_t value)
{
    uint64_t table = TABLES + (4 - level) * PAGE_SIZE;
    machine_store64(ram(table + (virtual >> (12 + 9 * (level - 1)) & 511) * 8), value);
}

/* Maps the page around `virtual` to `gpa` by an entry of this level. */
static void map(uint64_t virtual, uint64_t gpa, unsigned level)
{
    for (unsigned upper = 4; upper > level; upper--)
        set_entry(upper, virtual, (TABLES + (5 - upper) * PAGE_SIZE) | PRESENT);
    set_entry(level, virtual, gpa | PRESENT | (level > 1 ? PTE_LARGE : 0));
    vcpu()->guest.cr3 = TABLES;
    vcpu()->guest.cr4 = CR4_PAE;
    vcpu()->guest.efer = EFER_LME | EFER_LMA;
}

static void put_code(uint64_t gpa, const char *bytes, size_t size)
{
    memcpy(machine_memory(ram(gpa)), bytes, size);
}

static unsigned length_read_at(uint64_t rip)
{
    vcpu()->guest.rip = rip;
    vcpu()->exit.instruction_length = 0;
    memset(vcpu()->exit.instruction, 0, sizeof vcpu()->exit.instruction);
    guest_code_read(vcpu());
    return vcpu()->exit.instruction_length;
}

static void code_is_read_through_pages_of_every_size(void **state)
{
    (void)state;
    for (unsigned level = 1; level <= 3; level++) {
        uint64_t page = 1ull << (12 + 9 * (level - 1));
        uint64_t gpa = level == 1 ? CODE : 0; /* large pages at guest-physical 0 */
        uint64_t rip = (VIRTUAL & ~(page - 1)) + (level == 1 ? 0x678 : CODE + 0x678);
        map(rip, gpa, level);
        put_code(CODE + 0x678, "0123456789abcdef", 16);
        assert_int_equal(length_read_at(rip), 15);
        assert_memory_equal(vcpu()->exit.instruction, "0123456789abcde", 15);
    }
}

static void code_in_the_second_region_of_memory_is_found(void **state)
{
    (void)state;
    map(VIRTUAL, PLAN_HIGH_BASE + 0x3000, 1);
    put_code(PLAN_HIGH_BASE + 0x3678, "0123456789abcdef", 16);
    assert_int_equal(length_read_at(VIRTUAL), 15);
    assert_memory_equal(vcpu()->exit.instruction, "0123456789abcde", 15);
}

static void an_instruction_that_crosses_a_page_is_put_together(void **state)
{
    uint64_t rip = (VIRTUAL & ~0xfffull) + 0xffa;
    (void)state;
    map(rip, CODE, 1);
    set_entry(1, rip + 6, (CODE + 0x5000) | PRESENT); /* not the next physical page */
    put_code(CODE + 0xffa, "012345", 6);
    put_code(CODE + 0x5000, "6789abcdef", 10);
    assert_int_equal(length_read_at(rip), 15);
    assert_memory_equal(vcpu()->exit.instruction, "0123456789abcde", 15);
}

static void a_second_page_that_is_not_there_leaves_the_first_part(void **state)
{
    uint64_t rip = (VIRTUAL & ~0xfffull) + 0xffa;
    (void)state;
    map(rip, CODE, 1);
    set_entry(1, rip + 6, 0);
    assert_int_equal(length_read_at(rip), 6);
}

static void the_processors_own_bytes_are_not_read_again(void **state)
{
    (void)state;
    map(VIRTUAL, CODE, 1);
    vcpu()->guest.rip = VIRTUAL;
    vcpu()->exit.instruction_length = 2;
    guest_code_read(vcpu());
    assert_int_equal(vcpu()->exit.instruction_length, 2);
    assert_int_equal(machine.event_count, 0);
}

static void nothing_is_read_outside_64_bit_mode_or_with_five_levels(void **state)
{
    (void)state;
    map(VIRTUAL, CODE, 1);
    vcpu()->guest.efer = EFER_LME;
    assert_int_equal(length_read_at(VIRTUAL), 0);
    map(VIRTUAL, CODE, 1);
    vcpu()->guest.cr4 |= CR4_LA57;
    assert_int_equal(length_read_at(VIRTUAL), 0);
    assert_int_equal(machine.event_count, 0);
}

/* Each table in turn outside the partition: just behind its memory, in a hole, in another partition's, at the top of it all. */
static void tables_outside_the_partition_are_not_followed(void **state)
{
    static const uint64_t outside[] = {2 * PAGE_2M, 0x80000000, PLAN_HIGH_BASE - PAGE_SIZE, PLAN_HIGH_BASE + PAGE_2M,
                                       WEB_RAM, MAIL_RAM, NIC_CONFIG, PTE_ADDRESS};
    (void)state;
    for (unsigned i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        for (unsigned level = 1; level <= 4; level++) {
            map(VIRTUAL, CODE, 1);
            set_entry(level, VIRTUAL, outside[i] | PRESENT);
            assert_int_equal(length_read_at(VIRTUAL), 0);
        }
        map(VIRTUAL, CODE, 1);
        vcpu()->guest.cr3 = outside[i];
        assert_int_equal(length_read_at(VIRTUAL), 0);
    }
    for (uint32_t i = 0; i < machine.event_count; i++) {
        assert_int_equal(machine.events[i].kind, EVENT_READ);
        assert_true(machine.events[i].where - WEB_RAM < 2 * PAGE_2M);
        assert_false(machine.events[i].device);
    }
}

static void entries_that_are_not_present_end_the_walk(void **state)
{
    (void)state;
    for (unsigned level = 1; level <= 4; level++) {
        map(VIRTUAL, CODE, 1);
        set_entry(level, VIRTUAL, CODE);
        assert_int_equal(length_read_at(VIRTUAL), 0);
    }
}

static void random_tables_never_lead_out_of_the_partition(void **state)
{
    uint64_t seed = 3;
    (void)state;
    map(VIRTUAL, CODE, 1);
    for (unsigned round = 0; round < 300; round++) {
        for (unsigned level = 1; level <= 4; level++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            set_entry(level, VIRTUAL, (seed >> 8 & (seed & 1 ? 0x3fffff : ~0ull)) | PTE_PRESENT);
        }
        length_read_at(VIRTUAL | seed >> 52);
    }
    for (uint32_t i = 0; i < machine.event_count; i++) {
        uint64_t at = machine.events[i].where;
        assert_int_equal(machine.events[i].kind, EVENT_READ);
        assert_true(at - WEB_RAM < 2 * PAGE_2M || at - WEB_RAM_HIGH < PAGE_2M);
    }
}

static struct guest_exit *guest_faults_at(uint64_t address, bool write)
{
    struct guest_exit *exit = guest_exits(EXIT_STAGE2_FAULT);
    exit->address.v = address;
    exit->write = write;
    return exit;
}

static void code(struct guest_exit *exit, const uint8_t *bytes, uint8_t size)
{
    memcpy(exit->instruction, bytes, size);
    exit->instruction_length = size;
}

#define CODE_IS(exit, ...) code(exit, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void assert_stopped(enum stop_reason reason, const char *text)
{
    assert_int_equal(this_partition_shared()->state, PARTITION_STOPPING);
    assert_int_equal(this_partition_shared()->reason, reason);
    assert_int_equal(this_core()->mode, CORE_PARKED);
    machine_assert_serial_has(text);
}

static void an_access_outside_memory_stops_the_partition_at_its_wall(void **state)
{
    (void)state;
    guest_faults_at(MAIL_RAM, true);
    exit_handle(this_core());
    assert_stopped(STOP_MEMORY,
                   "STOP-603 web stopped: broke its memory wall (write to 0x60000000, which is outside its memory; "
                                "rip 0x1000)\r\n");
}

static void reads_and_fetches_are_called_by_their_names(void **state)
{
    (void)state;
    guest_faults_at(0x1234567000, false);
    exit_handle(this_core());
    assert_stopped(STOP_MEMORY, "read of 0x1234567000");
    monitor_shared()->partitions[0].state = PARTITION_RUNNING;
    guest_faults_at(0x1234567000, false)->fetch = true;
    exit_handle(this_core());
    assert_stopped(STOP_MEMORY, "execution at 0x1234567000");
}

static void another_partitions_msix_table_is_outside(void **state)
{
    (void)state;
    machine_become(2);
    CODE_IS(guest_faults_at(NIC_MSIX, true), STORE_EAX);
    exit_handle(this_core());
    assert_stopped(STOP_MEMORY, "STOP-603 mail stopped");
}

static void a_store_to_the_msix_table_is_carried_out(void **state)
{
    (void)state;
    CODE_IS(guest_faults_at(NIC_MSIX, true), STORE_EAX);
    *guest_register(REG_RAX) = 0xffffffff00000000 | 0xfee01000;
    exit_handle(this_core());
    assert_int_equal(this_core()->vcpu.guest.rip, GUEST_RIP + 2);
    CODE_IS(guest_faults_at(NIC_MSIX + 8, true), 0xc7, 0x47, 0x08, 0x41, 0, 0, 0);
    exit_handle(this_core());
    assert_int_equal(this_core()->vcpu.guest.rip, GUEST_RIP + 7);
    assert_int_equal(machine_load64(NIC_IRT) & IRTE_REMAP_EN, IRTE_REMAP_EN);
    assert_int_equal(machine_load64(NIC_IRT + 8), 0x41);
    assert_int_equal(this_partition_shared()->state, PARTITION_RUNNING);
}

static void a_load_from_the_msix_table_clears_the_registers_upper_half(void **state)
{
    (void)state;
    machine_store32(NIC_MSIX + 12, 1);
    *guest_register(REG_RDX) = ~0ull;
    CODE_IS(guest_faults_at(NIC_MSIX + 12, false), LOAD_EDX);
    exit_handle(this_core());
    assert_int_equal(*guest_register(REG_RDX), 1);
    assert_int_equal(this_core()->vcpu.guest.rip, GUEST_RIP + 2);
}

static void an_instruction_that_the_processor_did_not_supply_is_fetched(void **state)
{
    (void)state;
    map(GUEST_RIP, CODE, 1);
    put_code(CODE, "\x8b\x17", 2);
    machine_store32(NIC_MSIX + 12, 1);
    guest_faults_at(NIC_MSIX + 12, false);
    exit_handle(this_core());
    assert_int_equal(*guest_register(REG_RDX), 1);
}

static void stops_for_its_instruction(struct guest_exit *exit)
{
    (void)exit;
    exit_handle(this_core());
    assert_stopped(STOP_MSIX_ACCESS, "STOP-605 web stopped: ");
    assert_int_equal(machine_count(EVENT_WRITE), 0);
    monitor_shared()->partitions[0].state = PARTITION_RUNNING;
}

static void other_instructions_on_the_msix_table_stop_the_partition(void **state)
{
    struct guest_exit *exit = guest_faults_at(NIC_MSIX, true);
    (void)state;
    CODE_IS(exit, 0x48, 0x89, 0x07); /* 64 bits */
    stops_for_its_instruction(exit);
    exit = guest_faults_at(NIC_MSIX, true);
    CODE_IS(exit, 0x87, 0x07); /* XCHG */
    stops_for_its_instruction(exit);
    exit = guest_faults_at(NIC_MSIX + 2, true);
    CODE_IS(exit, STORE_EAX); /* crosses registers */
    stops_for_its_instruction(exit);
    exit = guest_faults_at(NIC_MSIX, true);
    CODE_IS(exit, LOAD_EDX); /* a load does not write: another core changed the code */
    stops_for_its_instruction(exit);
    exit = guest_faults_at(NIC_MSIX, true); /* no code at all */
    stops_for_its_instruction(exit);
}

static void page_tables_stacks_and_code_in_the_msix_table_stop_the_partition_at_its_wall(void **state)
{
    (void)state;
    struct guest_exit *exit = guest_faults_at(NIC_MSIX, true);
    CODE_IS(exit, STORE_EAX);
    exit->implicit = true;
    exit_handle(this_core());
    assert_stopped(STOP_MEMORY, "STOP-603");
    monitor_shared()->partitions[0].state = PARTITION_RUNNING;
    guest_faults_at(NIC_MSIX, false)->fetch = true;
    exit_handle(this_core());
    assert_stopped(STOP_MEMORY, "STOP-603");
    assert_int_equal(machine_count(EVENT_WRITE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(code_is_read_through_pages_of_every_size),
        machine_test(code_in_the_second_region_of_memory_is_found),
        machine_test(an_instruction_that_crosses_a_page_is_put_together),
        machine_test(a_second_page_that_is_not_there_leaves_the_first_part),
        machine_test(the_processors_own_bytes_are_not_read_again),
        machine_test(nothing_is_read_outside_64_bit_mode_or_with_five_levels),
        machine_test(tables_outside_the_partition_are_not_followed),
        machine_test(entries_that_are_not_present_end_the_walk),
        machine_test(random_tables_never_lead_out_of_the_partition),
        machine_test(an_access_outside_memory_stops_the_partition_at_its_wall),
        machine_test(reads_and_fetches_are_called_by_their_names),
        machine_test(another_partitions_msix_table_is_outside),
        machine_test(a_store_to_the_msix_table_is_carried_out),
        machine_test(a_load_from_the_msix_table_clears_the_registers_upper_half),
        machine_test(an_instruction_that_the_processor_did_not_supply_is_fetched),
        machine_test(other_instructions_on_the_msix_table_stop_the_partition),
        machine_test(page_tables_stacks_and_code_in_the_msix_table_stop_the_partition_at_its_wall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
