/* SPDX-License-Identifier: Apache-2.0 */
/* Model-specific registers: an allow-list, with #GP for the rest. */
#include "core/x86/apic.h"
#include "core/x86/registers.h"
#include "tests/unit/monitor/guest.h"

static void guest_reads(uint32_t msr)
{
    guest_exits(EXIT_MSR_READ);
    *guest_register(REG_RCX) = 0xdead00000000ull | msr;
    *guest_register(REG_RAX) = *guest_register(REG_RDX) = ~0ull;
    exit_handle(this_core());
}

static void guest_writes(uint32_t msr, uint64_t value)
{
    guest_exits(EXIT_MSR_WRITE);
    *guest_register(REG_RCX) = msr;
    *guest_register(REG_RAX) = 0xdead00000000ull | (uint32_t)value;
    *guest_register(REG_RDX) = 0xdead00000000ull | value >> 32;
    exit_handle(this_core());
}

static uint64_t value_read(uint32_t msr)
{
    guest_reads(msr);
    assert_skipped();
    assert_int_equal(*guest_register(REG_RAX) >> 32 | *guest_register(REG_RDX) >> 32, 0); /* upper halves are cleared */
    return *guest_register(REG_RDX) << 32 | *guest_register(REG_RAX);
}

/* Registers whose writing would hurt others: machine check, microcode, SMM, SVM, system configuration, speculation,
 * x2APIC ICR2 ... */
static const uint32_t absent[] = {0x0,    0x1,    0x17,   0x48,   0x49,       0x79,       0xc1,       0x186,      0x280,
                                  0x400,  0x480,  0x6e0,  0xda0,  0x82f,      0x840,      0x850,      0xc0000104, 0xc0010058,
                                  0xc0010111, 0xc0010112, 0xc0010113, 0xc0010114, 0xc0010117, 0xc0010118, 0xc0010131,
                                  0xc0011030, 0xffffffff};

static void unknown_registers_raise_gp_with_error_code_0_and_are_counted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        uint64_t before = refused_so_far();
        guest_reads(absent[i]);
        assert_raised(EVENT_GP);
        guest_writes(absent[i], 0);
        assert_raised(EVENT_GP);
        assert_int_equal(refused_so_far(), before + 2);
    }
    assert_int_equal(machine_count(EVENT_WRMSR), 0);
}

/* Over every register a permission map covers, and a good many beyond: what reaches the hardware is the local vector table. */
static void no_write_reaches_the_hardware_but_the_local_vector_table(void **state)
{
    (void)state;
    for (uint32_t msr = 0; msr < 0x2000; msr++) {
        if (msr == MSR_X2APIC_ICR)
            continue; /* see test_ipi.c */
        guest_writes(msr, 0x10000);
        guest_writes(0xc0000000 + msr, 0x10000);
        guest_writes(0xc0010000 + msr, 0x10000);
        guest_writes(0x40000000 + msr, 0x10000);
    }
    for (uint32_t i = 0; i < machine.event_count; i++)
        if (machine.events[i].kind == EVENT_WRMSR)
            assert_in_range(machine.events[i].where, MSR_X2APIC_LVT_TIMER, MSR_X2APIC_LVT_ERROR);
}

static void registers_that_kernels_probe_read_zero_and_ignore_writes(void **state)
{
    static const uint32_t probed[] = {0xfe, 0x179, 0x17a, 0x1d9, 0x200, 0x20f, 0x250, 0x26f, 0xc0010000, 0xc0010007, 0xc0010010,
                                      0xc001001f, 0xc0011020, 0xc0011021, 0xc001102a};
    (void)state;
    for (unsigned i = 0; i < sizeof probed / sizeof probed[0]; i++) {
        machine_set_msr(probed[i], 0x1234);
        assert_int_equal(value_read(probed[i]), 0);
        guest_writes(probed[i], 5);
        assert_skipped();
        assert_int_equal(machine_get_msr(probed[i]), 0x1234);
    }
}

static void a_write_of_the_time_stamp_counter_changes_nothing(void **state)
{
    (void)state;
    machine_set_msr(MSR_TSC, 77);
    guest_writes(MSR_TSC, 0);
    assert_skipped();
    assert_int_equal(machine_get_msr(MSR_TSC), 77);
    assert_int_equal(value_read(MSR_TSC), 77);
}

static void constant_answers(void **state)
{
    (void)state;
    assert_int_equal(value_read(MSR_MTRR_DEF_TYPE), 0xc06); /* write-back everywhere */
    assert_int_equal(value_read(MSR_HWCR), HWCR_TSC_FREQ_SEL);
    assert_int_equal(value_read(MSR_DE_CFG), DE_CFG_LFENCE_SERIALIZE);
    machine_set_msr(MSR_PATCH_LEVEL, 0x08301055);
    assert_int_equal(value_read(MSR_PATCH_LEVEL), 0x08301055);
}

static void apic_base_names_the_partitions_own_boot_core(void **state)
{
    (void)state;
    machine_become(1); /* web's second core, which is the machine's boot core here */
    machine_set_msr(MSR_APIC_BASE, 0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_BSP);
    assert_int_equal(value_read(MSR_APIC_BASE), 0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
    machine_become(2); /* mail's first */
    machine_set_msr(MSR_APIC_BASE, 0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
    assert_int_equal(value_read(MSR_APIC_BASE), 0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_BSP);
}

static void apic_base_takes_no_other_value(void **state)
{
    uint64_t base = 0xfee00000 | APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_BSP;
    (void)state;
    machine_set_msr(MSR_APIC_BASE, base);
    guest_writes(MSR_APIC_BASE, base);
    assert_skipped();
    guest_writes(MSR_APIC_BASE, base & ~APIC_BASE_X2APIC);
    assert_raised(EVENT_GP);
    guest_writes(MSR_APIC_BASE, base & ~APIC_BASE_ENABLE & ~APIC_BASE_X2APIC);
    assert_raised(EVENT_GP);
    guest_writes(MSR_APIC_BASE, base + 0x1000);
    assert_raised(EVENT_GP);
    assert_int_equal(machine_count(EVENT_WRMSR), 0);
}

static void efer_takes_the_bits_that_a_guest_may_have(void **state)
{
    struct guest_state *guest = &this_core()->vcpu.guest;
    (void)state;
    guest->cr0 = 0;
    guest->efer = 0;
    guest_writes(MSR_EFER, EFER_SCE | EFER_LME | EFER_NXE);
    assert_skipped();
    assert_int_equal(machine_vmcb()->efer, EFER_SCE | EFER_LME | EFER_NXE | EFER_SVME);
    for (unsigned bit = 0; bit < 64; bit++) {
        uint64_t allowed = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE | EFER_FFXSR | EFER_TCE;
        if (allowed & 1ull << bit)
            continue;
        guest_writes(MSR_EFER, EFER_SCE | 1ull << bit);
        assert_raised(EVENT_GP);
    }
    assert_int_equal(machine_vmcb()->efer, EFER_SCE | EFER_LME | EFER_NXE | EFER_SVME);
}

static void efer_lme_does_not_change_under_paging_and_lma_is_not_softwares(void **state)
{
    struct guest_state *guest = &this_core()->vcpu.guest;
    (void)state;
    guest->cr0 = CR0_PG | CR0_PE;
    guest->efer = EFER_LME | EFER_LMA;
    guest_writes(MSR_EFER, EFER_LMA);
    assert_raised(EVENT_GP);
    guest_writes(MSR_EFER, EFER_LME | EFER_SCE);
    assert_skipped();
    assert_int_equal(machine_vmcb()->efer, EFER_LME | EFER_LMA | EFER_SCE | EFER_SVME);
    guest->cr0 = 0;
    guest->efer = EFER_LME;
    guest_writes(MSR_EFER, EFER_LME | EFER_LMA);
    assert_skipped();
    assert_int_equal(machine_vmcb()->efer, EFER_LME | EFER_SVME);
}

static void efer_reads_without_svme(void **state)
{
    (void)state;
    this_core()->vcpu.guest.efer = EFER_LME | EFER_LMA;
    assert_int_equal(value_read(MSR_EFER), EFER_LME | EFER_LMA);
}

/* Delivery modes 2 (SMI), 5 (INIT) and the rest would run firmware or take the core from the monitor. */
static void local_vectors_are_fixed_or_nmi_or_masked(void **state)
{
    (void)state;
    for (uint32_t msr = MSR_X2APIC_LVT_TIMER; msr <= MSR_X2APIC_LVT_ERROR; msr++) {
        for (uint64_t mode = 0; mode < 8; mode++) {
            guest_writes(msr, mode << 8 | 0x40);
            assert_skipped();
            uint64_t written = machine_get_msr(msr);
            if (mode != ICR_MODE_FIXED && mode != ICR_MODE_NMI)
                assert_int_equal(written, LVT_MASKED);
            else
                assert_int_equal(written & 0xff, 0x40);
            assert_true(LVT_MODE(written) == ICR_MODE_FIXED || LVT_MODE(written) == ICR_MODE_NMI);
        }
    }
}

/* A reserved bit would raise #GP in the monitor (APM vol. 2, 16.4 and 16.11.1). */
static void reserved_bits_of_local_vectors_do_not_reach_the_hardware(void **state)
{
    (void)state;
    for (uint32_t msr = MSR_X2APIC_LVT_TIMER; msr <= MSR_X2APIC_LVT_ERROR; msr++) {
        guest_writes(msr, 0xfffffffffffff8ff);
        assert_int_equal(machine_get_msr(msr) & ~0x3a7ffull, 0);
    }
    guest_writes(MSR_X2APIC_LVT_TIMER, 0x204ff);
    assert_int_equal(machine_get_msr(MSR_X2APIC_LVT_TIMER), 0x200ff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(unknown_registers_raise_gp_with_error_code_0_and_are_counted),
        machine_test(no_write_reaches_the_hardware_but_the_local_vector_table),
        machine_test(registers_that_kernels_probe_read_zero_and_ignore_writes),
        machine_test(a_write_of_the_time_stamp_counter_changes_nothing),
        machine_test(constant_answers),
        machine_test(apic_base_names_the_partitions_own_boot_core),
        machine_test(apic_base_takes_no_other_value),
        machine_test(efer_takes_the_bits_that_a_guest_may_have),
        machine_test(efer_lme_does_not_change_under_paging_and_lma_is_not_softwares),
        machine_test(efer_reads_without_svme),
        machine_test(local_vectors_are_fixed_or_nmi_or_masked),
        machine_test(reserved_bits_of_local_vectors_do_not_reach_the_hardware),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
