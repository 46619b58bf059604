/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about the machine as a whole. */
#include "core/plan/rules.h"

bool rule_plan_processor(const struct planner *planner)
{
    static const struct rule rule = {
        "PLAN-201", "the processor cannot hold the walls",
        "an AMD processor with SVM and nested paging",
        "enable SVM (\"virtualization\") in the firmware set-up; other processors are not supported yet",
    };
    static const char *const vendors[] = {"an unknown", "an AMD", "an Intel"};
    const struct machine *machine = planner->machine;
    if (machine->vendor == VENDOR_AMD && machine->has_svm && machine->has_npt)
        return true;
    report_add(planner->report, &rule, "machine", "%s processor, SVM %s, nested paging %s", vendors[machine->vendor],
               machine->has_svm ? "on" : "absent or off", machine->has_npt ? "present" : "absent");
    return false;
}

bool rule_plan_x2apic(const struct planner *planner)
{
    static const struct rule rule = {
        "PLAN-202", "the processor has no x2APIC",
        "an x2APIC: partitions own their interrupt controller through its registers",
        "enable x2APIC in the firmware set-up, or take a processor that has it (AMD: Zen 2 or later)",
    };
    return report_unless(planner->machine->has_x2apic, planner->report, &rule, "machine", "CPUID 1 ECX[21] is 0");
}

bool rule_plan_iommu_sound(const struct planner *planner, uint32_t iommu)
{
    static const struct rule rule = {
        "PLAN-204", "an IOMMU's registers cannot be where firmware says they are",
        "whole pages within the processor's physical address bits, no RAM and no configuration space",
        "update the firmware: its ACPI table IVRS is wrong",
    };
    const struct machine_iommu *what = &planner->machine->iommus[iommu];
    bool sound = is_aligned(what->base.v | what->size, PAGE_SIZE) &&
                 planner_is_device_memory(planner, what->base.v, what->size) &&
                 !planner_hits_config_space(planner->machine, what->base.v, what->size);
    return report_unless(sound, planner->report, &rule, "machine", "IOMMU %u: 0x%x bytes at 0x%llx", iommu, what->size,
                         (unsigned long long)what->base.v);
}

bool rule_plan_iommu_there(const struct planner *planner)
{
    static const struct rule rule = {
        "PLAN-203", "the configuration requires an IOMMU and the machine shows none",
        "at least one AMD IOMMU in the ACPI table IVRS",
        "enable the IOMMU in the firmware set-up",
    };
    return report_unless(planner->system->iommu != REQUIREMENT_REQUIRED || planner->machine->iommu_count > 0,
                         planner->report, &rule, "/machine/iommu", "no IOMMU");
}
