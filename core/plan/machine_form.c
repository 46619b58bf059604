/* SPDX-License-Identifier: Apache-2.0 */
/* The members of struct machine and their names in JSON. */
#include "core/plan/machine_form.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define MUST(text, how, type, member) {.name = text, .kind = how, AT(type, member), .required = true}
#define MAY(text, how, type, member) {.name = text, .kind = how, AT(type, member)}
#define AT(type, member) .offset = offsetof(struct type, member), .size = sizeof(((struct type *)0)->member)

static const char *const vendor_words[] = {"unknown", "amd", "intel", NULL};
static const char *const iommu_words[] = {"amd-vi", "vt-d", NULL};
static const char *const tpm_words[] = {"none", "tis", "other", NULL};
static const char *const bar_words[] = {"none", "memory32", "memory64", "io", NULL};

const struct field form_machine_fields[] = {
    {.name = "vendor", .kind = FIELD_WORD, AT(machine, vendor), .required = true, .words = vendor_words},
    MUST("svm", FIELD_BOOL, machine, has_svm),
    MUST("npt", FIELD_BOOL, machine, has_npt),
    MUST("pages-1g", FIELD_BOOL, machine, has_1g_pages),
    MUST("x2apic", FIELD_BOOL, machine, has_x2apic),
    MUST("physical-bits", FIELD_NUMBER, machine, physical_bits),
    MAY("processor", FIELD_HEX, machine, processor),
    MAY("microcode", FIELD_HEX, machine, microcode),
    {.name = "tpm", .kind = FIELD_WORD, AT(machine, tpm.kind), .words = tpm_words},
    MAY("tpm-base", FIELD_HEX, machine, tpm.base),
    MAY("tpm-start-method", FIELD_NUMBER, machine, tpm.start_method),
    MAY("tpm-locality-2", FIELD_BOOL, machine, tpm.locality2),
    MAY("tsc-hz", FIELD_NUMBER, machine, tsc_hz),
    MAY("apic-timer-hz", FIELD_NUMBER, machine, apic_timer_hz),
};
const size_t form_machine_field_count = COUNT(form_machine_fields);

static const struct field core_fields[] = {
    MUST("apic-id", FIELD_NUMBER, machine_core, apic_id),
    MUST("smt-group", FIELD_NUMBER, machine_core, smt_group),
};

static const struct field range_fields[] = {
    MUST("base", FIELD_HEX, hpa_range, base),
    MUST("size", FIELD_HEX, hpa_range, size),
};

static const struct field iommu_fields[] = {
    {.name = "kind", .kind = FIELD_WORD, AT(machine_iommu, kind), .required = true, .words = iommu_words},
    MUST("base", FIELD_HEX, machine_iommu, base),
    MUST("size", FIELD_HEX, machine_iommu, size),
    MUST("function", FIELD_FUNCTION, machine_iommu, function),
    MAY("segment", FIELD_NUMBER, machine_iommu, segment),
};

static const struct field ioapic_fields[] = {
    {.name = "base", .kind = FIELD_HEX, .offset = 0, .size = sizeof(struct hpa), .required = true},
};

static const struct field ecam_fields[] = {
    MUST("base", FIELD_HEX, machine_ecam, base),
    MAY("segment", FIELD_NUMBER, machine_ecam, segment),
    MUST("first-bus", FIELD_NUMBER, machine_ecam, first_bus),
    MUST("last-bus", FIELD_NUMBER, machine_ecam, last_bus),
};

static const struct field duty_fields[] = {
    MUST("base", FIELD_HEX, machine_duty, range.base),
    MUST("size", FIELD_HEX, machine_duty, range.size),
    MAY("function", FIELD_FUNCTION, machine_duty, function),
    MAY("all-functions", FIELD_BOOL, machine_duty, all_functions),
};

static const struct field bar_fields[] = {
    {.name = "kind", .kind = FIELD_WORD, AT(machine_bar, kind), .required = true, .words = bar_words},
    MAY("prefetchable", FIELD_BOOL, machine_bar, prefetchable),
    MAY("base", FIELD_HEX, machine_bar, base),
    MAY("size", FIELD_HEX, machine_bar, size),
};

static const struct list_form function_lists[] = {
    {.name = "bars", .offset = offsetof(struct machine_function, bars), .count_offset = FORM_NO_COUNT,
     .item_size = sizeof(struct machine_bar), .most = 6, .fields = bar_fields, .field_count = COUNT(bar_fields)},
};

static const struct field function_fields[] = {
    MUST("address", FIELD_FUNCTION, machine_function, address),
    MUST("vendor", FIELD_HEX, machine_function, vendor),
    MUST("device", FIELD_HEX, machine_function, device),
    MAY("subsystem-vendor", FIELD_HEX, machine_function, subsystem_vendor),
    MAY("subsystem-device", FIELD_HEX, machine_function, subsystem_device),
    MUST("class", FIELD_HEX, machine_function, class_code),
    MAY("revision", FIELD_NUMBER, machine_function, revision),
    MAY("header-type", FIELD_NUMBER, machine_function, header_type),
    MAY("multifunction", FIELD_BOOL, machine_function, multifunction),
    {.name = "parent", .kind = FIELD_PARENT, AT(machine_function, parent), .missing = MACHINE_NO_FUNCTION},
    MAY("secondary-bus", FIELD_NUMBER, machine_function, secondary_bus),
    MAY("subordinate-bus", FIELD_NUMBER, machine_function, subordinate_bus),
    {.name = "iommu", .kind = FIELD_NUMBER, AT(machine_function, iommu), .missing = MACHINE_NO_IOMMU},
    MUST("requester-id", FIELD_HEX, machine_function, alias),
    MAY("pm-cap", FIELD_HEX, machine_function, pm_cap),
    MAY("msi-cap", FIELD_HEX, machine_function, msi_cap),
    MAY("msix-cap", FIELD_HEX, machine_function, msix_cap),
    MAY("pcie-cap", FIELD_HEX, machine_function, pcie_cap),
    MAY("msi-64bit", FIELD_BOOL, machine_function, msi_64bit),
    MAY("msi-maskable", FIELD_BOOL, machine_function, msi_maskable),
    MAY("msi-log2-vectors", FIELD_NUMBER, machine_function, msi_log2_vectors),
    MAY("msix-entries", FIELD_NUMBER, machine_function, msix_entries),
    MAY("msix-table-bar", FIELD_NUMBER, machine_function, msix_table_bar),
    MAY("msix-table-offset", FIELD_HEX, machine_function, msix_table_offset),
    MAY("msix-pba-bar", FIELD_NUMBER, machine_function, msix_pba_bar),
    MAY("msix-pba-offset", FIELD_HEX, machine_function, msix_pba_offset),
    MAY("flr", FIELD_BOOL, machine_function, flr),
    MAY("pcie-type", FIELD_NUMBER, machine_function, pcie_type),
    MAY("acs", FIELD_BOOL, machine_function, acs),
    MAY("flawed", FIELD_BOOL, machine_function, flawed),
};

#define LIST(text, array, how_many, most_of, item, what) \
    {.name = text, .offset = offsetof(struct machine, array), .count_offset = offsetof(struct machine, how_many), \
     .item_size = sizeof(struct item), .most = most_of, .fields = what, .field_count = COUNT(what)}

const struct list_form form_machine_lists[] = {
    LIST("cores", cores, core_count, MACHINE_MAX_CORES, machine_core, core_fields),
    LIST("ram", ram, ram_count, MACHINE_MAX_RANGES, hpa_range, range_fields),
    LIST("busy", busy, busy_count, MACHINE_MAX_RANGES, hpa_range, range_fields),
    LIST("iommus", iommus, iommu_count, MACHINE_MAX_IOMMUS, machine_iommu, iommu_fields),
    LIST("ioapics", ioapics, ioapic_count, MACHINE_MAX_IOAPICS, hpa, ioapic_fields),
    LIST("ecams", ecams, ecam_count, MACHINE_MAX_ECAMS, machine_ecam, ecam_fields),
    LIST("duties", duties, duty_count, MACHINE_MAX_DUTIES, machine_duty, duty_fields),
    {.name = "functions", .offset = offsetof(struct machine, functions),
     .count_offset = offsetof(struct machine, function_count), .item_size = sizeof(struct machine_function),
     .most = MACHINE_MAX_FUNCTIONS, .fields = function_fields, .field_count = COUNT(function_fields),
     .lists = function_lists, .list_count = COUNT(function_lists)},
};
const size_t form_machine_list_count = COUNT(form_machine_lists);
