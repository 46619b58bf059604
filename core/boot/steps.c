/* SPDX-License-Identifier: Apache-2.0 */
/* Plan, build, recheck: the pure code, run on this machine. */
#include "core/boot/steps.h"

#include "core/boot/log.h"
#include "core/lib/crypto.h"

static void set_needs(struct boot *boot)
{
    boot->needs = (struct plan_needs){
        .monitor_fixed = monitor_layout(boot->machine.iommu_count).size_fixed,
        .monitor_per_core = CORE_FRAMES * PAGE_SIZE,
        .boot_blob = GUEST_BLOB_SIZE,
        .log = LOG_RING_SIZE,
        .event_log = MEASURE_LOG_SIZE,
    };
}

static void print_tpm(const struct boot *boot, uint32_t p)
{
    const struct plan_partition *partition = &boot->plan.partitions[p];
    if (partition->tpm.present)
        log_line("plan %s: the TPM's locality 0 at 0x%lx, event log to read at 0x%lx", partition->name,
                 partition->tpm.registers.v, partition->tpm.log.v);
    else if (boot->system.partitions[p].role == ROLE_ATTEST)
        log_line("plan %s: no TPM: it cannot attest", partition->name);
}

static void print_partition(const struct plan_partition *partition)
{
    log_line("plan %s: %u core(s) from x2APIC id %u, %u device(s)", partition->name, partition->core_count,
             partition->apic_ids[0], partition->device_count);
    for (uint32_t i = 0; i < partition->region_count; i++)
        log_line("plan %s: memory 0x%lx-0x%lx at host 0x%lx", partition->name, partition->regions[i].gpa.v,
                 partition->regions[i].gpa.v + partition->regions[i].size, partition->regions[i].hpa.v);
}

static void print_range(const char *what, struct hpa_range range)
{
    log_line("keeps %lu KiB for its %s at 0x%lx", range.size >> 10, what, range.base.v);
}

void plan_decide(struct boot *boot)
{
    set_needs(boot);
    plan_make(&boot->system, &boot->machine, &boot->needs, &boot->plan, &boot->report);
    boot_check(boot, "placing the partitions");
    log_attach((struct log_ring *)boot->plan.log.base.v);
    for (uint32_t i = 0; i < boot->plan.partition_count; i++) {
        print_partition(&boot->plan.partitions[i]);
        print_tpm(boot, i);
    }
    print_range("monitor", boot->plan.monitor);
    print_range("tables", boot->plan.tables);
    print_range("sealed images", boot->plan.sealed);
    print_range("log ring", boot->plan.log);
    print_range("event log", boot->plan.event_log);
}

void tables_write(struct boot *boot)
{
    boot->pool = (struct table_pool){
        .frames = (struct frame *)boot->plan.tables.base.v,
        .count = (uint32_t)(boot->plan.tables.size / PAGE_SIZE),
        .base = boot->plan.tables.base,
    };
    if (!tables_build(&boot->machine, &boot->plan, &boot->pool, &boot->tables, &boot->report))
        boot_check(boot, "building the walls");
    crypto_sha384(boot->pool.frames, boot->pool.used * PAGE_SIZE, boot->tables_digest);
    log_line("built %u table frames, SHA-384 %02x%02x%02x%02x...", boot->pool.used, boot->tables_digest[0],
             boot->tables_digest[1], boot->tables_digest[2], boot->tables_digest[3]);
}

void tables_check(struct boot *boot)
{
    tables_recheck(&boot->machine, &boot->plan, &boot->pool, &boot->tables, &boot->report);
    boot_check(boot, "rechecking the walls");
    log_line("rechecked the walls: every frame has one owner");
}
