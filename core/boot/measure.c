/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring what was decided: every event into the TPM and into the log that a verifier far away replays. */
#include "core/measure/list.h"

#include "core/boot/boot.h"
#include "core/boot/log.h"
#include "core/boot/steps.h"
#include "core/lib/format.h"

#include <string.h>

#define BOOT_ID_BYTES 16u
#define RUNTIME_ROOM 4096u /* the least that is left for starts and stops */
#define FORGET_MS 1000u /* a TPM that failed once is not waited for long again */

static const struct rule rule_measure = {
    "BOOT-473", "the machine cannot be measured", "a TPM that takes every event, and a log that has room for it",
    "start again; when it repeats, update the firmware or replace the TPM"};

/* Where the list of measurements goes. */
struct recorder {
    struct tpm *tpm;
    struct measure_log log;
    uint32_t events;
    enum tpm_result result;
    const char *flaw; /* of the log; NULL: none */
};

static bool record(void *context, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size)
{
    struct recorder *recorder = context;
    struct measure_digests digests;
    recorder->result = tpm_pcr_event(recorder->tpm, pcr, data, size, &digests);
    if (recorder->result != TPM_DONE)
        return false;
    if (!measure_log_append(&recorder->log, pcr, type, &digests, data, size))
        recorder->flaw = "the event log is full";
    recorder->events++;
    return recorder->flaw == NULL;
}

/* Goes on with the log that firmware began; where none did, begins one. */
static void begin_log(struct boot *boot, struct recorder *recorder)
{
    const struct boot_firmware_log *firmware = &boot->source->firmware_log;
    recorder->log = (struct measure_log){(uint8_t *)boot->plan.event_log.base.v, (uint32_t)boot->plan.event_log.size, 0};
    if (firmware->bytes == NULL) {
        measure_log_begin(&recorder->log, boot->tpm.banks, boot->tpm.bank_count);
        return;
    }
    recorder->flaw = firmware->flaw;
    memcpy(recorder->log.bytes, firmware->bytes, firmware->size);
    recorder->log.used = firmware->size;
}

/* What follows from machine and plan is computed as `bulkhead predict` does. */
static struct measure_facts facts_of(const struct boot *boot)
{
    struct measure_facts facts = measure_facts_of(&boot->machine, &boot->plan, boot->tables_digest);
    facts.rollback_counter = boot->rollback.counter;
    facts.rollback_floor = boot->rollback.floor;
    return facts;
}

static bool choose_boot_id(struct recorder *recorder, char id[2 * BOOT_ID_BYTES + 1])
{
    uint8_t bytes[BOOT_ID_BYTES];
    recorder->result = tpm_random(recorder->tpm, bytes, sizeof bytes);
    for (uint32_t i = 0; recorder->result == TPM_DONE && i < BOOT_ID_BYTES; i++)
        fmt_print(id + 2 * i, 3, "%02x", bytes[i]);
    return recorder->result == TPM_DONE;
}

/* The order is that of docs/attestation.md: PCR 12 names PCR 11's records, PCR 21 those of 8 and 9. */
static void record_all(struct boot *boot, struct recorder *recorder, const char *boot_id)
{
    struct measurement list;
    struct measure_facts facts = facts_of(boot);
    measurement_begin(&list, record, recorder);
    measure_configuration(&list, &boot->manifest, &boot->container, &boot->system);
    measure_partitions(&list, &boot->system);
    measure_platform(&list, &facts);
    if (facts.locality2)
        measure_seal(&list);
    measure_boot(&list, PCR_RUNTIME, boot_id);
    if (facts.locality2)
        measure_boot(&list, PCR_RUNTIME_SEALED, boot_id);
}

static bool given_to_a_partition(const struct boot *boot)
{
    for (uint32_t p = 0; p < boot->plan.partition_count; p++)
        if (boot->plan.partitions[p].tpm.present)
            return true;
    return false;
}

/* Nothing that was measured in part is handed on, and nobody can complete it: a separator of all-ones says that measuring
 * failed (TCG PC Client Platform Firmware Profile 1.06, 10.4.1), and the platform hierarchy is closed as ever. The plan is
 * made: a TPM that takes neither would reach a partition open, so that the machine does not start. */
static void forget(struct boot *boot, const struct recorder *recorder)
{
    static const uint8_t failed[4] = {0xff, 0xff, 0xff, 0xff};
    static const uint8_t registers[] = {PCR_CONFIGURATION, PCR_IMAGES, PCR_PLATFORM, PCR_RUNTIME};
    struct measure_digests digests;
    uint32_t code = boot->tpm.code;
    boot->tpm.tis.command_ms = FORGET_MS;
    bool closed = true;
    for (uint32_t i = 0; i < sizeof registers; i++)
        closed &= tpm_pcr_event(&boot->tpm, registers[i], failed, sizeof failed, &digests) == TPM_DONE;
    closed &= tpm_close_platform(&boot->tpm) == TPM_DONE;
    tpm_tis_release(&boot->tpm.tis);
    memset((void *)boot->plan.event_log.base.v, 0, boot->plan.event_log.size);
    if (recorder->flaw != NULL)
        tpm_give_up(boot, &rule_measure, "%s", recorder->flaw);
    else
        tpm_give_up(boot, &rule_measure, "%s (0x%x)", tpm_result_text(recorder->result), code);
    if (!closed && given_to_a_partition(boot))
        boot_refuse(&rule_measure, "TPM", "it can be neither measured into nor closed, and a partition would have it");
}

void measure(struct boot *boot)
{
    char boot_id[2 * BOOT_ID_BYTES + 1] = "";
    struct recorder recorder = {.tpm = &boot->tpm};
    memset((void *)boot->plan.event_log.base.v, 0, boot->plan.event_log.size);
    if (!boot->tpm_usable)
        return;
    begin_log(boot, &recorder);
    if (recorder.flaw == NULL && choose_boot_id(&recorder, boot_id))
        record_all(boot, &recorder, boot_id);
    if (recorder.flaw == NULL && recorder.log.size - recorder.log.used < RUNTIME_ROOM)
        recorder.flaw = "the event log has no room left for starts and stops";
    if (recorder.flaw == NULL && recorder.result == TPM_DONE && boot->machine.tpm.locality2)
        recorder.result = tpm_pcr_guard(&boot->tpm, PCR_RUNTIME_SEALED, &boot->runtime_secret);
    if (recorder.flaw == NULL && recorder.result == TPM_DONE)
        recorder.result = tpm_close_platform(&boot->tpm);
    if (recorder.flaw != NULL || recorder.result != TPM_DONE) {
        forget(boot, &recorder);
        return;
    }
    tpm_tis_release(&boot->tpm.tis);
    boot->event_log_used = recorder.log.used;
    log_line("measured %u events into PCR 8, 9, 11, 12%s: configuration, %u partition(s), machine; boot %s", recorder.events,
             boot->machine.tpm.locality2 ? ", 21, 22" : "", boot->system.partition_count, boot_id);
    log_line("event log: %u bytes, %u of them the firmware's; the TPM's platform hierarchy is closed", recorder.log.used,
             boot->source->firmware_log.size);
}
