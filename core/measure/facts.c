/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of PCR 11 that follow from machine and plan. */
#include "core/measure/list.h"

#include <string.h>

/* The boot stage switches on every IOMMU it finds, with remapping, and the plan lets no device through that has none. */
struct measure_facts measure_facts_of(const struct machine *machine, const struct plan *plan,
                                      const uint8_t tables[MEASURE_DIGEST_SIZE])
{
    struct measure_facts facts = {
        .iommu = machine->iommu_count > 0,
        .remapping = machine->iommu_count > 0,
        .locality2 = machine->tpm.locality2,
        .processor = machine->processor,
        .microcode = machine->microcode,
    };
    measure_placement(plan, facts.placement);
    memcpy(facts.tables, tables, sizeof facts.tables);
    return facts;
}
