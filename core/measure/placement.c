/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of a plan: every number that decides who owns what, as little-endian 64-bit words behind their owner's name. */
#include "core/lib/bytes.h"
#include "core/measure/list.h"

static void take(struct crypto_sha384_state *state, uint64_t number)
{
    uint8_t bytes[8];
    store_le64(bytes, number);
    crypto_sha384_update(state, bytes, sizeof bytes);
}

static void take_range(struct crypto_sha384_state *state, uint64_t base, uint64_t size)
{
    take(state, base);
    take(state, size);
}

static void take_device(struct crypto_sha384_state *state, const struct plan_device *device)
{
    crypto_sha384_update(state, device->name, sizeof device->name);
    take(state, (uint64_t)device->host.segment << 16 | (uint64_t)device->host.bus << 8 | device->host.devfn);
    take(state, device->config.v);
    take(state, device->requester_id);
    take(state, device->iommu);
    take(state, device->guest_devfn);
    take_range(state, device->msix_table.base.v, device->msix_table.size);
    take(state, device->window_count);
    for (uint32_t i = 0; i < device->window_count; i++)
        take_range(state, device->windows[i].base.v, device->windows[i].size);
}

static void take_partition(struct crypto_sha384_state *state, const struct plan_partition *partition)
{
    crypto_sha384_update(state, partition->name, sizeof partition->name);
    take(state, partition->domain);
    take(state, partition->core_count);
    for (uint32_t i = 0; i < partition->core_count; i++)
        take(state, partition->apic_ids[i]);
    take(state, partition->region_count);
    for (uint32_t i = 0; i < partition->region_count; i++) {
        take(state, partition->regions[i].gpa.v);
        take_range(state, partition->regions[i].hpa.v, partition->regions[i].size);
    }
    take_range(state, partition->kernel.base.v, partition->kernel.size);
    take_range(state, partition->initrd.base.v, partition->initrd.size);
    take_range(state, partition->boot_blob.base.v, partition->boot_blob.size);
    take(state, partition->device_count);
    for (uint32_t i = 0; i < partition->device_count; i++)
        take_device(state, &partition->devices[i]);
    take(state, partition->tpm.present);
    take(state, partition->tpm.registers.v);
    take_range(state, partition->tpm.log.v, partition->tpm.log_size);
}

void measure_placement(const struct plan *plan, uint8_t digest[MEASURE_DIGEST_SIZE])
{
    struct crypto_sha384_state state;
    crypto_sha384_start(&state);
    take(&state, plan->partition_count);
    for (uint32_t i = 0; i < plan->partition_count; i++)
        take_partition(&state, &plan->partitions[i]);
    take_range(&state, plan->monitor.base.v, plan->monitor.size);
    take_range(&state, plan->tables.base.v, plan->tables.size);
    take_range(&state, plan->sealed.base.v, plan->sealed.size);
    take_range(&state, plan->log.base.v, plan->log.size);
    take_range(&state, plan->event_log.base.v, plan->event_log.size);
    crypto_sha384_finish(&state, digest);
}
