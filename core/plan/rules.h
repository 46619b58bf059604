/* SPDX-License-Identifier: Apache-2.0 */
/* The rules a plan must keep: one function each, which adds a finding with the rule's code when it is broken and
 * returns whether it holds. docs/errors.md lists the codes with their texts. */
#ifndef CORE_PLAN_RULES_H
#define CORE_PLAN_RULES_H

#include "core/plan/planner.h"

#include <stdbool.h>
#include <stdint.h>

/* Addresses that AMD's HyperTransport keeps for itself, on the IOMMU's input side too (AMD I/O Virtualization
 * Technology specification, table "Special Address Controls (GPA)"): no guest RAM, no BAR. */
#define HYPERTRANSPORT_BASE 0xfd00000000ull
#define HYPERTRANSPORT_END 0x10000000000ull

/* rules_machine.c: the machine as a whole. */
bool rule_plan_processor(const struct planner *planner);
bool rule_plan_x2apic(const struct planner *planner);
bool rule_plan_iommu_there(const struct planner *planner);
bool rule_plan_iommu_sound(const struct planner *planner, uint32_t iommu);

/* rules_tpm.c: the TPM by itself; the TPM and the event log of partition `p`, which has `role = "attest"`. */
bool rule_plan_tpm_sound(const struct planner *planner);
bool rule_plan_tpm_there(const struct planner *planner, uint32_t p);
bool rule_plan_event_log_alone(const struct planner *planner, uint32_t p);

/* rules_cores.c: core `id` that partition `p` pins, and what all of them leave. */
bool rule_plan_core_there(const struct planner *planner, uint32_t p, uint32_t id, bool there);
bool rule_plan_core_id(const struct planner *planner, uint32_t p, uint32_t id);
bool rule_plan_core_one_owner(const struct planner *planner, uint32_t p, uint32_t id, uint32_t owner);
bool rule_plan_siblings_one_owner(const struct planner *planner, uint32_t p, uint32_t core, uint32_t sibling);
bool rule_plan_cores_enough(const struct planner *planner, uint32_t p, uint32_t found);

/* One device of the configuration, found in the machine. */
struct device_spot {
    const struct planner *planner;
    uint32_t p, d;
    uint16_t index; /* of machine.functions */
    const struct machine_function *function;
    struct planner_where where;
};

/* rules_device.c: the function by itself. */
bool rule_plan_device_there(const struct device_spot *spot, struct pci_address stop, bool stop_there);
bool rule_plan_device_id(const struct device_spot *spot);
bool rule_plan_device_endpoint(const struct device_spot *spot);
bool rule_plan_device_not_system(const struct device_spot *spot);
bool rule_plan_device_translated(const struct device_spot *spot);
bool rule_plan_device_sound(const struct device_spot *spot);
bool rule_plan_device_config(const struct device_spot *spot, bool there);
bool rule_plan_device_messages(const struct device_spot *spot);
bool rule_plan_device_no_duty(const struct device_spot *spot);
bool rule_plan_msix_inside(const struct device_spot *spot);

/* rules_bar.c: one of its memory BARs. */
bool rule_plan_bar_assigned(const struct device_spot *spot, uint32_t bar);
bool rule_plan_bar_reachable(const struct device_spot *spot, uint32_t bar);
bool rule_plan_bar_alone(const struct device_spot *spot, uint32_t bar);
bool rule_plan_bar_beside_ram(const struct device_spot *spot, uint32_t bar);

/* rules_owner.c: two devices of the configuration, `other` before `spot`. */
bool rule_plan_device_once(const struct device_spot *spot, const struct device_spot *other);
bool rule_plan_group_one_owner(const struct device_spot *spot, const struct device_spot *other);
bool rule_plan_requester_alone(const struct device_spot *spot, const struct device_spot *other);

/* rules_memory.c: partition `p`'s memory, and Bulkhead's own. */
bool rule_plan_memory_shape(const struct planner *planner, uint32_t p);
bool rule_plan_memory_addressable(const struct planner *planner, uint32_t p);
bool rule_plan_memory_ram(const struct planner *planner, uint32_t p, bool ram);
bool rule_plan_memory_one_owner(const struct planner *planner, uint32_t p, uint32_t owner);
bool rule_plan_memory_enough(const struct planner *planner, uint32_t p, uint64_t missing);
bool rule_plan_memory_pieces(const struct planner *planner, uint32_t p, bool held);
bool rule_plan_own_memory(const struct planner *planner, const char *what, uint64_t size, bool placed);

#endif
