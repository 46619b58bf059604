/* SPDX-License-Identifier: Apache-2.0 */
/* CPUID on a processor that has every feature there is, and hypercalls. */
#include "core/lib/guest_cpuid.h"
#include "core/x86/registers.h"
#include "tests/unit/monitor/guest.h"

static struct cpuid_result asked(uint32_t leaf, uint32_t subleaf)
{
    guest_exits(EXIT_CPUID);
    *guest_register(REG_RAX) = 0xdead00000000ull | leaf;
    *guest_register(REG_RCX) = 0xdead00000000ull | subleaf;
    *guest_register(REG_RBX) = *guest_register(REG_RDX) = ~0ull;
    exit_handle(this_core());
    assert_skipped();
    assert_int_equal((*guest_register(REG_RAX) | *guest_register(REG_RBX) | *guest_register(REG_RCX) |
                      *guest_register(REG_RDX)) >> 32, 0);
    return (struct cpuid_result){guest_get32(this_core(), REG_RAX), guest_get32(this_core(), REG_RBX),
                                 guest_get32(this_core(), REG_RCX), guest_get32(this_core(), REG_RDX)};
}

static void hides(uint32_t value, unsigned bit)
{
    if (value & 1u << bit)
        fail_msg("bit %u is shown", bit);
}

static void shows(uint32_t value, unsigned bit)
{
    if (!(value & 1u << bit))
        fail_msg("bit %u is hidden", bit);
}

static void assert_nothing(struct cpuid_result r)
{
    assert_int_equal(r.eax | r.ebx | r.ecx | r.edx, 0);
}

static void leaf_1_hides_what_a_partition_does_not_have(void **state)
{
    static const uint8_t ecx[] = {3 /* MONITOR */, 5 /* VMX */,   6 /* SMX */, 7, 8,
                                  15 /* PDCM */,   18 /* DCA */, 24 /* deadline */};
    static const uint8_t edx[] = {7 /* MCE */, 14 /* MCA */, 21 /* DS */, 22 /* ACPI */, 29 /* TM */, 31 /* PBE */};
    (void)state;
    for (unsigned i = 0; i < sizeof ecx; i++)
        hides(asked(1, 0).ecx, ecx[i]);
    for (unsigned i = 0; i < sizeof edx; i++)
        hides(asked(1, 0).edx, edx[i]);
    shows(asked(1, 0).ecx, 21); /* x2APIC */
    shows(asked(1, 0).ecx, 31); /* hypervisor present */
    shows(asked(1, 0).edx, 9);  /* APIC */
}

static void osxsave_and_ospke_mirror_the_guests_own_cr4(void **state)
{
    (void)state;
    this_core()->vcpu.guest.cr4 = 0;
    hides(asked(1, 0).ecx, 27);
    hides(asked(7, 0).ecx, 4);
    this_core()->vcpu.guest.cr4 = CR4_OSXSAVE | CR4_PKE;
    shows(asked(1, 0).ecx, 27);
    shows(asked(7, 0).ecx, 4);
}

static void leaf_7_hides_tracing_enclaves_and_cache_control(void **state)
{
    static const uint8_t ebx[] = {1 /* TSC_ADJUST */, 2 /* SGX */, 12 /* RDT-M */, 15 /* RDT-A */, 25 /* PT */};
    (void)state;
    for (unsigned i = 0; i < sizeof ebx; i++)
        hides(asked(7, 0).ebx, ebx[i]);
    hides(asked(7, 0).ecx, 5);  /* WAITPKG */
    hides(asked(7, 0).ecx, 7);  /* CET */
    hides(asked(7, 0).ecx, 16); /* LA57 */
    assert_int_equal(asked(7, 0).edx & ~(1u << 4), 0); /* no speculation control MSRs */
}

static void the_extended_leaf_hides_svm_and_performance_counters(void **state)
{
    static const uint8_t ecx[] = {2 /* SVM */, 10 /* IBS */, 12 /* SKINIT */, 13 /* WDT */, 15 /* LWP */, 23 /* PMU */,
                                  24 /* PMU, north bridge */, 27, 28 /* PMU, L3 */, 29 /* MONITORX */};
    (void)state;
    for (unsigned i = 0; i < sizeof ecx; i++)
        hides(asked(0x80000001, 0).ecx, ecx[i]);
    shows(asked(0x80000001, 0).edx, 29); /* long mode */
}

static void leaves_that_are_not_listed_read_zero(void **state)
{
    static const uint32_t leaves[] = {3, 5, 8, 9, 0xa /* PMU */, 0xc, 0xf, 0x10, 0x12, 0x14, 0x19, 0x20000000, 0x80000009,
                                      0x8000000a /* SVM */, 0x8000001b /* IBS */, 0x8000001c, 0x8000001f /* SEV */, 0x80000020,
                                      0x80000021, 0x80000022, 0xc0000000, 0xffffffff};
    (void)state;
    for (unsigned i = 0; i < sizeof leaves / sizeof leaves[0]; i++)
        assert_nothing(asked(leaves[i], 0));
}

static void the_highest_basic_leaf_is_the_highest_one_answered(void **state)
{
    (void)state;
    assert_int_equal(asked(0, 0).eax, 0xd);
}

static void the_time_stamp_counter_is_said_to_be_invariant(void **state)
{
    (void)state;
    assert_int_equal(asked(0x80000007, 0).edx, 1u << 8);
    assert_int_equal(asked(0x80000007, 0).eax | asked(0x80000007, 0).ebx | asked(0x80000007, 0).ecx, 0);
}

/* XSS (0xda0) is not passed through, so nothing may ask for it. */
static void supervisor_state_is_hidden_with_its_register(void **state)
{
    (void)state;
    hides(asked(0xd, 1).eax, 3); /* XSAVES */
    assert_int_equal(asked(0xd, 1).ecx | asked(0xd, 1).edx, 0);
    shows(asked(0xd, 1).eax, 1); /* XSAVEC */
    shows(asked(0xd, 0).eax, 2); /* AVX state */
}

static void everything_else_is_shown_as_it_is(void **state)
{
    (void)state;
    this_core()->vcpu.guest.cr4 = 0;
    assert_int_equal(asked(1, 0).ecx, 0xf6fa3217);
    assert_int_equal(asked(1, 0).edx, 0x1f9fbf7f);
    assert_int_equal(asked(7, 0).ebx, 0xfdff6ff9);
    assert_int_equal(asked(7, 0).ecx, 0x00405f0d);
    assert_int_equal(asked(0xd, 0).ecx, 0xffffffff);
    assert_int_equal(asked(0xd, 2).ecx, 0xffffffff);
    assert_int_equal(asked(4, 1).ecx, 0xffffffff);
}

static struct cpuid_result has_nothing(uint32_t leaf, uint32_t subleaf)
{
    (void)leaf;
    (void)subleaf;
    return (struct cpuid_result){0, 0, 0, 0};
}

static void features_that_the_processor_lacks_are_not_made_up(void **state)
{
    (void)state;
    machine.cpuid = has_nothing;
    this_core()->vcpu.guest.cr4 = 0;
    assert_int_equal(asked(1, 0).ecx, 1u << 31); /* hypervisor present */
    assert_nothing(asked(0, 0));
    assert_nothing(asked(7, 0));
    assert_nothing(asked(0xd, 0));
    assert_nothing(asked(0xd, 1));
    assert_nothing(asked(0x80000001, 0));
    assert_nothing(asked(0x80000008, 0));
}

static void hypervisor_leaves_give_clock_rates_and_our_name(void **state)
{
    (void)state;
    struct cpuid_result first = asked(GUEST_CPUID_SIGNATURE, 0);
    assert_int_equal(first.eax, GUEST_CPUID_TIMING);
    char name[13] = {0};
    memcpy(name, &first.ebx, 12);
    assert_string_equal(name, "VMwareVMware");
    struct cpuid_result timing = asked(GUEST_CPUID_TIMING, 0);
    assert_int_equal(timing.eax, 1000);
    assert_int_equal(timing.ebx, 250);
    struct cpuid_result ours = asked(GUEST_CPUID_BULKHEAD, 0);
    memset(name, 0, sizeof name);
    memcpy(name, &ours.ebx, 8);
    assert_string_equal(name, "Bulkhead");
    assert_int_equal(ours.eax, GUEST_CPUID_EXITS);
    assert_nothing(asked(0x40000001, 0));
    assert_nothing(asked(0x4fffffff, 0));
}

static void exits_are_summed_over_the_partitions_own_cores(void **state)
{
    struct shared *shared = monitor_shared();
    (void)state;
    shared->exits[0][EXIT_IO] = 0x100000005;
    shared->exits[1][EXIT_IO] = 2;
    shared->exits[2][EXIT_IO] = 1000; /* mail's */
    struct cpuid_result r = asked(GUEST_CPUID_EXITS, EXIT_IO);
    assert_int_equal(r.eax, 7);
    assert_int_equal(r.ebx, 1);
    assert_int_equal(r.ecx, EXIT_REASONS);
    r = asked(GUEST_CPUID_EXITS, EXIT_REASONS);
    assert_int_equal(r.eax | r.ebx, 0);
    r = asked(GUEST_CPUID_EXITS, 0xffffffff);
    assert_int_equal(r.eax | r.ebx, 0);
}

static void hypercall(uint32_t magic, uint32_t service)
{
    guest_exits(EXIT_HYPERCALL);
    *guest_register(REG_RAX) = magic;
    *guest_register(REG_RCX) = service;
    exit_handle(this_core());
    assert_skipped();
}

static void two_hypercalls_are_answered_and_the_others_refused(void **state)
{
    (void)state;
    machine_handoff()->tsc_hz = 0x123456789;
    hypercall(GUEST_HYPERCALL_MAGIC, GUEST_HYPERCALL_GET_HZ);
    assert_int_equal(*guest_register(REG_RAX), 0x23456789);
    assert_int_equal(*guest_register(REG_RBX), 1);
    assert_int_equal(*guest_register(REG_RCX), 250000);
    hypercall(GUEST_HYPERCALL_MAGIC, GUEST_HYPERCALL_GET_VCPU_INFO);
    assert_int_equal(*guest_register(REG_RAX), GUEST_VCPU_INFO_X2APIC);
    assert_int_equal(refused_so_far(), 0);
    hypercall(GUEST_HYPERCALL_MAGIC, 1);
    assert_int_equal(*guest_register(REG_RAX), 0xffffffff);
    hypercall(0, GUEST_HYPERCALL_GET_HZ);
    assert_int_equal(*guest_register(REG_RAX), 0xffffffff);
    assert_int_equal(refused_so_far(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(leaf_1_hides_what_a_partition_does_not_have),
        machine_test(osxsave_and_ospke_mirror_the_guests_own_cr4),
        machine_test(leaf_7_hides_tracing_enclaves_and_cache_control),
        machine_test(the_extended_leaf_hides_svm_and_performance_counters),
        machine_test(leaves_that_are_not_listed_read_zero),
        machine_test(the_highest_basic_leaf_is_the_highest_one_answered),
        machine_test(the_time_stamp_counter_is_said_to_be_invariant),
        machine_test(supervisor_state_is_hidden_with_its_register),
        machine_test(everything_else_is_shown_as_it_is),
        machine_test(features_that_the_processor_lacks_are_not_made_up),
        machine_test(hypervisor_leaves_give_clock_rates_and_our_name),
        machine_test(exits_are_summed_over_the_partitions_own_cores),
        machine_test(two_hypercalls_are_answered_and_the_others_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
