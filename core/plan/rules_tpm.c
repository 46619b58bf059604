/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about the TPM and the event log that the attestation partition sees. */
#include "core/plan/rules.h"

#include <stddef.h>

bool rule_plan_tpm_there(const struct planner *planner, uint32_t p)
{
    static const struct rule rule = {
        "PLAN-251", "a partition is to attest and the machine has no TPM for it",
        "a TPM 2.0 with register pages (TIS, FIFO), or `tpm = \"optional\"` in /machine",
        "enable the TPM in the firmware set-up; or state `tpm = \"optional\"`: the partition then has none and nothing attests",
    };
    static const char *const kinds[] = {"no TPM", "a TPM with register pages", "a TPM with a command buffer (CRB)"};
    enum machine_tpm_kind kind = planner->machine->tpm.kind;
    return report_unless(kind == TPM_TIS || planner->system->tpm == REQUIREMENT_OPTIONAL, planner->report, &rule,
                         planner_where(planner, p, "role").text, "%s", kinds[kind]);
}

static bool overlap(struct hpa_range a, struct hpa_range b)
{
    return spans_overlap(a.base.v, a.size, b.base.v, b.size);
}

static bool hits_other_registers(const struct machine *machine, struct hpa_range pages)
{
    bool hit = planner_hits_config_space(machine, pages.base.v, pages.size);
    for (uint32_t i = 0; i < machine->iommu_count; i++)
        hit |= overlap(pages, (struct hpa_range){machine->iommus[i].base, machine->iommus[i].size});
    for (uint32_t i = 0; i < machine->ioapic_count; i++)
        hit |= overlap(pages, (struct hpa_range){machine->ioapics[i], PAGE_SIZE});
    return hit;
}

bool rule_plan_tpm_sound(const struct planner *planner)
{
    static const struct rule rule = {
        "PLAN-252", "the TPM's registers cannot be where firmware says they are",
        "five whole pages between 2 and 4 GiB (0xfed40000 on PCs), no RAM and no other registers",
        "update the firmware: its ACPI table TPM2 is wrong",
    };
    const struct machine_tpm *tpm = &planner->machine->tpm;
    struct hpa_range pages = {tpm->base, TPM_LOCALITIES * PAGE_SIZE};
    bool sound = is_aligned(tpm->base.v, PAGE_SIZE) && tpm->base.v >= PLAN_LOW_TOP &&
                 tpm->base.v <= PLAN_HIGH_BASE - pages.size &&
                 planner_is_device_memory(planner, tpm->base.v, pages.size) &&
                 !hits_other_registers(planner->machine, pages);
    return report_unless(tpm->kind != TPM_TIS || sound, planner->report, &rule, "machine", "registers at 0x%llx",
                         (unsigned long long)tpm->base.v);
}

/* What stands among the addresses of the event log: a few words, or NULL. */
static const char *intruder(const struct planner *planner, const struct plan_partition *partition)
{
    struct hpa_range place = {{PLAN_EVENT_LOG_GPA}, planner->needs->event_log};
    struct hpa_range registers = {planner->machine->tpm.base, TPM_LOCALITIES * PAGE_SIZE};
    if (overlap(place, registers))
        return "the TPM";
    for (uint32_t d = 0; d < partition->device_count; d++) {
        const struct plan_device *device = &partition->devices[d];
        if (overlap(place, device->msix_table))
            return device->name;
        for (uint32_t w = 0; w < device->window_count; w++)
            if (overlap(place, device->windows[w]))
                return device->name;
    }
    return NULL;
}

bool rule_plan_event_log_alone(const struct planner *planner, uint32_t p)
{
    static const struct rule rule = {
        "PLAN-253", "something stands where the partition sees the event log",
        "no BAR and no TPM register at guest-physical 0xfed50000-0xfed8ffff: devices keep their addresses in the guest",
        "set the firmware to place PCI memory elsewhere, or give the device to another partition",
    };
    const char *what = intruder(planner, &planner->plan->partitions[p]);
    return report_unless(what == NULL, planner->report, &rule, planner_where(planner, p, "role").text, "%s is there",
                         what == NULL ? "nothing" : what);
}
