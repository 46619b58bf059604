/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of a partition's devices: MSI and MSI-X messages become remapping entries of its own cores, or nothing. */
#include "core/lib/pci_regs.h"
#include "core/monitor/msi.h"
#include "core/monitor/msix.h"
#include "core/monitor/remap.h"
#include "core/tables/irte.h"
#include "tests/unit/monitor/machine.h"

#define MESSAGE_TO(apic_id) (MSI_ADDRESS_BASE | (uint32_t)(apic_id) << 12)
#define LOGICAL 0x4u
#define LEVEL 0x8000u
#define MODE(n) ((uint32_t)(n) << 8)
#define INVALIDATE_INTERRUPTS 5ull

static struct irte entry(uint32_t index)
{
    return (struct irte){machine_load64(NIC_IRT + 16 * index), machine_load64(NIC_IRT + 16 * index + 8)};
}

static uint64_t msix_register(uint32_t index, unsigned offset)
{
    return NIC_MSIX + PCI_MSIX_ENTRY_SIZE * index + offset;
}

static void guest_writes_message(uint32_t index, uint32_t address, uint32_t data)
{
    msix_write(machine_nic(), (struct gpa){msix_register(index, 0)}, address);
    msix_write(machine_nic(), (struct gpa){msix_register(index, 4)}, 0);
    msix_write(machine_nic(), (struct gpa){msix_register(index, 8)}, data);
}

static void a_message_to_an_own_core_becomes_an_entry(void **state)
{
    (void)state;
    guest_writes_message(3, MESSAGE_TO(1), 0x41);
    assert_true(irte_is_present(entry(3)));
    assert_int_equal(irte_apic_id(entry(3)), 1);
    assert_int_equal(irte_vector(entry(3)), 0x41);
    assert_false(irte_is_present(entry(2)));
    assert_false(irte_is_present(entry(4)));
}

static void the_device_is_only_told_the_index(void **state)
{
    (void)state;
    guest_writes_message(3, MESSAGE_TO(1), 0x41);
    assert_int_equal(machine_load32(msix_register(3, 0)), MSI_ADDRESS_BASE);
    assert_int_equal(machine_load32(msix_register(3, 4)), 0);
    assert_int_equal(machine_load32(msix_register(3, 8)), 3);
}

static void the_guest_reads_its_own_message_back(void **state)
{
    (void)state;
    guest_writes_message(3, MESSAGE_TO(1), 0x41);
    assert_int_equal(msix_read(machine_nic(), (struct gpa){msix_register(3, 0)}), MESSAGE_TO(1));
    assert_int_equal(msix_read(machine_nic(), (struct gpa){msix_register(3, 4)}), 0);
    assert_int_equal(msix_read(machine_nic(), (struct gpa){msix_register(3, 8)}), 0x41);
}

static void refused(uint32_t address, uint32_t data)
{
    remap_set(machine_nic(), 0, MESSAGE_TO(1), 0x41);
    assert_true(irte_is_present(entry(0)));
    remap_set(machine_nic(), 0, address, data);
    assert_false(irte_is_present(entry(0)));
}

static void messages_that_are_not_to_own_cores_make_the_entry_absent(void **state)
{
    (void)state;
    refused(MESSAGE_TO(5), 0x41);           /* mail's core */
    refused(MESSAGE_TO(6), 0x41);           /* the parked one */
    refused(MESSAGE_TO(0xff), 0x41);        /* broadcast */
    refused(MESSAGE_TO(1) | LOGICAL, 0x41);
    refused(0x00001000, 0x41);              /* a write to memory, not a message */
    refused(0xfec01000, 0x41);
}

static void the_cores_behind_a_partitions_last_one_are_not_its_own(void **state)
{
    (void)state;
    machine_become(2); /* mail: one core, id 5; the table goes on with zeros */
    remap_set(machine_nic(), 0, MESSAGE_TO(5), 0x41);
    assert_true(irte_is_present(entry(0)));
    remap_set(machine_nic(), 0, MESSAGE_TO(0), 0x41);
    assert_false(irte_is_present(entry(0)));
}

static void delivery_modes_other_than_fixed_make_the_entry_absent(void **state)
{
    (void)state;
    for (uint32_t mode = 2; mode < 8; mode++)
        refused(MESSAGE_TO(1), 0x41 | MODE(mode));
    refused(MESSAGE_TO(1), 0x41 | LEVEL);
    remap_set(machine_nic(), 0, MESSAGE_TO(1), 0x41 | MODE(1)); /* lowest priority has one candidate */
    assert_true(irte_is_present(entry(0)));
}

static void vectors_below_16_make_the_entry_absent(void **state)
{
    (void)state;
    for (uint32_t vector = 0; vector < 16; vector++)
        refused(MESSAGE_TO(1), vector);
    remap_set(machine_nic(), 0, MESSAGE_TO(1), 16);
    assert_true(irte_is_present(entry(0)));
}

/* A message is written in halves: a flaw of one must not be forgotten when the other is written. */
static void a_refused_message_stays_refused_until_its_flaw_is_gone(void **state)
{
    struct gpa address = {msix_register(0, 0)}, data = {msix_register(0, 8)};
    (void)state;
    msix_write(machine_nic(), data, 0x41 | MODE(4));
    msix_write(machine_nic(), address, MESSAGE_TO(1));
    assert_false(irte_is_present(entry(0)));
    msix_write(machine_nic(), data, 0x41);
    assert_true(irte_is_present(entry(0)));
    msix_write(machine_nic(), address, MESSAGE_TO(1) | LOGICAL);
    msix_write(machine_nic(), data, 0x42);
    assert_false(irte_is_present(entry(0)));
    msix_write(machine_nic(), address, MESSAGE_TO(0));
    assert_true(irte_is_present(entry(0)));
    assert_int_equal(irte_vector(entry(0)), 0x42);
}

/* 128 bits are not written at once: the present bit goes first and comes last. */
static void an_entry_is_never_half_old_and_half_new_while_present(void **state)
{
    (void)state;
    remap_set(machine_nic(), 0, MESSAGE_TO(0), 0x41);
    machine_forget();
    remap_set(machine_nic(), 0, MESSAGE_TO(1), 0x99);
    assert_int_equal(machine_count(EVENT_WRITE), 3);
    assert_int_equal(machine_event(EVENT_WRITE, 0)->where, NIC_IRT);
    assert_int_equal(machine_event(EVENT_WRITE, 0)->value & IRTE_REMAP_EN, 0);
    assert_int_equal(machine_event(EVENT_WRITE, 1)->where, NIC_IRT + 8);
    assert_int_equal(machine_event(EVENT_WRITE, 2)->where, NIC_IRT);
    assert_int_equal(machine_event(EVENT_WRITE, 2)->value & IRTE_REMAP_EN, IRTE_REMAP_EN);
}

static void a_changed_entry_is_invalidated_for_its_own_device_and_waited_for(void **state)
{
    (void)state;
    remap_set(machine_nic(), 0, MESSAGE_TO(1), 0x41);
    assert_int_equal(machine_count(EVENT_COMMAND), 2);
    assert_int_equal(machine_event(EVENT_COMMAND, 0)->where, INVALIDATE_INTERRUPTS << 60 | machine_nic()->requester_id);
    assert_int_equal(machine_event(EVENT_COMMAND, 1)->where >> 60, 1); /* completion wait */
    const struct event *first_command = machine_event(EVENT_COMMAND, 0);
    const struct event *last_write = machine_event(EVENT_WRITE, machine_count(EVENT_WRITE) - 1);
    assert_true(last_write < first_command);
}

static void an_unchanged_entry_costs_no_invalidation(void **state)
{
    (void)state;
    remap_set(machine_nic(), 0, MESSAGE_TO(1), 0x41);
    machine_forget();
    remap_set(machine_nic(), 0, MESSAGE_TO(1), 0x41);
    assert_int_equal(machine_count(EVENT_COMMAND), 0);
    assert_int_equal(machine_count(EVENT_WRITE), 0);
}

static void a_device_never_sends_an_index_whose_entry_is_stale(void **state)
{
    (void)state;
    guest_writes_message(3, MESSAGE_TO(1), 0x41);
    machine_forget();
    msix_write(machine_nic(), (struct gpa){msix_register(3, 8)}, 0x42);
    assert_true(machine_event(EVENT_COMMAND, 1) < machine_event(EVENT_WRITE, 3));
    assert_int_equal(machine_event(EVENT_WRITE, 3)->where, msix_register(3, 0));
    assert_true(machine_event(EVENT_WRITE, 3)->device);
}

static void vector_control_and_registers_beside_the_table_are_the_devices_own(void **state)
{
    uint64_t beside = NIC_MSIX + 8 * PCI_MSIX_ENTRY_SIZE;
    (void)state;
    msix_write(machine_nic(), (struct gpa){msix_register(7, 12)}, 1);
    assert_int_equal(machine_load32(msix_register(7, 12)), 1);
    assert_int_equal(msix_read(machine_nic(), (struct gpa){msix_register(7, 12)}), 1);
    msix_write(machine_nic(), (struct gpa){beside}, 0xfee05000);
    assert_int_equal(machine_load32(beside), 0xfee05000);
    assert_int_equal(msix_read(machine_nic(), (struct gpa){beside}), 0xfee05000);
    assert_int_equal(machine_count(EVENT_COMMAND), 0);
}

/* The index travels in 9 bits of the message (IOMMU specification, 2.2.5.2): a tenth would be a delivery mode. */
static void entries_whose_index_does_not_fit_into_a_message_stay_as_they_are(void **state)
{
    (void)state;
    machine_nic()->msix_entries = 1024;
    guest_writes_message(511, MESSAGE_TO(1), 0x41);
    assert_int_equal(machine_load32(msix_register(511, 8)), 511);
    assert_true(irte_is_present(entry(511)));
    machine_forget();
    guest_writes_message(512, MESSAGE_TO(1), 0x41);
    msix_write(machine_nic(), (struct gpa){msix_register(512, 12)}, 0);
    assert_int_equal(machine_count(EVENT_WRITE), 0);
}

static void a_partition_whose_entries_the_iommu_does_not_confirm_stops(void **state)
{
    (void)state;
    machine.iommu_dead = true;
    guest_writes_message(0, MESSAGE_TO(1), 0x41);
    assert_int_equal(monitor_shared()->partitions[0].state, PARTITION_STOPPING);
    assert_int_equal(monitor_shared()->partitions[0].reason, STOP_DEVICE);
    machine_assert_serial_has("[bulkhead] STOP-609 web stopped: ");
    machine_assert_serial_has("nic");
    assert_int_equal(this_core()->mode, CORE_PARKED);
    assert_int_equal(machine_load32(msix_register(0, 8)), 0); /* the device was not told */
}

static void an_iommu_whose_lock_is_not_to_be_had_has_confirmed_nothing(void **state)
{
    (void)state;
    monitor_shared()->iommu_lock[0].held = 1;
    assert_false(remap_set(machine_nic(), 0, MESSAGE_TO(1), 0x41));
    assert_int_equal(this_partition_shared()->reason, STOP_DEVICE);
}

static void clearing_a_device_makes_all_its_entries_absent(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < PLAN_IRTES_PER_DEVICE; index += 97)
        machine_store64(NIC_IRT + 16 * index, IRTE_REMAP_EN);
    machine_store64(NIC_IRT + 16 * (PLAN_IRTES_PER_DEVICE - 1), IRTE_REMAP_EN);
    assert_true(remap_clear(machine_nic()));
    for (uint32_t index = 0; index < PLAN_IRTES_PER_DEVICE; index++)
        assert_int_equal(entry(index).low | entry(index).high, 0);
    assert_int_equal(machine_count(EVENT_COMMAND), 2);
}

/* MSI: address, upper address, data, then the control word. */
static void guest_programs_msi(uint32_t address, uint32_t data, uint32_t log2_vectors)
{
    struct device_state *device = &this_partition_shared()->devices[0];
    msi_write(machine_nic(), device, 4, address);
    msi_write(machine_nic(), device, 8, 0);
    msi_write(machine_nic(), device, 12, data);
    msi_write(machine_nic(), device, 0, (PCI_MSI_ENABLE | log2_vectors << 4) << 16);
}

static void msi_goes_through_entries_too(void **state)
{
    struct device_state *device = &this_partition_shared()->devices[0];
    (void)state;
    guest_programs_msi(MESSAGE_TO(1), 0x43, 2);
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(irte_is_present(entry(i)));
        assert_int_equal(irte_apic_id(entry(i)), 1);
        assert_int_equal(irte_vector(entry(i)), 0x40 + i); /* the low bits are the device's */
    }
    assert_false(irte_is_present(entry(4)));
    assert_int_equal(machine_load32(NIC_CONFIG + NIC_MSI_CAP + 4), MSI_ADDRESS_BASE);
    assert_int_equal(machine_load32(NIC_CONFIG + NIC_MSI_CAP + 8), 0);
    assert_int_equal(machine_load32(NIC_CONFIG + NIC_MSI_CAP + 12), 0);
    assert_int_equal(machine_load32(NIC_CONFIG + NIC_MSI_CAP) >> 16 & 0x71, 0x21);
    assert_int_equal(msi_read(machine_nic(), device, 4), MESSAGE_TO(1));
    assert_int_equal(msi_read(machine_nic(), device, 8), 0);
    assert_int_equal(msi_read(machine_nic(), device, 12), 0x43);
}

static void msi_is_enabled_in_the_device_after_its_entries(void **state)
{
    (void)state;
    guest_programs_msi(MESSAGE_TO(1), 0x43, 2);
    const struct event *control = machine_event(EVENT_WRITE, machine_count(EVENT_WRITE) - 1);
    assert_int_equal(control->where, NIC_CONFIG + NIC_MSI_CAP + PCI_MSI_CONTROL);
    assert_true(machine_event(EVENT_COMMAND, machine_count(EVENT_COMMAND) - 1) < control);
}

static void more_msi_vectors_than_the_device_has_are_not_granted(void **state)
{
    (void)state;
    guest_programs_msi(MESSAGE_TO(1), 0x40, 7);
    assert_int_equal(machine_load32(NIC_CONFIG + NIC_MSI_CAP) >> 16 & 0x71, 0x21);
    assert_false(irte_is_present(entry(4)));
}

static void a_message_that_changes_while_msi_is_on_takes_effect(void **state)
{
    (void)state;
    guest_programs_msi(MESSAGE_TO(1), 0x40, 0);
    msi_write(machine_nic(), &this_partition_shared()->devices[0], 4, MESSAGE_TO(5));
    assert_false(irte_is_present(entry(0)));
    msi_write(machine_nic(), &this_partition_shared()->devices[0], 4, MESSAGE_TO(0));
    assert_true(irte_is_present(entry(0)));
    assert_int_equal(irte_apic_id(entry(0)), 0);
}

static void msi_mask_bits_are_the_devices_own(void **state)
{
    struct device_state *device = &this_partition_shared()->devices[0];
    (void)state;
    msi_write(machine_nic(), device, 16, 0x5);
    assert_int_equal(machine_load32(NIC_CONFIG + NIC_MSI_CAP + 16), 5);
    assert_int_equal(msi_read(machine_nic(), device, 16), 5);
    msi_write(machine_nic(), device, 20, 0x5); /* pending bits: read-only */
    assert_int_equal(machine_load32(NIC_CONFIG + NIC_MSI_CAP + 20), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(a_message_to_an_own_core_becomes_an_entry),
        machine_test(the_device_is_only_told_the_index),
        machine_test(the_guest_reads_its_own_message_back),
        machine_test(messages_that_are_not_to_own_cores_make_the_entry_absent),
        machine_test(the_cores_behind_a_partitions_last_one_are_not_its_own),
        machine_test(delivery_modes_other_than_fixed_make_the_entry_absent),
        machine_test(vectors_below_16_make_the_entry_absent),
        machine_test(a_refused_message_stays_refused_until_its_flaw_is_gone),
        machine_test(an_entry_is_never_half_old_and_half_new_while_present),
        machine_test(a_changed_entry_is_invalidated_for_its_own_device_and_waited_for),
        machine_test(an_unchanged_entry_costs_no_invalidation),
        machine_test(a_device_never_sends_an_index_whose_entry_is_stale),
        machine_test(vector_control_and_registers_beside_the_table_are_the_devices_own),
        machine_test(entries_whose_index_does_not_fit_into_a_message_stay_as_they_are),
        machine_test(a_partition_whose_entries_the_iommu_does_not_confirm_stops),
        machine_test(an_iommu_whose_lock_is_not_to_be_had_has_confirmed_nothing),
        machine_test(clearing_a_device_makes_all_its_entries_absent),
        machine_test(msi_goes_through_entries_too),
        machine_test(msi_is_enabled_in_the_device_after_its_entries),
        machine_test(more_msi_vectors_than_the_device_has_are_not_granted),
        machine_test(a_message_that_changes_while_msi_is_on_takes_effect),
        machine_test(msi_mask_bits_are_the_devices_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
