/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine will measure, before it has: events in their order, and the registers to which they lead. */
#ifndef TOOLS_PREDICT_PREDICTION_H
#define TOOLS_PREDICT_PREDICTION_H

#include "attest/lib/pcr.h"
#include "core/measure/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PREDICTION_MAX_EVENTS 2048u

struct prediction_event {
    uint32_t pcr, type;
    struct pcr_digests digests;
    uint32_t size;
    uint8_t *data; /* NULL: an event of the firmware, of whose data only the digest is of interest */
};

struct prediction {
    struct pcr_banks banks;
    uint32_t predicted; /* bit n: register n has had its events */
    uint32_t count;
    struct prediction_event events[PREDICTION_MAX_EVENTS];
};

/* As after power-on; PCR 21 and 22 as after the boot stage's reset. */
void prediction_begin(struct prediction *prediction);
void prediction_free(struct prediction *prediction);

/* Adds an event that keeps its data and whose digest is the data's hash. In the form of struct measurement's `extend`, with
 * the prediction as context. False: there are too many. */
bool prediction_extend(void *prediction, uint32_t pcr, uint32_t type, const uint8_t *data, uint32_t size);

/* Adds an event of the firmware by its digests. */
bool prediction_add_digests(struct prediction *prediction, uint32_t pcr, uint32_t type, const struct pcr_digests *digests);

#endif
