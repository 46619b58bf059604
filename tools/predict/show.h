/* SPDX-License-Identifier: Apache-2.0 */
/* A prediction for people, as JSON, and as release.json. */
#ifndef TOOLS_PREDICT_SHOW_H
#define TOOLS_PREDICT_SHOW_H

#include "tools/predict/predict.h"

#include <jansson.h>

/* Sets of registers: bit n is register n. */
#define PREDICT_FIRMWARE_PCRS (1u << 4 | 1u << 7)
#define PREDICT_OWN_PCRS (1u << PCR_CONFIGURATION | 1u << PCR_IMAGES | 1u << PCR_SEAL)
#define PREDICT_MACHINE_PCRS (1u << PCR_PLATFORM)

/* {"sha256": {"8": hex, ...}, "sha384": {...}} of those registers in `pcrs` that were predicted. The caller owns it. */
json_t *prediction_registers_json(const struct prediction *prediction, uint32_t pcrs);

/* The events of the registers in `pcrs`, in their order, as docs/attestation.md says. The caller owns it. */
json_t *prediction_events_json(const struct prediction *prediction, uint32_t pcrs);

/* Registers and events as tables, to stdout. */
void prediction_show(const struct prediction *prediction);

#endif
