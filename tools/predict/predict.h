/* SPDX-License-Identifier: Apache-2.0 */
/* From the files of a release to what a machine will measure: what `bulkhead predict` and `bulkhead release` share. */
#ifndef TOOLS_PREDICT_PREDICT_H
#define TOOLS_PREDICT_PREDICT_H

#include "config/system.h"
#include "core/measure/list.h"
#include "core/plan/machine.h"
#include "tools/common/command.h"
#include "tools/common/file.h"
#include "tools/crypto/trust.h"
#include "tools/plan/decide.h"
#include "tools/predict/prediction.h"

#define PREDICT_ID_SIZE 16u /* bytes of a build id */

/* What the command line says. NULL: not given. */
struct predict_options {
    const char *container;
    struct trust_options trust;
    const char *efi;
    const char *sb_keys;        /* folder with PK.esl, KEK.esl, db.esl and perhaps dbx.esl */
    const char *machine;        /* description: PCR 11 is predicted, too */
    const char *rollback_floor; /* decimal: the machine has a counter, which stands there */
    bool any_machine;           /* not only the described one: the seal is predicted, whether that one makes it or not */
};
#define PREDICT_OPTIONS(predict) \
    TRUST_OPTIONS((predict).trust), \
    {.name = "efi", .argument = "BULKHEAD.efi", .value = &(predict).efi, \
     .help = "the boot image, as built or from the medium (default: build/bulkhead.efi)"}, \
    {.name = "sb-keys", .argument = "FOLDER", .value = &(predict).sb_keys, \
     .help = "the enrolled Secure Boot keys (PK.esl, KEK.esl, db.esl, dbx.esl): predict PCR 7"}, \
    {.name = "machine", .argument = "MACHINE.json", .value = &(predict).machine, \
     .help = "the machine (docs/machine.md): predict PCR 11"}, \
    {.name = "rollback-floor", .argument = "N", .value = &(predict).rollback_floor, \
     .help = "the machine has a rollback counter, which stands at security version N"}

/* Large: one in a program. */
struct predict {
    struct system system;
    struct trust_verified verified;
    struct file_bytes efi; /* with its trust section filled */
    struct machine machine;
    struct plan_decision decision;
    struct prediction prediction;
    struct pcr_digests image; /* Authenticode: as PCR 4 names it */
    uint8_t build_id[PREDICT_ID_SIZE]; /* the image as the build made it, whoever it trusts: the same for every site */
};

/* What is wrong with the options taken together, or NULL. */
const char *predict_misuse(const struct predict_options *options);

/* Reads and verifies everything, and predicts. predict_free() releases what it holds, whatever is returned. */
bool predict_make(const struct predict_options *options, struct predict *predict, struct report *report);
void predict_free(struct predict *predict);

/* platform.c: PCR 11 of a described machine. `efi` carries the monitor, whose size decides where the rest lies. */
bool predict_platform(struct predict *predict, struct measurement *measurement, const struct predict_options *options,
                      struct report *report);

/* Parses what --rollback-floor says: 0 to 4294967295. */
bool predict_floor(const char *text, uint32_t *floor);

#endif
