/* SPDX-License-Identifier: Apache-2.0 */
/* EFI_TCG2_PROTOCOL's event log (TCG EFI Protocol Specification, family 2.0, revision 00.13, 6.5 and 7). */
#include "core/boot/efi_log.h"

#include "core/boot/firmware_log.h"

#include <string.h>

/* What firmware recorded since its log was first asked for; its end grows (7: EFI_TCG2_FINAL_EVENTS_TABLE). */
struct final_events {
    uint64_t version, count;
    uint8_t events[];
};

static uint8_t copy[MEASURE_LOG_SIZE];
static struct firmware_log_banks banks;
static const volatile struct final_events *final_events;
static uint64_t known_events; /* of those: they were in the log that was copied */

static void copy_from(uint64_t start, uint64_t last, struct boot_firmware_log *log)
{
    uint32_t size = last - start < MEASURE_LOG_SIZE
                        ? firmware_log_size((const uint8_t *)start, MEASURE_LOG_SIZE, (uint32_t)(last - start), &banks) : 0;
    log->bytes = copy;
    log->size = size;
    log->flaw = size == 0 ? "its events do not lead to its end" : NULL;
    memcpy(copy, (const void *)start, size);
}

void efi_log_copy(const struct efi_system_table *table, struct boot_firmware_log *log)
{
    static const struct efi_guid protocol_guid = EFI_TCG2_PROTOCOL_GUID, final_guid = EFI_TCG2_FINAL_EVENTS_GUID;
    void *found;
    uint64_t start = 0, last = 0;
    uint8_t truncated = 0;
    if (table->boot_services->locate_protocol(&protocol_guid, NULL, &found) != EFI_SUCCESS)
        return;
    struct efi_tcg2 *tcg2 = found;
    if (tcg2->get_event_log(tcg2, EFI_TCG2_LOG_CRYPTO_AGILE, &start, &last, &truncated) != EFI_SUCCESS || start == 0)
        return;
    copy_from(start, last == 0 ? start : last, log);
    if (truncated)
        log->flaw = "it is not complete";
    final_events = efi_find_table(table, &final_guid);
    known_events = final_events != NULL ? final_events->count : 0;
}

void efi_log_complete(struct boot_firmware_log *log)
{
    uint32_t from, to;
    if (log->bytes == NULL || log->flaw != NULL || final_events == NULL)
        return;
    const uint8_t *events = (const uint8_t *)((uint64_t)final_events + sizeof *final_events);
    if (!firmware_log_rest(events, MEASURE_LOG_SIZE, &banks, known_events, final_events->count, &from, &to) ||
        to - from > sizeof copy - log->size) {
        log->flaw = "what was added last cannot be read";
        return;
    }
    memcpy(copy + log->size, events + from, to - from);
    log->size += to - from;
}
