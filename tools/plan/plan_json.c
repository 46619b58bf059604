/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as JSON. */
#include "tools/plan/show.h"

static json_t *hex(uint64_t value)
{
    return json_sprintf("0x%llx", (unsigned long long)value);
}

static json_t *range_json(struct hpa_range range)
{
    return json_pack("{s:o, s:o}", "base", hex(range.base.v), "size", hex(range.size));
}

static json_t *device_json(const struct plan_device *device)
{
    json_t *windows = json_array();
    for (uint32_t w = 0; w < device->window_count; w++)
        json_array_append_new(windows, range_json(device->windows[w]));
    return json_pack("{s:s, s:o, s:o, s:i, s:i, s:o, s:o}", "name", device->name, "pci",
                     json_sprintf(PCI_ADDRESS_FORMAT, PCI_ADDRESS_ARGS(device->host)), "requester_id",
                     hex(device->requester_id), "iommu", (int)device->iommu, "guest_device",
                     (int)PCI_DEVICE(device->guest_devfn), "windows", windows, "msix_table",
                     range_json(device->msix_table));
}

static json_t *partition_json(const struct plan_partition *partition)
{
    json_t *cores = json_array(), *regions = json_array(), *devices = json_array();
    for (uint32_t c = 0; c < partition->core_count; c++)
        json_array_append_new(cores, json_integer(partition->apic_ids[c]));
    for (uint32_t r = 0; r < partition->region_count; r++)
        json_array_append_new(regions, json_pack("{s:o, s:o, s:o}", "guest", hex(partition->regions[r].gpa.v), "host",
                                                 hex(partition->regions[r].hpa.v), "size",
                                                 hex(partition->regions[r].size)));
    for (uint32_t d = 0; d < partition->device_count; d++)
        json_array_append_new(devices, device_json(&partition->devices[d]));
    json_t *tpm = partition->tpm.present ? json_pack("{s:o, s:o}", "registers", hex(partition->tpm.registers.v), "log",
                                                     hex(partition->tpm.log.v))
                                         : json_null();
    return json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", partition->name, "domain",
                     (int)partition->domain, "cores", cores, "memory", regions, "devices", devices, "kernel",
                     range_json((struct hpa_range){partition->kernel.base, partition->kernel.size}), "initrd",
                     range_json((struct hpa_range){partition->initrd.base, partition->initrd.size}), "boot_blob",
                     range_json(partition->boot_blob), "tpm", tpm);
}

json_t *plan_to_json(const struct plan *plan, const struct plan_figures *figures)
{
    json_t *partitions = json_array();
    for (uint32_t p = 0; p < plan->partition_count; p++)
        json_array_append_new(partitions, partition_json(&plan->partitions[p]));
    return json_pack("{s:b, s:[], s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i}", "ok", 1, "findings", "dropped", 0,
                     "partitions", partitions, "monitor", range_json(plan->monitor), "tables", range_json(plan->tables),
                     "sealed", range_json(plan->sealed), "log", range_json(plan->log), "event_log",
                     range_json(plan->event_log), "table_frames_used", (int)figures->frames_used,
                     "table_frames_planned", (int)figures->frames_planned);
}
