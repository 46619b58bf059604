/* SPDX-License-Identifier: Apache-2.0 */
/* What a partition's DSDT says: power-off, a polled UART, a TPM, a PCI root. */
#include "core/tables/guest_dsdt.h"

#include "core/lib/guest_ports.h"

#define DEVICE_WORKS 0x0fu /* _STA: present, enabled, shown, functioning (ACPI 6.3.7) */
#define WINDOWS_MAX (SYSTEM_MAX_DEVICES * 6)

/* Pages that hold BARs, as [base, end), ascending, neither overlapping nor touching. */
struct windows {
    uint32_t count;
    struct {
        uint64_t base, end;
    } window[WINDOWS_MAX];
};

/* Inserts in order, so that join_windows() needs one pass. */
static void insert_window(struct windows *windows, uint64_t base, uint64_t end)
{
    uint32_t at = windows->count++;
    for (; at > 0 && windows->window[at - 1].base > base; at--)
        windows->window[at] = windows->window[at - 1];
    windows->window[at].base = base;
    windows->window[at].end = end;
}

static void join_windows(struct windows *windows)
{
    uint32_t last = 0;
    for (uint32_t i = 1; i < windows->count; i++) {
        if (windows->window[i].base > windows->window[last].end)
            windows->window[++last] = windows->window[i];
        else if (windows->window[i].end > windows->window[last].end)
            windows->window[last].end = windows->window[i].end;
    }
    windows->count = windows->count == 0 ? 0 : last + 1;
}

static void collect_windows(const struct plan_partition *partition, struct windows *windows)
{
    windows->count = 0;
    for (uint32_t i = 0; i < partition->device_count; i++) {
        const struct plan_device *device = &partition->devices[i];
        for (uint32_t j = 0; j < device->bar_count; j++) {
            const struct machine_bar *bar = &device->bars[j].bar;
            insert_window(windows, align_down(bar->base, PAGE_SIZE), align_up(bar->base + bar->size, PAGE_SIZE));
        }
    }
    join_windows(windows);
}

/* SLP_TYP for the sleep control register (ACPI 7.4.2); the second element is for hardware that has a PM1b block. */
static void write_s5(struct aml *aml)
{
    aml_name(aml, "_S5_");
    uint32_t package = aml_package_open(aml, 2);
    aml_integer(aml, GUEST_SLEEP_TYPE_S5);
    aml_integer(aml, GUEST_SLEEP_TYPE_S5);
    aml_close(aml, package);
}

/* No IRQ among its resources: drivers then poll it. */
static void write_uart(struct aml *aml)
{
    uint32_t device = aml_device_open(aml, "COM1");
    aml_name(aml, "_HID");
    aml_eisa_id(aml, "PNP0501");
    aml_name(aml, "_UID");
    aml_integer(aml, 1);
    aml_name(aml, "_CRS");
    uint32_t resources = aml_resources_open(aml);
    aml_io(aml, GUEST_PORT_UART, GUEST_PORT_UART_COUNT);
    aml_resources_close(aml, resources);
    aml_close(aml, device);
}

/* The page of locality 0 alone (TCG ACPI Specification 1.4, 8.2); no interrupt, so that drivers poll. */
static void write_tpm(struct aml *aml, const struct plan_tpm *tpm)
{
    uint32_t device = aml_device_open(aml, "TPM0");
    aml_name(aml, "_HID");
    aml_string(aml, "MSFT0101");
    aml_name(aml, "_STA");
    aml_integer(aml, DEVICE_WORKS);
    aml_name(aml, "_CRS");
    uint32_t resources = aml_resources_open(aml);
    aml_fixed_memory(aml, (uint32_t)tpm->registers.v, PAGE_SIZE);
    aml_resources_close(aml, resources);
    aml_close(aml, device);
}

/* A conventional PCI root (PNP0A03): configuration space is reached through ports alone. No _PRT: there is no INTx. */
static void write_pci_root(struct aml *aml, const struct windows *windows)
{
    uint32_t device = aml_device_open(aml, "PCI0");
    aml_name(aml, "_HID");
    aml_eisa_id(aml, "PNP0A03");
    aml_name(aml, "_UID");
    aml_integer(aml, 0);
    aml_name(aml, "_BBN");
    aml_integer(aml, 0);
    aml_name(aml, "_CRS");
    uint32_t resources = aml_resources_open(aml);
    aml_bus_range(aml, 0, 0);
    aml_io(aml, GUEST_PORT_PCI_ADDRESS, 8);
    for (uint32_t i = 0; i < windows->count; i++)
        aml_memory_window(aml, windows->window[i].base, windows->window[i].end - windows->window[i].base);
    aml_resources_close(aml, resources);
    aml_close(aml, device);
}

void guest_dsdt_write(struct aml *aml, const struct plan_partition *partition)
{
    struct windows windows;
    collect_windows(partition, &windows);
    write_s5(aml);
    uint32_t scope = aml_scope_open(aml, "_SB_");
    write_uart(aml);
    if (partition->tpm.present)
        write_tpm(aml, &partition->tpm);
    if (partition->device_count > 0)
        write_pci_root(aml, &windows);
    aml_close(aml, scope);
}
