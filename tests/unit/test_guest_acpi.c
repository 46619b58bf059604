/* SPDX-License-Identifier: Apache-2.0 */
/* A partition's ACPI tables: sums, pointers, fields, and the DSDT as ACPICA's own disassembler reads it. */
#include "core/lib/guest_ports.h"
#include "tests/unit/guest_sample.h"

#include <stdio.h>
#include <unistd.h>

#define TABLES_AT GUEST_BLOB_GPA

struct tables {
    struct plan_partition partition;
    uint8_t bytes[0x4000];
    uint32_t used;
    const uint8_t *rsdp, *xsdt, *fadt, *madt, *dsdt, *tpm2;
};

static const uint8_t *at_gpa(const struct tables *t, uint64_t address)
{
    assert_true(address >= TABLES_AT && address < TABLES_AT + t->used);
    return t->bytes + (address - TABLES_AT);
}

static void assert_sums(const uint8_t *bytes, uint32_t size)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + bytes[i]);
    assert_int_equal(sum, 0);
}

static const uint8_t *open_table(const struct tables *t, uint64_t address, const char *signature)
{
    const uint8_t *table = at_gpa(t, address);
    assert_memory_equal(table, signature, 4);
    assert_sums(table, load_le32(table + 4));
    return table;
}

/* Finds the tables as an operating system does. */
static void build(struct tables *t)
{
    struct gpa rsdp;
    t->used = guest_acpi_build(&t->partition, (struct gpa){TABLES_AT}, t->bytes, sizeof t->bytes, &rsdp);
    assert_true(t->used > 0);
    t->rsdp = at_gpa(t, rsdp.v);
    assert_int_equal(rsdp.v % 16, 0);
    assert_memory_equal(t->rsdp, "RSD PTR ", 8);
    assert_sums(t->rsdp, 20);
    assert_sums(t->rsdp, 36);
    assert_int_equal(t->rsdp[15], 2);
    t->xsdt = open_table(t, load_le64(t->rsdp + 24), "XSDT");
    assert_int_equal(load_le32(t->xsdt + 4), 36 + (t->partition.tpm.present ? 3 : 2) * 8);
    t->fadt = open_table(t, load_le64(t->xsdt + 36), "FACP");
    t->madt = open_table(t, load_le64(t->xsdt + 44), "APIC");
    t->dsdt = open_table(t, load_le64(t->fadt + 140), "DSDT");
    t->tpm2 = t->partition.tpm.present ? open_table(t, load_le64(t->xsdt + 52), "TPM2") : NULL;
    assert_int_equal(load_le32(t->fadt + 40), load_le64(t->fadt + 140));
}

static int setup(void **state)
{
    struct tables *t = calloc(1, sizeof *t);
    *state = t;
    if (t == NULL)
        return 1;
    t->partition.core_count = 2;
    t->partition.apic_ids[0] = 4;
    t->partition.apic_ids[1] = 6;
    t->partition.device_count = 2;
    struct plan_device *nic = &t->partition.devices[0];
    nic->bar_count = 3;
    nic->bars[0].bar = (struct machine_bar){BAR_MEMORY32, false, 0xfea60000, 0x20000};
    nic->bars[1].bar = (struct machine_bar){BAR_MEMORY32, false, 0xfea40000, 0x20000}; /* touches the first */
    nic->bars[2].bar = (struct machine_bar){BAR_MEMORY32, false, 0xfea8c100, 0x100};   /* less than a page */
    t->partition.devices[1].bar_count = 1;
    t->partition.devices[1].bars[0].bar = (struct machine_bar){BAR_MEMORY64, true, 0xc000000000ull, 0x4000};
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void assert_port(const uint8_t *gas, uint16_t port)
{
    static const uint8_t byte_in_io_space[] = {1, 8, 0, 1};
    assert_memory_equal(gas, byte_in_io_space, 4);
    assert_int_equal(load_le64(gas + 4), port);
}

static void fadt_is_hardware_reduced_with_reset_and_sleep(void **state)
{
    struct tables *t = *state;
    build(t);
    assert_int_equal(t->fadt[8], 6);
    assert_int_equal(load_le32(t->fadt + 4), 276);
    assert_int_equal(load_le32(t->fadt + 112) & (1u << 10 | 1u << 19 | 1u << 20), 1u << 10 | 1u << 19 | 1u << 20);
    assert_int_equal(load_le16(t->fadt + 109), 0x04);
    assert_port(t->fadt + 116, GUEST_PORT_RESET);
    assert_int_equal(t->fadt[128], GUEST_RESET_VALUE);
    assert_port(t->fadt + 244, GUEST_PORT_SLEEP_CONTROL);
    assert_port(t->fadt + 256, GUEST_PORT_SLEEP_STATUS);
}

static void madt_lists_the_partitions_cores_and_nothing_else(void **state)
{
    struct tables *t = *state;
    build(t);
    assert_int_equal(load_le32(t->madt + 4), 44 + 2 * 8);
    assert_int_equal(load_le32(t->madt + 36), 0xfee00000);
    assert_int_equal(load_le32(t->madt + 40), 0);
    for (uint8_t i = 0; i < 2; i++) {
        const uint8_t expected[] = {0, 8, i, (uint8_t)(4 + 2 * i), 1, 0, 0, 0};
        assert_memory_equal(t->madt + 44 + 8 * i, expected, 8);
    }
}

static void cores_above_254_get_the_x2apic_form(void **state)
{
    struct tables *t = *state;
    t->partition.apic_ids[1] = 0x123;
    build(t);
    const uint8_t *record = t->madt + 52;
    assert_int_equal(load_le32(t->madt + 4), 44 + 8 + 16);
    assert_int_equal(load_le16(record), 0x1009);
    assert_int_equal(load_le32(record + 4), 0x123);
    assert_int_equal(load_le32(record + 8), 1);
    assert_int_equal(load_le32(record + 12), 1);
}

/* The DSDT in ASL, by iasl; NULL when that is not installed. The caller frees it. */
static char *disassemble(const struct tables *t)
{
    char folder[] = "/tmp/bulkhead-acpi-XXXXXX";
    char path[64], command[256];
    if (system("command -v iasl >/dev/null") != 0)
        return NULL;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/dsdt.dat", folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(t->dsdt, load_le32(t->dsdt + 4), 1, file), 1);
    fclose(file);
    snprintf(command, sizeof command,
             "cd %s && iasl -d dsdt.dat >log 2>&1 && ! grep -qiE '(error|warning)' log && iasl dsdt.dsl >log 2>&1 && "
             "grep -q '0 Errors, 0 Warnings' log", folder);
    int status = system(command);
    char *text = calloc(1, 0x10000);
    snprintf(path, sizeof path, "%s/dsdt.dsl", folder);
    file = fopen(path, "rb");
    if (file != NULL) {
        assert_true(fread(text, 1, 0xffff, file) > 0);
        fclose(file);
    }
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(status, 0);
    return text;
}

/* The texts stand in the disassembly, in this order. */
static void assert_order(const char *text, const char *const *parts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *found = strstr(text, parts[i]);
        if (found == NULL)
            print_message("missing: %s\n", parts[i]);
        assert_non_null(found);
        text = found + strlen(parts[i]);
    }
}

static void dsdt_names_uart_pci_root_and_exact_windows(void **state)
{
    static const char *const parts[] = {
        "Name (_S5, Package (0x02)", "0x05", "Scope (\\_SB)", "Device (COM1)", "PNP0501", "0x03F8,", "0x03F8,",
        "Device (PCI0)", "PNP0A03", "WordBusNumber", "0x0CF8,", "0x08,",
        "DWordMemory", "0xFEA40000", "0xFEA7FFFF", "0x00040000,", /* two BARs that touch are one window */
        "DWordMemory", "0xFEA8C000", "0xFEA8CFFF", "0x00001000,", /* whole pages */
        "QWordMemory", "0x000000C000000000", "0x000000C000003FFF", "0x0000000000004000",
    };
    struct tables *t = *state;
    build(t);
    char *text = disassemble(t);
    if (text == NULL)
        skip();
    assert_order(text, parts, sizeof parts / sizeof parts[0]);
    assert_null(strstr(text, "IRQ"));
    assert_null(strstr(text, "_PRT"));
    free(text);
}

static void dsdt_without_devices_has_no_pci_root(void **state)
{
    struct tables *t = *state;
    t->partition.device_count = 0;
    build(t);
    char *text = disassemble(t);
    if (text == NULL)
        skip();
    assert_non_null(strstr(text, "PNP0501"));
    assert_null(strstr(text, "PNP0A03"));
    free(text);
}

static void give_tpm(struct tables *t)
{
    t->partition.tpm = (struct plan_tpm){true, {0xfed40000}, {0xfed50000}, 0x40000};
}

/* Offsets of the TCG ACPI Specification 1.4, 8.3. */
static void tpm2_says_registers_and_where_the_log_is(void **state)
{
    struct tables *t = *state;
    give_tpm(t);
    build(t);
    assert_int_equal(t->tpm2[8], 4);
    assert_int_equal(load_le32(t->tpm2 + 4), 76);
    assert_int_equal(load_le16(t->tpm2 + 36), 1); /* server */
    assert_int_equal(load_le64(t->tpm2 + 40), 0); /* no control area */
    assert_int_equal(load_le32(t->tpm2 + 48), 6); /* MMIO */
    assert_int_equal(load_le32(t->tpm2 + 64), 0x40000);
    assert_int_equal(load_le64(t->tpm2 + 68), 0xfed50000);
}

static void dsdt_names_one_page_of_the_tpm(void **state)
{
    static const char *const parts[] = {
        "Device (TPM0)", "Name (_HID, \"MSFT0101\"", "Name (_STA, 0x0F)", "Memory32Fixed (ReadWrite,", "0xFED40000,",
        "0x00001000,", "Device (PCI0)",
    };
    struct tables *t = *state;
    give_tpm(t);
    build(t);
    char *text = disassemble(t);
    if (text == NULL)
        skip();
    assert_order(text, parts, sizeof parts / sizeof parts[0]);
    assert_null(strstr(text, "IRQ"));
    free(text);
}

static void there_is_no_tpm_without_one(void **state)
{
    struct tables *t = *state;
    build(t);
    char *text = disassemble(t);
    if (text == NULL)
        skip();
    assert_null(strstr(text, "MSFT0101"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fadt_is_hardware_reduced_with_reset_and_sleep, setup, teardown),
        cmocka_unit_test_setup_teardown(madt_lists_the_partitions_cores_and_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(cores_above_254_get_the_x2apic_form, setup, teardown),
        cmocka_unit_test_setup_teardown(dsdt_names_uart_pci_root_and_exact_windows, setup, teardown),
        cmocka_unit_test_setup_teardown(tpm2_says_registers_and_where_the_log_is, setup, teardown),
        cmocka_unit_test_setup_teardown(dsdt_names_one_page_of_the_tpm, setup, teardown),
        cmocka_unit_test_setup_teardown(there_is_no_tpm_without_one, setup, teardown),
        cmocka_unit_test_setup_teardown(dsdt_without_devices_has_no_pci_root, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
