/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware measures into PCR 4 and 7 when it starts our image with Secure Boot keys of our own (TCG PC Client Platform
 * Firmware Profile 1.06, 3.3.4.5 and 3.3.4.8; in the order of EDK II, whose log tests/boot compares). Pure. */
#ifndef TOOLS_PREDICT_FIRMWARE_H
#define TOOLS_PREDICT_FIRMWARE_H

#include "core/lib/report.h"
#include "tools/predict/pe.h"
#include "tools/predict/prediction.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIRMWARE_LIST_MAX (64u << 10) /* bytes of one variable */

/* The content of a variable: EFI_SIGNATURE_LISTs. Size 0: it does not exist. */
struct firmware_variable {
    const uint8_t *data;
    size_t size;
};

struct firmware_keys {
    struct firmware_variable pk, kek, db, dbx;
};

/* Adds the firmware's events in their order. Without keys (NULL) those of PCR 4 alone. False with findings: a list that is
 * none, no way to tell which entry of db lets the image start. */
bool firmware_predict(struct prediction *prediction, const struct pe_image *image, const struct firmware_keys *keys,
                      struct report *report);

#endif
