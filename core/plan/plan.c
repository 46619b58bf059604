/* SPDX-License-Identifier: Apache-2.0 */
/* struct system + struct machine → struct plan. */
#include "core/plan/plan.h"

#include "core/lib/format.h"
#include "core/plan/planner.h"
#include "core/plan/rules.h"

#include <string.h>

struct planner_where planner_where(const struct planner *planner, uint32_t partition, const char *item)
{
    struct planner_where where;
    fmt_print(where.text, sizeof where.text, "/partitions/%s%s%s", planner->system->partitions[partition].name,
              item[0] == '\0' ? "" : "/", item);
    return where;
}

bool planner_is_device_memory(const struct planner *planner, uint64_t base, uint64_t size)
{
    const struct machine *machine = planner->machine;
    uint64_t limit = planner_address_limit(machine);
    if (size == 0 || base >= limit || size > limit - base)
        return false;
    for (uint32_t i = 0; i < machine->ram_count; i++)
        if (spans_overlap(base, size, machine->ram[i].base.v, machine->ram[i].size))
            return false;
    return true;
}

bool planner_hits_config_space(const struct machine *machine, uint64_t base, uint64_t size)
{
    for (uint32_t i = 0; i < machine->ecam_count; i++) {
        const struct machine_ecam *ecam = &machine->ecams[i];
        if (spans_overlap(base, size, ecam->base.v + ((uint64_t)ecam->first_bus << 20),
                          (uint64_t)(ecam->last_bus - ecam->first_bus + 1) << 20))
            return true;
    }
    return false;
}

static bool machine_can(const struct planner *planner)
{
    /* What the machine itself lacks would repeat as a finding for every partition. */
    bool can = rule_plan_processor(planner) && rule_plan_x2apic(planner) && rule_plan_iommu_there(planner);
    for (uint32_t i = 0; i < planner->machine->iommu_count; i++)
        can &= rule_plan_iommu_sound(planner, i);
    return rule_plan_tpm_sound(planner) && can;
}

static void copy_names(struct planner *planner)
{
    planner->plan->partition_count = planner->system->partition_count;
    for (uint32_t p = 0; p < planner->system->partition_count; p++) {
        struct plan_partition *partition = &planner->plan->partitions[p];
        memcpy(partition->name, planner->system->partitions[p].name, sizeof partition->name);
        partition->domain = (uint16_t)(p + 1);
    }
}

void plan_make(const struct system *system, const struct machine *machine, const struct plan_needs *needs,
               struct plan *plan, struct report *report)
{
    struct planner planner = {
        .system = system, .machine = machine, .needs = needs, .plan = plan, .report = report,
    };
    memset(plan, 0, sizeof *plan);
    if (!machine_can(&planner))
        return;
    copy_names(&planner);
    planner_assign_cores(&planner);
    planner_find_groups(&planner);
    planner_resolve_devices(&planner);
    planner_give_tpm(&planner);
    planner_place_memory(&planner);
}
