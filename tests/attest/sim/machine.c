/* SPDX-License-Identifier: Apache-2.0 */
/* Boots a machine that does not exist: the log that firmware, boot stage and monitor would have written. */
#include "tests/attest/sim/sim.h"

#include "core/lib/bytes.h"
#include "core/measure/list.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define EV_S_CRTM_VERSION 0x8u
#define EV_EFI_VARIABLE_DRIVER_CONFIG 0x80000001u
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003u

static bool extend(void *context, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size)
{
    struct sim_machine *machine = context;
    struct pcr_digests digests;
    struct measure_digests banks = {.count = 2};
    if (pcr >= PCR_SEAL && !machine->was_reset[pcr - PCR_SEAL]) {
        pcr_reset(&machine->pcrs, pcr);
        machine->was_reset[pcr - PCR_SEAL] = true;
    }
    pcr_event(&machine->pcrs, pcr, data, size, &digests);
    banks.banks[0].algorithm = TPM_ALG_SHA256;
    memcpy(banks.banks[0].bytes, digests.sha256, sizeof digests.sha256);
    banks.banks[1].algorithm = TPM_ALG_SHA384;
    memcpy(banks.banks[1].bytes, digests.sha384, sizeof digests.sha384);
    return measure_log_append(&machine->log, pcr, type, &banks, data, size);
}

static void boot_firmware(struct sim_machine *machine)
{
    static const uint8_t version[] = "simulated firmware 1", variable[] = "SecureBoot=1", image[] = "bulkhead.efi";
    static const uint8_t zeros[4];
    extend(machine, 0, EV_S_CRTM_VERSION, version, sizeof version);
    for (uint32_t pcr = 0; pcr < 8; pcr++) {
        if (pcr == 7)
            for (uint32_t i = 0; i < 5; i++)
                extend(machine, pcr, EV_EFI_VARIABLE_DRIVER_CONFIG, variable, sizeof variable);
        extend(machine, pcr, EV_SEPARATOR, zeros, sizeof zeros);
    }
    extend(machine, 4, EV_EFI_BOOT_SERVICES_APPLICATION, image, sizeof image);
}

static void fill_partition(struct system_partition *partition, const char *name, const char *command_line)
{
    *partition = (struct system_partition){.role = ROLE_GUEST, .core_count = 1, .memory_size = 512ull << 20,
                                           .restart = RESTART_ALWAYS, .console = true, .kernel_format = KERNEL_LINUX,
                                           .device_count = 1};
    snprintf(partition->name, sizeof partition->name, "%s", name);
    partition->kernel = (struct system_image){.present = true, .file = "vmlinuz", .size = 8 << 20, .sha384 = {1}};
    partition->initrd = (struct system_image){.present = true, .file = "initrd.img", .size = 30 << 20, .sha384 = {2}};
    snprintf(partition->command_line, sizeof partition->command_line, "%s", command_line);
    partition->devices[0] = (struct system_device){.name = "nic", .vendor = 0x8086, .device = 0x10d3};
}

static void fill_system(struct system *system, const struct sim_config *config)
{
    static const char *const others[] = {"mail", "database", "attest"};
    *system = (struct system){.security_version = config->security_version, .partition_count = 4};
    snprintf(system->release, sizeof system->release, "%s", config->release);
    fill_partition(&system->partitions[0], "web", config->command_line);
    for (uint32_t i = 0; i < 3; i++)
        fill_partition(&system->partitions[i + 1], others[i], "console=ttyS0 root=/dev/vda");
    system->partitions[3].role = ROLE_ATTEST;
}

static void add_runtime(struct sim_machine *machine, const struct measure_event *event)
{
    uint8_t data[MEASURE_DATA_MAX];
    uint32_t size = measure_encode(event, data);
    extend(machine, PCR_RUNTIME, EV_EVENT_TAG, data, size);
    extend(machine, PCR_RUNTIME_SEALED, EV_EVENT_TAG, data, size);
}

static void start_partition(struct sim_machine *machine, const char *name, uint32_t count)
{
    add_runtime(machine, &(struct measure_event){.kind = MEASURE_RUNTIME, .partition = name, .item = "start",
                                                 .has_number = true, .number = count});
}

void sim_machine_restart_web(struct sim_machine *machine, uint32_t count)
{
    add_runtime(machine, &(struct measure_event){.kind = MEASURE_RUNTIME, .partition = "web", .item = "stop",
                                                 .text = "STOP-601", .has_number = true, .number = count - 1});
    start_partition(machine, "web", count);
}

void sim_machine_boot(struct sim_machine *machine, const struct sim_config *config, const char *boot)
{
    static const uint16_t algorithms[] = {TPM_ALG_SHA256, TPM_ALG_SHA384};
    struct measure_facts facts = {.iommu = true, .remapping = true, .locality2 = true, .rollback_counter = true,
                                  .rollback_floor = config->security_version, .processor = 0x800f12, .microcode = 0x8001250,
                                  .placement = {3}, .tables = {4}};
    struct container container = {.security_version = config->security_version, .serial = config->serial, .digest = {5},
                                  .key_id = {6}};
    static const struct manifest manifest;
    struct system system;
    struct measurement measurement;
    memset(machine, 0, sizeof *machine);
    pcr_init(&machine->pcrs);
    memcpy(machine->boot, boot, 32);
    machine->log = (struct measure_log){.bytes = machine->log_bytes, .size = SIM_LOG_MAX};
    measure_log_begin(&machine->log, algorithms, 2);
    fill_system(&system, config);
    boot_firmware(machine);
    measurement_begin(&measurement, extend, machine);
    measure_configuration(&measurement, &manifest, &container, &system);
    measure_partitions(&measurement, &system);
    measure_platform(&measurement, &facts);
    measure_seal(&measurement);
    measure_boot(&measurement, PCR_RUNTIME, boot);
    measure_boot(&measurement, PCR_RUNTIME_SEALED, boot);
    for (uint32_t i = 0; i < system.partition_count; i++)
        start_partition(machine, system.partitions[i].name, 1);
    assert(!measurement.failed);
}
