/* SPDX-License-Identifier: Apache-2.0 */
/* Memory duties of requester-id ranges → memory duties of the functions that are there. */
#include "core/boot/pci_discover.h"

static const struct rule rule_too_many_function_duties = {
    "BOOT-448", "more PCI functions have memory duties (IVMD) than Bulkhead can name", "at most 32",
    "switch off USB legacy support and management controllers' shared memory in the firmware's set-up",
};

static bool bound_by(const struct acpi_duty *duty, const struct machine_function *function)
{
    uint16_t id = pci_requester_id(function->address);
    bool own = duty->first_id <= id && id <= duty->last_id;
    bool alias = duty->first_id <= function->alias && function->alias <= duty->last_id;
    return duty->segment == function->address.segment && (own || alias);
}

/* False when there is no room. */
static bool add_duty(struct machine *machine, struct machine_duty duty)
{
    if (machine->duty_count == MACHINE_MAX_DUTIES)
        return false;
    machine->duties[machine->duty_count++] = duty;
    return true;
}

static bool apply_to_functions(const struct acpi_duty *duty, struct machine *machine)
{
    bool fits = true;
    for (uint32_t i = 0; i < machine->function_count && fits; i++) {
        const struct machine_function *function = &machine->functions[i];
        if (bound_by(duty, function))
            fits = add_duty(machine, (struct machine_duty){duty->range, function->address, false});
    }
    return fits;
}

void pci_duties_apply(const struct acpi_scopes *scopes, struct machine *machine, struct report *report)
{
    machine->duty_count = 0;
    for (uint32_t i = 0; i < scopes->duty_count; i++) {
        const struct acpi_duty *duty = &scopes->duties[i];
        bool fits = duty->all_functions ? add_duty(machine, (struct machine_duty){duty->range, {0}, true})
                                        : apply_to_functions(duty, machine);
        if (!fits) {
            report_add(report, &rule_too_many_function_duties, "ACPI IVRS, memory duties", "more than %u",
                       (unsigned)MACHINE_MAX_DUTIES);
            return;
        }
    }
}
