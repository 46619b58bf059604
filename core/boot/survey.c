/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine has: processor features, memory, firmware tables, the PCI tree. */
#include "core/boot/boot.h"
#include "core/boot/clock.h"
#include "core/boot/log.h"
#include "core/boot/paging.h"
#include "core/boot/steps.h"
#include "core/x86/apic.h"
#include "core/x86/cpu.h"

#include <string.h>

#define BIOS_TOP 0x100000ull
#define CPUID1_ECX_X2APIC (1u << 21)
#define CPUID8_1_ECX_SVM (1u << 2)
#define CPUID8_1_EDX_1G_PAGES (1u << 26)
#define CPUID8_A_EDX_NPT (1u << 0)

static const struct rule rule_memory_map = {
    "BOOT-467", "the memory map has more pieces than can be kept", "at most 128 separate ranges of usable RAM",
    "report this machine's memory map: it is legal, but longer than was foreseen"};
static const struct rule rule_low_pages = {
    "BOOT-468", "no memory below 1 MiB is free for starting the other cores", "two free pages",
    "disable legacy option ROMs in the firmware's set-up"};

extern const char image_start[], image_end[];

static enum machine_vendor vendor_of(const struct cpuid_result *leaf0)
{
    if (leaf0->ebx == 0x68747541 && leaf0->edx == 0x69746e65 && leaf0->ecx == 0x444d4163) /* "AuthenticAMD" */
        return VENDOR_AMD;
    if (leaf0->ebx == 0x756e6547 && leaf0->edx == 0x49656e69 && leaf0->ecx == 0x6c65746e) /* "GenuineIntel" */
        return VENDOR_INTEL;
    return VENDOR_UNKNOWN;
}

static void survey_processor(struct machine *machine)
{
    struct cpuid_result leaf0 = cpu_cpuid(0, 0), extended = cpu_cpuid(0x80000001, 0);
    machine->vendor = vendor_of(&leaf0);
    machine->has_x2apic = cpu_cpuid(1, 0).ecx & CPUID1_ECX_X2APIC;
    machine->has_svm = extended.ecx & CPUID8_1_ECX_SVM;
    machine->has_1g_pages = extended.edx & CPUID8_1_EDX_1G_PAGES;
    machine->has_npt = machine->has_svm && cpu_cpuid(0x8000000a, 0).edx & CPUID8_A_EDX_NPT;
    machine->physical_bits = (uint8_t)cpu_cpuid(0x80000008, 0).eax;
    machine->processor = cpu_cpuid(1, 0).eax;
    machine->microcode = cpu_rdmsr(MSR_PATCH_LEVEL);
}

/* Leaf 0Bh, level 0: how many bits of the x2APIC id tell siblings apart (AMD64 APM vol. 3, E.3.9). */
static void survey_siblings(struct machine *machine)
{
    unsigned shift = cpu_cpuid(0, 0).eax >= 0x0b ? cpu_cpuid(0x0b, 0).eax & 31u : 0;
    for (uint32_t i = 0; i < machine->core_count; i++)
        machine->cores[i].smt_group = machine->cores[i].apic_id >> shift;
}

static void add_busy(struct machine *machine, uint64_t base, uint64_t size)
{
    if (machine->busy_count == MACHINE_MAX_RANGES)
        boot_refuse(&rule_memory_map, "boot stage", "more than %u files", MACHINE_MAX_RANGES);
    uint64_t start = align_down(base, PAGE_SIZE);
    machine->busy[machine->busy_count++] = (struct hpa_range){{start}, align_up(base + size, PAGE_SIZE) - start};
}

static void survey_boot_stage(struct machine *machine, const struct boot_source *source)
{
    add_busy(machine, (uint64_t)image_start, (uint64_t)(image_end - image_start));
    for (uint32_t i = 0; i < source->file_count; i++)
        add_busy(machine, (uint64_t)source->files[i].data, source->files[i].size);
}

/* Tables may lie in any memory the firmware calls memory, and in the BIOS area; never in registers. */
static bool read_firmware_memory(void *context, struct hpa address, void *out, uint32_t size)
{
    const struct boot_source *source = context;
    uint64_t end = address.v + size;
    bool readable = address.v >= PAGE_SIZE && end <= BIOS_TOP;
    for (uint32_t i = 0; i < source->memory_count && !readable; i++) {
        const struct hpa_range *range = &source->memory[i].range;
        readable = source->memory[i].kind != BOOT_MEMORY_DEVICE && address.v >= range->base.v && end >= address.v &&
                   end <= range->base.v + range->size;
    }
    if (readable)
        memcpy(out, (const void *)address.v, size);
    return readable;
}

void clocks_survey(struct boot *boot)
{
    clock_measure(&boot->machine.tsc_hz, &boot->machine.apic_timer_hz);
}

void machine_survey(struct boot *boot)
{
    struct machine *machine = &boot->machine;
    struct physical_reader reader = {read_firmware_memory, boot->source};
    if (boot->source->low_pages.v == 0)
        boot_refuse(&rule_low_pages, boot->source->name, "none");
    survey_processor(machine);
    if (!memory_map_read(boot->source->memory, boot->source->memory_count, machine))
        boot_refuse(&rule_memory_map, "memory map", "more than %u ranges", MACHINE_MAX_RANGES);
    survey_boot_stage(machine, boot->source);
    acpi_discover(&reader, boot->source->rsdp, apic_id_self(), machine, &boot->scopes, &boot->report);
    boot_check(boot, "reading the firmware's tables");
    survey_siblings(machine);
    log_line("machine: %u core(s), %u RAM range(s), %u IOMMU(s), TSC %lu kHz, APIC timer %lu kHz", machine->core_count,
             machine->ram_count, machine->iommu_count, machine->tsc_hz / 1000, machine->apic_timer_hz / 1000);
}

static volatile uint8_t *config_register(struct machine *machine, struct pci_address f, uint32_t offset)
{
    for (uint32_t i = 0; i < machine->ecam_count; i++) {
        const struct machine_ecam *ecam = &machine->ecams[i];
        if (ecam->segment == f.segment && f.bus >= ecam->first_bus && f.bus <= ecam->last_bus)
            return (volatile uint8_t *)(ecam->base.v + ((uint64_t)f.bus << 20 | (uint64_t)f.devfn << 12 | offset));
    }
    return NULL;
}

static uint32_t config_read(void *context, struct pci_address function, uint32_t offset, uint32_t width)
{
    volatile uint8_t *at = config_register(context, function, offset);
    if (at == NULL)
        return 0xffffffffu;
    return width == 4 ? *(volatile uint32_t *)at : width == 2 ? *(volatile uint16_t *)at : *at;
}

static void config_write(void *context, struct pci_address function, uint32_t offset, uint32_t width, uint32_t value)
{
    volatile uint8_t *at = config_register(context, function, offset);
    if (at == NULL)
        return;
    if (width == 4)
        *(volatile uint32_t *)at = value;
    else if (width == 2)
        *(volatile uint16_t *)at = (uint16_t)value;
    else
        *at = (uint8_t)value;
}

void pci_survey(struct boot *boot)
{
    struct machine *machine = &boot->machine;
    struct pci_access access = {config_read, config_write, machine};
    for (uint32_t i = 0; i < machine->ecam_count; i++)
        paging_map((struct hpa_range){machine->ecams[i].base, ((uint64_t)machine->ecams[i].last_bus + 1) << 20});
    for (uint32_t i = 0; i < machine->iommu_count; i++)
        paging_map((struct hpa_range){machine->iommus[i].base, machine->iommus[i].size});
    report_init(&boot->flaws);
    pci_discover(&access, &boot->scopes, machine, &boot->flaws, &boot->report);
    boot_note(&boot->flaws);
    boot_check(boot, "walking the PCI tree");
    log_line("machine: %u PCI function(s)", machine->function_count);
}
