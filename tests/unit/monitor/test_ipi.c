/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt command register: a partition reaches its own cores and no other. The tests stand on core 0 (x2APIC id 0) of a
 * partition with three cores, ids 0, 1 and 0x12; mail has id 5, id 6 is parked. */
#include "core/x86/apic.h"
#include "core/x86/registers.h"
#include "tests/unit/monitor/guest.h"

#define TO(apic_id) ((uint64_t)(apic_id) << 32)
#define MODE(mode) ((uint64_t)(mode) << 8)
#define SHORTHAND(n) ((uint64_t)(n) << 18)
#define THIRD_CORE 3u
#define THIRD_ID 0x12u

static void guest_sends(uint64_t icr)
{
    machine_web()->core_count = 3;
    machine_web()->apic_ids[2] = THIRD_ID;
    machine_web()->core_index[2] = THIRD_CORE;
    machine_handoff()->cores[THIRD_CORE] = (struct handoff_core){THIRD_ID, 0};
    machine_forget();
    guest_exits(EXIT_MSR_WRITE);
    *guest_register(REG_RCX) = MSR_X2APIC_ICR;
    *guest_register(REG_RAX) = (uint32_t)icr;
    *guest_register(REG_RDX) = icr >> 32;
    exit_handle(this_core());
    assert_skipped();
}

static uint32_t requests_of(uint32_t core)
{
    return monitor_shared()->mailboxes[core].requests;
}

/* Fixed interrupts with vector 0x41 went to these ids, in this order, and to nobody else. */
static void assert_sent(uint32_t count, const uint32_t *apic_ids)
{
    assert_int_equal(machine_count_ipis(), count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(machine_ipi(i), TO(apic_ids[i]) | ICR_ASSERT | 0x41);
}

#define ASSERT_SENT(...) assert_sent(sizeof((uint32_t[]){__VA_ARGS__}) / 4, (uint32_t[]){__VA_ARGS__})

static void a_physical_destination_is_one_own_core(void **state)
{
    (void)state;
    guest_sends(TO(1) | 0x41);
    ASSERT_SENT(1);
    guest_sends(TO(0) | 0x41);
    ASSERT_SENT(0);
    guest_sends(TO(THIRD_ID) | 0x41);
    ASSERT_SENT(THIRD_ID);
    assert_int_equal(refused_so_far(), 0);
}

static void foreign_and_absent_destinations_get_nothing(void **state)
{
    static const uint32_t foreign[] = {5, 6, 2, 0xff, 0x10000, 0xfffffffe};
    (void)state;
    for (unsigned i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        for (uint64_t mode = 0; mode < 8; mode++) {
            uint64_t before = refused_so_far();
            guest_sends(TO(foreign[i]) | MODE(mode) | 0x41);
            assert_int_equal(machine_count_ipis(), 0);
            assert_int_equal(refused_so_far(), before + 1);
        }
    for (uint32_t core = 0; core < MACHINE_MAX_CORES; core++)
        assert_int_equal(requests_of(core), 0);
}

static void shorthands_stay_inside_the_partition(void **state)
{
    (void)state;
    guest_sends(SHORTHAND(ICR_SHORTHAND_SELF) | TO(5) | 0x41);
    ASSERT_SENT(0);
    guest_sends(SHORTHAND(ICR_SHORTHAND_ALL) | TO(5) | 0x41);
    ASSERT_SENT(0, 1, THIRD_ID);
    guest_sends(SHORTHAND(ICR_SHORTHAND_OTHERS) | TO(5) | 0x41);
    ASSERT_SENT(1, THIRD_ID);
}

static void broadcasts_stay_inside_the_partition(void **state)
{
    (void)state;
    guest_sends(TO(ICR_BROADCAST) | 0x41);
    ASSERT_SENT(0, 1, THIRD_ID);
    guest_sends(TO(ICR_BROADCAST) | ICR_LOGICAL | 0x41);
    ASSERT_SENT(0, 1, THIRD_ID);
}

/* Logical x2APIC ids: cluster in the upper half, one bit for each of 16 cores in the lower. */
static void logical_destinations_name_clusters_and_bits(void **state)
{
    (void)state;
    guest_sends(TO(0x00000003) | ICR_LOGICAL | 0x41);
    ASSERT_SENT(0, 1);
    guest_sends(TO(0x00010004) | ICR_LOGICAL | 0x41);
    ASSERT_SENT(THIRD_ID);
    guest_sends(TO(0x0000ffff) | ICR_LOGICAL | 0x41); /* with mail's and the parked core's bits */
    ASSERT_SENT(0, 1);
    guest_sends(TO(0x00000060) | ICR_LOGICAL | 0x41);
    assert_int_equal(machine_count_ipis(), 0);
    assert_int_equal(refused_so_far(), 1);
}

static void the_cores_behind_a_partitions_last_one_get_nothing(void **state)
{
    (void)state;
    machine_become(2); /* mail: one core, id 5; the table goes on with zeros */
    guest_sends(TO(0) | 0x41);
    assert_int_equal(machine_count_ipis(), 0);
    guest_sends(SHORTHAND(ICR_SHORTHAND_ALL) | 0x41);
    ASSERT_SENT(5);
}

static void lowest_priority_reaches_one_of_those_named(void **state)
{
    (void)state;
    guest_sends(SHORTHAND(ICR_SHORTHAND_OTHERS) | MODE(ICR_MODE_LOWEST) | 0x41);
    ASSERT_SENT(1);
    guest_sends(TO(0x00000002) | ICR_LOGICAL | MODE(ICR_MODE_LOWEST) | 0x41);
    ASSERT_SENT(1);
    assert_int_equal(refused_so_far(), 0);
}

static void smi_and_reserved_delivery_modes_are_refused(void **state)
{
    static const uint64_t modes[] = {ICR_MODE_SMI, 3, 7};
    (void)state;
    for (unsigned i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        guest_sends(TO(1) | MODE(modes[i]) | 0x41);
        guest_sends(SHORTHAND(ICR_SHORTHAND_ALL) | MODE(modes[i]) | 0x41);
        assert_int_equal(machine_count_ipis(), 0);
    }
    assert_int_equal(refused_so_far(), 6);
    assert_int_equal(requests_of(0) | requests_of(1), 0);
}

/* The doorbell is an NMI of the monitor's; the guest's own INIT never reaches the hardware. */
static void init_startup_and_nmi_become_requests(void **state)
{
    (void)state;
    guest_sends(TO(1) | MODE(ICR_MODE_INIT) | ICR_ASSERT);
    assert_int_equal(requests_of(1), REQUEST_INIT);
    assert_int_equal(machine_count_ipis(), 1);
    assert_int_equal(machine_ipi(0), TO(1) | ICR_ASSERT | MODE(ICR_MODE_NMI));
    guest_sends(TO(1) | MODE(ICR_MODE_STARTUP) | 0x9a);
    assert_int_equal(requests_of(1), REQUEST_INIT | REQUEST_STARTUP);
    assert_int_equal(monitor_shared()->mailboxes[1].startup_vector, 0x9a);
    assert_int_equal(ICR_MODE(machine_ipi(0)), ICR_MODE_NMI);
    guest_sends(TO(1) | MODE(ICR_MODE_NMI));
    assert_int_equal(requests_of(1), REQUEST_INIT | REQUEST_STARTUP | REQUEST_NMI);
    assert_int_equal(requests_of(THIRD_CORE) | requests_of(2), 0);
}

static void the_level_deassert_of_old_is_no_init(void **state)
{
    (void)state;
    guest_sends(TO(1) | MODE(ICR_MODE_INIT) | ICR_LEVEL);
    assert_int_equal(requests_of(1), 0);
    guest_sends(TO(1) | MODE(ICR_MODE_INIT) | ICR_LEVEL | ICR_ASSERT);
    assert_int_equal(requests_of(1), REQUEST_INIT);
}

static void requests_to_oneself_are_posted_without_a_doorbell(void **state)
{
    (void)state;
    guest_sends(SHORTHAND(ICR_SHORTHAND_SELF) | MODE(ICR_MODE_NMI));
    assert_int_equal(requests_of(0), REQUEST_NMI);
    assert_int_equal(machine_count_ipis(), 0);
}

/* Over random commands: what the hardware is told names own cores only, and is a fixed interrupt or the monitor's NMI. */
static void no_command_leaves_the_partition(void **state)
{
    uint64_t seed = 1;
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        uint64_t icr = seed >> 8 & 0xffffff;
        guest_sends(icr | TO(seed >> 32 & (round & 1 ? 0xff : 0xffffffff)));
        for (uint32_t i = 0; i < machine.event_count; i++) {
            uint64_t sent = machine.events[i].value;
            assert_int_equal(machine.events[i].where, MSR_X2APIC_ICR);
            assert_true(ICR_DESTINATION(sent) == 0 || ICR_DESTINATION(sent) == 1 || ICR_DESTINATION(sent) == THIRD_ID);
            assert_int_equal(ICR_SHORTHAND(sent), ICR_SHORTHAND_NONE);
            assert_false(sent & ICR_LOGICAL);
            assert_true(ICR_MODE(sent) == ICR_MODE_FIXED || ICR_MODE(sent) == ICR_MODE_NMI);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_physical_destination_is_one_own_core),
        machine_test(foreign_and_absent_destinations_get_nothing),
        machine_test(shorthands_stay_inside_the_partition),
        machine_test(broadcasts_stay_inside_the_partition),
        machine_test(logical_destinations_name_clusters_and_bits),
        machine_test(the_cores_behind_a_partitions_last_one_get_nothing),
        machine_test(lowest_priority_reaches_one_of_those_named),
        machine_test(smi_and_reserved_delivery_modes_are_refused),
        machine_test(init_startup_and_nmi_become_requests),
        machine_test(the_level_deassert_of_old_is_no_init),
        machine_test(requests_to_oneself_are_posted_without_a_doorbell),
        machine_test(no_command_leaves_the_partition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
