/* SPDX-License-Identifier: Apache-2.0 */
/* The lists of expected events in release.json. */
#ifndef ATTEST_LIB_RELEASE_EVENTS_H
#define ATTEST_LIB_RELEASE_EVENTS_H

#include "attest/lib/release.h"

#include <jansson.h>

/* Reads an array of events of registers in `pcrs` (bit n: register n). With `data` each has its data, the digests are its
 * hashes, tagged events are canonical, and what else is written beside them agrees with the data. *memory is what to
 * free. False with a finding, and nothing to free. */
bool release_events_read(const json_t *array, uint32_t pcrs, bool data, const char *where, struct release_events *events,
                         void **memory, struct report *report);

/* Extends the registers with the events; returns which registers had any. */
uint32_t release_events_replay(const struct release_events *events, struct pcr_banks *banks);

#endif
