/* SPDX-License-Identifier: Apache-2.0 */
/* The TPM goes to the partition that attests, as far as a partition may have it. */
#include "core/plan/planner.h"
#include "core/plan/rules.h"

static void give(struct planner *planner, uint32_t p)
{
    struct plan_tpm *tpm = &planner->plan->partitions[p].tpm;
    if (!rule_plan_tpm_there(planner, p) || planner->machine->tpm.kind != TPM_TIS ||
        !rule_plan_event_log_alone(planner, p))
        return;
    *tpm = (struct plan_tpm){true, planner->machine->tpm.base, {PLAN_EVENT_LOG_GPA},
                             align_up(planner->needs->event_log, PAGE_SIZE)};
}

void planner_give_tpm(struct planner *planner)
{
    for (uint32_t p = 0; p < planner->system->partition_count; p++)
        if (planner->system->partitions[p].role == ROLE_ATTEST)
            give(planner, p);
}
