/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring what happens after launch. */
#include "core/monitor/events.h"

#include "core/measure/event.h"
#include "core/monitor/console.h"
#include "core/monitor/core.h"

#include <string.h>

/* What the two records of an event can take, whatever banks the TPM has; its data is names, a word and a number. */
#define EVENT_SIZE_MAX 128u
#define RECORDS_ROOM (2 * (16 + MEASURE_MAX_BANKS * (2 + MEASURE_MAX_DIGEST) + EVENT_SIZE_MAX))

_Static_assert(MEASURE_LOG_SIZE <= MONITOR_EVENT_LOG_MAX, "the event log fits its slot");

/* The TPM computes the digests. The caller has seen that there is room for the record. */
static enum tpm_result extend(struct events *events, uint32_t pcr, const uint8_t *data, uint32_t size)
{
    const struct tpm_secret none = {0};
    const struct tpm_secret *secret = pcr == PCR_RUNTIME_SEALED ? &monitor_handoff()->tpm.secret : &none;
    struct measure_digests digests;
    enum tpm_result result = tpm_pcr_event_guarded(&events->tpm, pcr, secret, data, size, &digests);
    if (result == TPM_DONE)
        measure_log_append(&events->log, pcr, EV_EVENT_TAG, &digests, data, size);
    return result;
}

static enum tpm_result extend_both(struct events *events, const struct measure_event *event)
{
    uint8_t data[MEASURE_DATA_MAX];
    uint32_t size = measure_encode(event, data);
    enum tpm_result result = extend(events, PCR_RUNTIME, data, size);
    return result == TPM_DONE ? extend(events, PCR_RUNTIME_SEALED, data, size) : result;
}

/* What got lost comes first, as a number. */
static enum tpm_result extend_lost(struct events *events)
{
    uint32_t lost = __atomic_load_n(&events->lost, __ATOMIC_ACQUIRE);
    if (lost == 0)
        return TPM_DONE;
    enum tpm_result result = extend_both(
        events, &(struct measure_event){.kind = MEASURE_RUNTIME, .item = "lost", .has_number = true, .number = lost});
    if (result == TPM_DONE)
        __atomic_fetch_sub(&events->lost, lost, __ATOMIC_ACQ_REL);
    return result;
}

static uint32_t room(const struct events *events)
{
    return events->log.size - events->log.used;
}

/* The last event says that it is the last; until the TPM has taken it, whoever comes next tries again. */
static enum tpm_result shut_full(struct events *events)
{
    enum tpm_result result = room(events) < 2 * RECORDS_ROOM ? TPM_DONE : extend_lost(events);
    if (result == TPM_DONE && room(events) >= RECORDS_ROOM)
        result = extend_both(events, &(struct measure_event){.kind = MEASURE_RUNTIME, .item = "log-full"});
    if (result == TPM_DONE) {
        events->state = EVENTS_SHUT;
        console_log("the event log is full: starts and stops are not measured any more");
    }
    return result;
}

/* Room for "log-full" is always kept behind what was lost and the event. */
static enum tpm_result measure(struct events *events, const struct measure_event *event)
{
    if (room(events) < 3 * RECORDS_ROOM)
        return shut_full(events);
    enum tpm_result result = extend_lost(events);
    return result == TPM_DONE ? extend_both(events, event) : result;
}

static void begin(struct events *events)
{
    const struct handoff_tpm *tpm = &monitor_handoff()->tpm;
    events->state = tpm->present && tpm->locality2 ? EVENTS_OPEN : EVENTS_SHUT;
    if (events->state == EVENTS_SHUT)
        console_log("starts and stops are not measured: %s",
                    tpm->present ? "the TPM's locality 2 is closed" : "no TPM is measured into");
    events->log = (struct measure_log){(uint8_t *)MONITOR_EVENT_LOG, (uint32_t)tpm->log.size, tpm->log_used};
    events->tpm.bank_count = tpm->bank_count;
    memcpy(events->tpm.banks, tpm->banks, sizeof events->tpm.banks);
    events->tpm.tis = (struct tpm_tis){(volatile uint8_t *)MONITOR_TPM, monitor_handoff()->tsc_hz, EVENTS_COMMAND_MS};
}

/* A guest that has the TPM is asked to let go, for 750 ms, and then not asked any more. */
static enum tpm_result take_and_measure(struct events *events, const struct measure_event *event)
{
    enum tpm_result result = tpm_tis_request(&events->tpm.tis, true);
    if (result != TPM_DONE)
        return result;
    result = measure(events, event);
    tpm_tis_release(&events->tpm.tis);
    return result;
}

static void say_lost(struct events *events, const struct measure_event *event, const char *why)
{
    uint32_t lost = __atomic_add_fetch(&events->lost, 1u, __ATOMIC_ACQ_REL);
    console_log("%s of %s is not measured: %s (%u not measured so far)", event->item, event->partition, why, lost);
}

static void judge(struct events *events, const struct measure_event *event, enum tpm_result result)
{
    static const char *const reasons[] = {
        [TPM_DONE] = "",
        [TPM_ABSENT] = "the TPM does not answer",
        [TPM_KEPT] = "the TPM is not to be had",
        [TPM_TOO_SLOW] = "the TPM takes too long",
        [TPM_GARBLED] = "the TPM answers nonsense",
        [TPM_REFUSED] = "the TPM refuses",
    };
    bool silent = result == TPM_ABSENT || result == TPM_TOO_SLOW || result == TPM_GARBLED;
    events->silences = silent ? events->silences + 1 : 0;
    if (result != TPM_DONE)
        say_lost(events, event, reasons[result]);
    if (events->silences < EVENTS_SILENCES_MAX)
        return;
    events->state = EVENTS_SHUT;
    console_log("the TPM is left alone: starts and stops are not measured any more");
}

void events_record(const char *item, const char *text, uint64_t number)
{
    struct events *events = &monitor_shared()->events;
    const struct measure_event event = {.kind = MEASURE_RUNTIME, .partition = this_partition()->name, .item = item,
                                        .text = text, .has_number = true, .number = number};
    if (!lock_take(&events->lock)) {
        say_lost(events, &event, "another core keeps the TPM");
        return;
    }
    if (events->state == EVENTS_NEW)
        begin(events);
    if (events->state == EVENTS_OPEN)
        judge(events, &event, take_and_measure(events, &event));
    lock_release(&events->lock);
}
