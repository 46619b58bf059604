/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration space as a partition sees it, and what of its writes reaches the function. */
#include "core/lib/pci_regs.h"
#include "core/monitor/pci_config.h"
#include "tests/unit/monitor/machine.h"

#define NIC PCI_DEVFN(1, 0)

static void select_register(unsigned bus, unsigned devfn, unsigned reg)
{
    this_partition_shared()->pci_address = PCI_CONFIG_ADDRESS_ENABLE | bus << 16 | devfn << 8 | (reg & 0xfcu);
}

static uint32_t reads(unsigned reg)
{
    select_register(0, NIC, reg);
    return pci_config_read(0, 4);
}

static void writes(unsigned reg, uint32_t value)
{
    select_register(0, NIC, reg);
    pci_config_write(0, 4, value);
}

static void writes16(unsigned reg, uint16_t value)
{
    select_register(0, NIC, reg);
    pci_config_write(reg & 2, 2, value);
}

static uint32_t hardware(unsigned reg)
{
    return machine_load32(NIC_CONFIG + reg);
}

static void other_functions_buses_and_partitions_read_all_ones(void **state)
{
    (void)state;
    for (unsigned devfn = 0; devfn < 256; devfn++) {
        if (devfn == NIC || devfn == 0)
            continue;
        select_register(0, devfn, PCI_VENDOR_ID);
        assert_int_equal(pci_config_read(0, 4), 0xffffffff);
        assert_int_equal(pci_config_read(2, 2), 0xffff);
        assert_int_equal(pci_config_read(3, 1), 0xff);
    }
    for (unsigned bus = 1; bus < 256; bus++) {
        select_register(bus, NIC, PCI_VENDOR_ID);
        assert_int_equal(pci_config_read(0, 4), 0xffffffff);
        select_register(bus, 0, PCI_VENDOR_ID);
        assert_int_equal(pci_config_read(0, 4), 0xffffffff);
    }
    machine_become(2); /* mail has no device */
    select_register(0, NIC, PCI_VENDOR_ID);
    assert_int_equal(pci_config_read(0, 4), 0xffffffff);
    assert_int_equal(machine.event_count, 0); /* no hardware was asked */
}

static void nothing_is_selected_without_the_enable_bit(void **state)
{
    (void)state;
    select_register(0, NIC, PCI_VENDOR_ID);
    this_partition_shared()->pci_address &= ~PCI_CONFIG_ADDRESS_ENABLE;
    assert_int_equal(pci_config_read(0, 4), 0xffffffff);
    pci_config_write(0, 4, 0);
    assert_int_equal(machine.event_count, 0);
}

static void writes_to_other_functions_reach_nothing(void **state)
{
    (void)state;
    for (unsigned devfn = 0; devfn < 256; devfn++) {
        if (devfn == NIC)
            continue;
        select_register(0, devfn, PCI_COMMAND);
        pci_config_write(0, 4, 0xffffffff);
    }
    assert_int_equal(machine.event_count, 0);
}

static void a_host_bridge_stands_at_0(void **state)
{
    (void)state;
    select_register(0, 0, PCI_VENDOR_ID);
    assert_int_equal(pci_config_read(0, 4), 0x00081b36);
    select_register(0, 0, PCI_CLASS_REVISION);
    assert_int_equal(pci_config_read(0, 4), 0x06000000);
    select_register(0, 0, PCI_BAR0);
    assert_int_equal(pci_config_read(0, 4), 0);
}

static void identity_and_class_are_the_hardwares(void **state)
{
    (void)state;
    assert_int_equal(reads(PCI_VENDOR_ID), 0x10d38086);
    assert_int_equal(reads(PCI_CLASS_REVISION), 0x02000000);
    assert_int_equal(reads(PCI_SUBSYSTEM_VENDOR_ID), 0x00018086);
}

static void rom_interrupt_pin_and_header_type_read_zero(void **state)
{
    (void)state;
    machine_store32(NIC_CONFIG + PCI_INTERRUPT_LINE, 0x0000010b);
    machine_store32(NIC_CONFIG + 0x0c, 0x00800010); /* multi-function */
    assert_int_equal(reads(PCI_ROM_ADDRESS), 0);
    assert_int_equal(reads(PCI_INTERRUPT_LINE), 0);
    assert_int_equal(reads(0x0c), 0);
}

static void the_capability_list_has_msi_msix_and_pcie_alone(void **state)
{
    uint8_t found[8];
    unsigned count = 0;
    (void)state;
    for (uint32_t at = reads(PCI_CAPABILITY_LIST) & 0xff; at != 0 && count < 8; at = reads(at) >> 8 & 0xff)
        found[count++] = (uint8_t)reads(at);
    assert_int_equal(count, 3);
    assert_int_equal(found[0], PCI_CAP_ID_MSI);
    assert_int_equal(found[1], PCI_CAP_ID_MSIX);
    assert_int_equal(found[2], PCI_CAP_ID_PCIE);
}

static void the_list_is_whole_in_any_order_of_offsets_and_with_any_of_them_missing(void **state)
{
    (void)state;
    for (unsigned present = 0; present < 8; present++) {
        machine_nic()->msi_cap = (uint8_t)(present & 1 ? 0xc0 : 0);
        machine_nic()->msix_cap = (uint8_t)(present & 2 ? 0x40 : 0);
        machine_nic()->pcie_cap = (uint8_t)(present & 4 ? 0x80 : 0);
        unsigned count = 0;
        uint32_t last = 0;
        for (uint32_t at = reads(PCI_CAPABILITY_LIST); at != 0; at = reads(at) >> 8 & 0xff) {
            assert_true(at > last);
            last = at;
            count++;
        }
        assert_int_equal(count, (unsigned)__builtin_popcount(present));
    }
}

static void registers_outside_shown_capabilities_read_zero_and_are_not_written(void **state)
{
    (void)state;
    memset((uint8_t *)machine_memory(NIC_CONFIG) + 0x40, 0x5a, 0xc0);
    for (unsigned reg = 0x40; reg < 0x100; reg += 4) {
        bool msi = reg >= NIC_MSI_CAP && reg < NIC_MSI_CAP + 24;
        bool msix = reg >= NIC_MSIX_CAP && reg < NIC_MSIX_CAP + 12;
        bool pcie = reg >= NIC_PCIE_CAP && reg < NIC_PCIE_CAP + 0x3c;
        if (msi || msix || pcie)
            continue;
        assert_int_equal(reads(reg), 0);
        writes(reg, 0xffffffff);
        assert_int_equal(hardware(reg), 0x5a5a5a5a);
    }
}

static void bars_answer_to_sizing_and_do_not_move(void **state)
{
    (void)state;
    assert_int_equal(reads(PCI_BAR0), 0xc0000000);
    writes(PCI_BAR0, 0xffffffff);
    assert_int_equal(reads(PCI_BAR0), 0xffffc000);
    writes(PCI_BAR0, 0xd0000000); /* elsewhere: over another partition's device, say */
    assert_int_equal(reads(PCI_BAR0), 0xc0000000);
    assert_int_equal(reads(PCI_BAR0 + 4), 0);
    writes(PCI_BAR0 + 4, 0xffffffff);
    assert_int_equal(reads(PCI_BAR0 + 4), 0);
    assert_int_equal(machine_count(EVENT_WRITE), 0);
}

static void bars_of_64_bits_are_sized_in_halves(void **state)
{
    (void)state;
    machine_nic()->bar_base[2] = 0x8c8000000;
    assert_int_equal(reads(PCI_BAR0 + 8), 0xc800000c); /* 64 bits, prefetchable */
    assert_int_equal(reads(PCI_BAR0 + 12), 0x8);
    writes(PCI_BAR0 + 8, 0xffffffff);
    writes(PCI_BAR0 + 12, 0xffffffff);
    assert_int_equal(reads(PCI_BAR0 + 8), 0xffff000c);
    assert_int_equal(reads(PCI_BAR0 + 12), 0xffffffff);
    writes(PCI_BAR0 + 8, 0xc800000c);
    writes(PCI_BAR0 + 12, 0);
    assert_int_equal(reads(PCI_BAR0 + 8), 0xc800000c);
    assert_int_equal(reads(PCI_BAR0 + 12), 0x8);
    assert_int_equal(machine_count(EVENT_WRITE), 0);
}

static void of_the_command_register_bus_mastering_intx_and_parity_are_the_partitions(void **state)
{
    uint32_t own = PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE | 0x40;
    (void)state;
    writes16(PCI_COMMAND, 0xffff);
    assert_int_equal(hardware(PCI_COMMAND) & 0xffff & ~own, PCI_COMMAND_MEMORY);
    assert_int_equal(hardware(PCI_COMMAND) & own, own);
    writes16(PCI_COMMAND, 0); /* memory decoding stays on */
    assert_int_equal(hardware(PCI_COMMAND) & 0xffff, PCI_COMMAND_MEMORY);
}

/* Status bits are cleared by writing ones to them: writing back what was read would clear them unasked. */
static void narrow_writes_do_not_clear_status_bits_beside_them(void **state)
{
    (void)state;
    machine_store32(NIC_CONFIG + PCI_COMMAND, 0xf9100006);
    machine_store32(NIC_CONFIG + NIC_PCIE_CAP + PCIE_DEVICE_CONTROL, 0x000f2810);
    machine_forget();
    writes16(PCI_COMMAND, 0x0006);
    assert_int_equal(machine_event(EVENT_WRITE, 0)->value >> 16 & 0xffff, 0);
    machine_forget();
    writes16(NIC_PCIE_CAP + PCIE_DEVICE_CONTROL, 0x2810);
    assert_int_equal(machine_event(EVENT_WRITE, 0)->value >> 16 & 0xffff, 0);
}

static void status_bits_are_cleared_when_asked(void **state)
{
    (void)state;
    machine_forget();
    select_register(0, NIC, PCI_COMMAND);
    pci_config_write(2, 2, 0xffff);
    assert_int_equal(machine_event(EVENT_WRITE, 0)->value >> 16 & 0xffff, 0xf900);
    machine_forget();
    writes16(NIC_PCIE_CAP + PCIE_DEVICE_STATUS, 0xffff);
    assert_int_equal(machine_event(EVENT_WRITE, 0)->value >> 16 & 0xffff, 0x000f);
}

static void function_level_reset_is_hidden_and_not_reachable(void **state)
{
    unsigned control = NIC_PCIE_CAP + PCIE_DEVICE_CONTROL;
    (void)state;
    assert_int_equal(reads(NIC_PCIE_CAP + PCIE_DEVICE_CAPABILITIES), 0x00008cc1);
    writes16(control, 0xffff);
    assert_int_equal(hardware(control) & PCIE_DEVICE_CONTROL_FLR, 0);
    assert_int_equal(hardware(control) & 0x000f, 0); /* error messages stay off */
    assert_int_equal(hardware(control) & 0x00e0, 0); /* payload size as it was */
}

static void link_and_slot_registers_are_not_written(void **state)
{
    (void)state;
    for (unsigned offset = 0; offset < 0x3c; offset += 4) {
        machine_store32(NIC_CONFIG + NIC_PCIE_CAP + offset, 0x5a5a5a5a);
        if (offset == PCIE_DEVICE_CONTROL)
            continue;
        writes(NIC_PCIE_CAP + offset, 0xffffffff);
        assert_int_equal(hardware(NIC_PCIE_CAP + offset), 0x5a5a5a5a);
    }
}

static void of_msix_control_enable_and_mask_are_the_partitions(void **state)
{
    (void)state;
    writes(NIC_MSIX_CAP, 0xffffffff);
    assert_int_equal(hardware(NIC_MSIX_CAP), 0xc0078011);
    writes(NIC_MSIX_CAP, 0);
    assert_int_equal(hardware(NIC_MSIX_CAP), 0x00078011);
    assert_int_equal(reads(NIC_MSIX_CAP + 4), 0x3000);
    writes(NIC_MSIX_CAP + 4, 0xffffffff);
    assert_int_equal(hardware(NIC_MSIX_CAP + 4), 0x3000);
}

static void msi_is_answered_by_the_monitor_byte_by_byte_too(void **state)
{
    (void)state;
    writes(NIC_MSI_CAP + 4, 0xfee01000);
    assert_int_equal(reads(NIC_MSI_CAP + 4), 0xfee01000);
    select_register(0, NIC, NIC_MSI_CAP + 12);
    pci_config_write(0, 1, 0x43);
    pci_config_write(1, 1, 0x01);
    assert_int_equal(reads(NIC_MSI_CAP + 12), 0x0143);
    assert_int_equal(hardware(NIC_MSI_CAP + 4), 0);
    assert_int_equal(hardware(NIC_MSI_CAP + 12), 0);
}

/* Over random accesses: a write touches the function's own page, and there only what it may. */
static void random_accesses_stay_in_the_functions_page(void **state)
{
    uint32_t seed = 7;
    (void)state;
    for (unsigned round = 0; round < 3000; round++) {
        seed = seed * 1664525u + 1013904223u;
        unsigned width = 1u << (seed >> 30) % 3, lane = (seed >> 20 & 3u) & ~(width - 1);
        this_partition_shared()->pci_address = PCI_CONFIG_ADDRESS_ENABLE | (seed >> 3 & 0xfffu);
        pci_config_write(lane, width, seed);
        pci_config_read(lane, width);
    }
    for (uint32_t i = 0; i < machine.event_count; i++)
        if (machine.events[i].device)
            assert_in_range(machine.events[i].where, NIC_CONFIG, NIC_CONFIG + 0xff);
    assert_int_equal(hardware(PCI_BAR0), 0);
    assert_int_equal(hardware(NIC_PM_CAP), 0xc8035001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(other_functions_buses_and_partitions_read_all_ones),
        machine_test(nothing_is_selected_without_the_enable_bit),
        machine_test(writes_to_other_functions_reach_nothing),
        machine_test(a_host_bridge_stands_at_0),
        machine_test(identity_and_class_are_the_hardwares),
        machine_test(rom_interrupt_pin_and_header_type_read_zero),
        machine_test(the_capability_list_has_msi_msix_and_pcie_alone),
        machine_test(the_list_is_whole_in_any_order_of_offsets_and_with_any_of_them_missing),
        machine_test(registers_outside_shown_capabilities_read_zero_and_are_not_written),
        machine_test(bars_answer_to_sizing_and_do_not_move),
        machine_test(bars_of_64_bits_are_sized_in_halves),
        machine_test(of_the_command_register_bus_mastering_intx_and_parity_are_the_partitions),
        machine_test(narrow_writes_do_not_clear_status_bits_beside_them),
        machine_test(status_bits_are_cleared_when_asked),
        machine_test(function_level_reset_is_hidden_and_not_reachable),
        machine_test(link_and_slot_registers_are_not_written),
        machine_test(of_msix_control_enable_and_mask_are_the_partitions),
        machine_test(msi_is_answered_by_the_monitor_byte_by_byte_too),
        machine_test(random_accesses_stay_in_the_functions_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
