/* SPDX-License-Identifier: Apache-2.0 */
/* Events and registers of a prediction. */
#include "tools/predict/prediction.h"

#include "tools/common/memory.h"

#include <stdlib.h>
#include <string.h>

void prediction_begin(struct prediction *prediction)
{
    memset(prediction, 0, sizeof *prediction);
    pcr_init(&prediction->banks);
    pcr_reset(&prediction->banks, PCR_SEAL);
    pcr_reset(&prediction->banks, PCR_RUNTIME_SEALED);
}

void prediction_free(struct prediction *prediction)
{
    for (uint32_t i = 0; i < prediction->count; i++)
        free(prediction->events[i].data);
    prediction->count = 0;
}

bool prediction_add_digests(struct prediction *prediction, uint32_t pcr, uint32_t type, const struct pcr_digests *digests)
{
    if (prediction->count == PREDICTION_MAX_EVENTS)
        return false;
    prediction->events[prediction->count++] = (struct prediction_event){.pcr = pcr, .type = type, .digests = *digests};
    prediction->predicted |= 1u << pcr;
    pcr_extend(&prediction->banks, pcr, digests);
    return true;
}

bool prediction_extend(void *context, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size)
{
    struct prediction *prediction = context;
    struct pcr_digests digests;
    pcr_hash(data, size, &digests);
    if (!prediction_add_digests(prediction, pcr, type, &digests))
        return false;
    struct prediction_event *event = &prediction->events[prediction->count - 1];
    event->data = memory_grow(NULL, size);
    memcpy(event->data, data, size);
    event->size = size;
    return true;
}
