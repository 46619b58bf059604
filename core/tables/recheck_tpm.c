/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's TPM by itself: at most one partition has the page of locality 0, and it is that page. */
#include "core/tables/recheck.h"

static bool rule_tpm_one_owner(const struct recheck *recheck, uint32_t p, uint32_t owners, bool right)
{
    static const struct rule rule = {
        "WALL-358", "the TPM has two owners, or a partition would reach more of it than it must",
        "one partition with the machine's page of locality 0 and a view of the event log",
        "this is a fault of Bulkhead itself: report it with the output of `bulkhead plan --json`",
    };
    const struct plan_partition *partition = &recheck->plan->partitions[p];
    return report_unless(owners == 1 && right, recheck->report, &rule, partition->name,
                         "registers at 0x%llx, log at guest 0x%llx: planned %u times",
                         (unsigned long long)partition->tpm.registers.v, (unsigned long long)partition->tpm.log.v, owners);
}

void recheck_tpm(const struct recheck *recheck)
{
    const struct plan *plan = recheck->plan;
    const struct machine_tpm *tpm = &recheck->machine->tpm;
    uint32_t owners = 0;
    for (uint32_t p = 0; p < plan->partition_count; p++)
        owners += plan->partitions[p].tpm.present;
    for (uint32_t p = 0; p < plan->partition_count; p++)
        if (plan->partitions[p].tpm.present)
            rule_tpm_one_owner(recheck, p, owners,
                               tpm->kind == TPM_TIS && plan->partitions[p].tpm.registers.v == tpm->base.v &&
                                   plan->event_log.size == plan->partitions[p].tpm.log_size);
}
